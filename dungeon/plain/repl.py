"""Play the game in plain lines, from the first paragraph to the exit code.

In a pipe a turn is written out once it is saved; at a terminal its words appear as they come.
Messages go to standard error.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Mapping
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from typing import TextIO

from dungeon.commands import parse_line
from dungeon.commands.effects import PlayTurn, View
from dungeon.commands.recap import recap_on_return
from dungeon.errors import INTERRUPTED, GeneratorError, GrueError, InputRefused
from dungeon.files.external_editor import write_in_editor
from dungeon.plain.line_dialogs import LineDialogs
from dungeon.plain.line_reader import LineReader
from dungeon.plain.load_progress import LoadProgress
from dungeon.plain.model_change import ModelChange
from dungeon.plain.scenario_picker import ScenarioPicker
from dungeon.plain.sentence_writer import SentenceWriter
from dungeon.plain.terminal_state import restored_terminal
from dungeon.plain.text_writer import TextWriter, print_message
from dungeon.plain.tour import show_first_tour
from dungeon.plain.views import view_text
from dungeon.session import Session
from dungeon.session.dice_view import unreadable_notice
from dungeon.session.effects import carry_out
from dungeon.session.launcher import Launcher, LaunchOptions
from dungeon.session.model_loader import ModelLoader
from dungeon.session.saved_adventures import change_saves, find_adventure
from dungeon.session.search_view import find_hit, place_of
from dungeon.session.setting_fields import read_change
from dungeon.session.speed_test import run_default_speed_test
from dungeon.session.state_view import notice as state_notice
from dungeon.session.tour import is_first_run
from dungeon.session.turn_presenter import TurnPresenter, roll_notice
from dungeon.session.turn_sounds import TurnSounds
from dungeon.story import Action, Adventure, Turn, branching
from dungeon.text.counts import count
from dungeon.threads import run_in_thread
from dungeon.turns.game import Game

PROMPT = "What do you do? "

RESUMED_TURNS = 3
"""Turns shown again when an adventure is resumed."""


def run(session: Session, options: LaunchOptions) -> int:
    """Play in plain lines until the player leaves; return the exit code."""
    return asyncio.run(_run(session, options))


async def _run(session: Session, options: LaunchOptions) -> int:
    reader = LineReader(sys.stdin, session.line_history)
    repl = Repl(session, reader, TextWriter(sys.stdout), sys.stderr)
    try:
        with restored_terminal(sys.stdin):  # the reader's thread may be left waiting in readline
            return await repl.run(options)
    finally:
        await session.close()


class Repl:
    """One run of line mode. It is the FrontEnd and the TurnView of the session."""

    def __init__(
        self, session: Session, reader: LineReader, writer: TextWriter, messages: TextIO
    ) -> None:
        self._session = session
        self._reader = reader
        self._writer = writer
        self._messages = messages
        self._dialogs = LineDialogs(reader, writer, self.show_message)
        self._launcher = Launcher(session, self._dialogs)
        self._exit_code = 0
        self._leaving = False
        self._interrupted = False
        self._reply = SentenceWriter(writer)
        self._model_change = ModelChange(session, self._use_loaded, self.show_message)
        self._sounds = TurnSounds(lambda: session.settings, self._ring, self.show_message)
        self._scenario_picker = ScenarioPicker(
            session, self._launcher, reader, writer, self._refuse
        )
        self._is_first_run = is_first_run(session.settings, session.home)
        self._game: Game

    async def run(self, options: LaunchOptions) -> int:
        """Play from `options` on; return the exit code."""
        self._session.model_loader.on_state = LoadProgress(
            self._messages, self.show_message, lambda: self._model_change.is_downloading
        ).show
        await self._session.model_loader.load()  # a model that cannot be played is refused first
        if self._is_first_run and options == LaunchOptions():
            await show_first_tour(self._session, self._reader, self._writer, self._refuse)
        game = await self._first_game(options)
        if game is None:  # the input ended before one was begun
            print(file=self._messages, flush=True)
            return self._exit_code
        await self._enter(game, options.turn)
        self._watch_for_interrupt()
        try:
            await self._play_lines()
        except asyncio.CancelledError:
            if not self._interrupted:
                raise
            self._exit_code = INTERRUPTED
        await self._model_change.cancel()
        await self._sounds.close()
        if not self._leaving and self._reader.is_interactive:
            print(file=self._messages, flush=True)  # ends the line that Ctrl-C or Ctrl-D left open
        if await self._leave_game():
            adventure = self._game.adventure.id
            self.show_message(f"Saved. Go on with: grue play --adventure {adventure}")
        return self._exit_code

    async def _play_lines(self) -> None:
        """Read lines and carry them out until the player leaves."""
        while not self._leaving and (line := await self._next_line()) is not None:
            try:
                async with self._model_change.playing:
                    await self._run_line(line)
            except GeneratorError as error:
                self.show_message(f"{error} Your action is kept; send it again.")
                self._exit_code = error.exit_code
                if not self._reader.is_interactive:
                    break
            except GrueError as error:  # also what could not be saved or read: the game goes on
                self._refuse(error)

    async def _run_line(self, line: str) -> None:
        await carry_out(await parse_line(line).run(self._game), self)

    # Beginning a game.

    async def _first_game(self, options: LaunchOptions) -> Game | None:
        if options.adventure or options.last or options.scenario:
            return await self._launcher.launch(options)
        if self._reader.is_interactive and options == LaunchOptions():
            return await self._scenario_picker.begin()
        return await self._launcher.begin_randomly()

    async def _switch_to(self, launching: Awaitable[Game | None], turn_id: str = "") -> None:
        """Play the game that `launching` leads to; until it is there, the current one goes on."""
        if game := await launching:
            await self._leave_game()
            await self._enter(game, turn_id)

    async def _resume(self, adventure_id: str, turn_id: str = "") -> None:
        """Play a saved adventure, which may be the one that is played."""
        await self._game.close()  # first: what could not be saved yet is read again then
        await self._switch_to(self._launcher.resume(adventure_id), turn_id)

    async def _enter(self, game: Game, turn_id: str = "") -> None:
        """Play `game`, from where it stands, or from the turn whose id begins with `turn_id`."""
        self._game = game
        recovered = await game.recover()
        if turn_id:
            await game.move_to(branching.find_by_id(game.adventure, turn_id).id)
        path = game.adventure.path()
        shown = path[-RESUMED_TURNS:]
        for notice in (*self._session.library.notices, unreadable_notice(game.adventure.dice)):
            self.show_message(notice)
        self._writer.paragraph(game.adventure.title)
        if earlier := len(path) - len(shown):
            self.show_message(f"({count(earlier, 'earlier turn')}; /print tells the whole story)")
        if self._session.settings.recap:
            self.show_message(recap_on_return(game.adventure, datetime.now(UTC)))
        for turn in shown:
            self._show_turn(turn)
        if isinstance(recovered, Action):
            begun = recovered.text or "to go on"
            self.show_message(f"You had begun: {begun}. It was not answered yet.")
        game.prefetch()

    async def _leave_game(self) -> bool:
        """Close the game; return whether all of it is saved, and say so where it is not."""
        await self._game.close()
        if not self._game.unsaved:
            return True
        turns = "turn is" if self._game.unsaved == 1 else f"{self._game.unsaved} turns are"
        self.show_message(
            f"The last {turns} not saved and only stands above. Copy it if you want it."
        )
        self._exit_code = 1
        return False

    # Input.

    async def _next_line(self) -> str | None:
        line = await self._reader.ask(PROMPT if self._reader.is_interactive else "")
        self.show_message(self._reader.remember(line or ""))
        return line

    def _watch_for_interrupt(self) -> None:
        """Let Ctrl-C end the reply under way, or the game where there is none."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()

        def interrupt() -> None:
            if self._game.busy:
                self._game.stop()
            elif task is not None and not self._interrupted:
                self._interrupted = True
                task.cancel()

        with suppress(NotImplementedError):  # Windows: Ctrl-C then ends the game, and loses nothing
            loop.add_signal_handler(signal.SIGINT, interrupt)

    def _refuse(self, error: GrueError) -> None:
        self.show_message(str(error))
        if not self._reader.is_interactive:
            self._exit_code = error.exit_code

    # The FrontEnd: effects of commands.

    async def play_turn(self, turn: PlayTurn) -> None:
        """Play a turn and write it out."""
        presenter = TurnPresenter(self, self._sounds)
        with self._reader.without_echo():
            async with aclosing(turn.events) as events:
                async for event in events:
                    await presenter.show(event)
        if self._reader.is_interactive and (found := state_notice(self._game)):
            self.show_message(f"({found} /accept confirms, /state shows)")

    def stop_turn(self) -> None:
        """Do nothing: no line is read while a turn is played."""

    async def show_story(self, turn_id: str = "") -> None:
        """Write a turn again, by default the last: what stands above cannot be taken back."""
        adventure = self._game.adventure
        if turn := adventure.turns.get(turn_id) or adventure.current_turn():
            self._show_turn(turn)

    def show_message(self, message: str) -> None:
        """Write a sentence to standard error."""
        if message:
            self._writer.end_paragraph()
            print_message(self._messages, message)

    async def open_view(self, view: View, argument: str) -> None:
        """Write what the screen would open a view for."""
        match view:
            case View.STORY:
                for turn in self._game.adventure.path():
                    self._show_turn(turn)
            case View.NEW if argument:
                await self._switch_to(self._launcher.begin_named(argument))
            case View.NEW if self._reader.is_interactive:
                await self._switch_to(self._scenario_picker.choose())
            case View.RANDOM:
                await self._switch_to(self._launcher.begin_randomly())
            case View.LOAD if argument:
                found = await run_in_thread(find_adventure, self._session.library, argument)
                await self._resume(found.id)
            case View.FOUND:
                await self._open_found(argument)
            case _:
                self._writer.table(await view_text(view, argument, self._game, self._session))

    async def _open_found(self, number: str) -> None:
        """Go on from a turn that was searched for, in whichever adventure and branch it is."""
        hit = find_hit(self._session.found, number)
        if hit.adventure_id == self._game.adventure.id:
            await self._game.move_to(hit.turn_id)
            await self.show_story()
        else:
            await self._resume(hit.adventure_id, hit.turn_id)
        self.show_message(f"This is {place_of(hit)}. The story goes on from here; nothing is lost.")

    async def save_settings(self, changes: Mapping[str, object]) -> None:
        """Save settings for the next game."""
        self._session.change_settings(**changes)

    async def change_setting(self, name: str, text: str) -> None:
        """Change a setting, or say what it is."""
        session = self._session
        try:
            changes, message = read_change(name, text, session.settings, session.home)
            if changes:
                session.change_settings(**changes)
                session.apply_changed(changes, self._game)
            if "speech" in changes:
                self._sounds.silence()
        except GrueError as error:
            self._refuse(error)
        else:
            self.show_message(message)

    def speak(self, text: str) -> None:
        """Speak a text."""
        self._sounds.speak(text)

    def _ring(self) -> None:
        if self._writer.is_interactive:
            print("\a", end="", file=self._messages, flush=True)

    async def use_model(self, reference: str) -> None:
        """Load another model, then play on with it and save the choice."""
        try:
            await self._model_change.start(reference, self._dialogs.confirm_download)
        except GrueError as error:
            self._refuse(error)

    async def _use_loaded(self, reference: str, loader: ModelLoader) -> None:
        self._game = await self._session.replace_model(self._game, reference, loader)
        self._session.change_settings(model=reference)
        self.show_message(f"{loader.model.name} tells the story now.")

    async def begin_adventure(self, adventure: Adventure, message: str) -> None:
        """Store a new adventure and play it instead."""
        await run_in_thread(self._session.library.create, adventure)
        await self._resume(adventure.id)
        self.show_message(message)

    async def change_saves(self, argument: str) -> None:
        """Do with a saved adventure what stands behind /library, and say so."""
        playing = self._game.adventure.id
        self.show_message(
            await self._session.change_library(
                lambda library: change_saves(library, argument, playing)
            )
        )

    async def cancel_download(self) -> None:
        """End the download of another model."""
        if not await self._model_change.cancel():
            self.show_message("Nothing is being downloaded.")

    async def measure_speed(self) -> None:
        """Measure how fast the default model writes here."""
        self.show_message("Measuring for ten seconds how fast the default model writes…")
        try:
            self.show_message(await run_default_speed_test(self._session.home))
        except GrueError as error:
            self._refuse(error)

    async def write_in_editor(self) -> None:
        """Carry out what the player writes in an editor of their own."""
        if not self._reader.is_interactive:
            raise InputRefused("An editor needs a terminal, and this is none.")
        if text := await run_in_thread(write_in_editor, ""):
            await self._run_line(text)

    def quit(self) -> None:
        """Read no further line."""
        self._leaving = True

    # The TurnView: one turn.

    async def begin_turn(self, action: Action) -> None:
        """Write the player's line."""
        self._reply = SentenceWriter(self._writer)
        self._writer.action_line(action.text)
        self.show_message(roll_notice(action))

    def show_activity(self, activity: str) -> None:
        """Write nothing: a line cannot be taken back."""

    def append_text(self, text: str) -> None:
        """Write the sentences that `text` completes, unless a script may still change them."""
        if not self._game.active_scripts.changes_replies:
            self._reply.feed(text)

    async def discard_attempt(self, reason: str) -> None:
        """Say that the attempt is written again, and that what stands above does not count."""
        gone = " The reply above is taken back." if self._reply.has_written else ""
        self._reply = SentenceWriter(self._writer)
        if reason:
            self.show_message(f"({reason}.{gone})")

    async def finish_turn(self, turn: Turn, warning: str) -> None:
        """Write the rest of the saved turn, or all of it where something else stands above."""
        if not self._reply.finish(turn.text):
            self.show_message("(The reply above is taken back; the story goes on with this one:)")
            self._writer.paragraph(turn.text)
        self.show_message(warning)

    def cancel_turn(self) -> None:
        """Say that no turn was made."""
        self.show_message("Nothing was written.")

    def show_notice(self, sentence: str) -> None:
        """Say what went wrong in the turn."""
        self.show_message(sentence)

    def _show_turn(self, turn: Turn) -> None:
        self._writer.action_line(turn.action)
        self._writer.paragraph(turn.text)
