"""Carry out the effects of commands in line mode."""

from collections.abc import Mapping
from contextlib import aclosing

from dungeon.commands import parse_line
from dungeon.commands.effects import PlayTurn, View
from dungeon.errors import GrueError, InputRefused
from dungeon.files.external_editor import write_in_editor
from dungeon.plain.current_game import CurrentGame
from dungeon.plain.line_dialogs import LineDialogs
from dungeon.plain.line_reader import LineReader
from dungeon.plain.line_turn_view import LineTurnView
from dungeon.plain.message_writer import MessageWriter
from dungeon.plain.model_change import ModelChange
from dungeon.plain.text_writer import TextWriter
from dungeon.plain.views import view_text
from dungeon.session import Session
from dungeon.session.effects import carry_out
from dungeon.session.saved_adventures import change_saves
from dungeon.session.setting_fields import read_change
from dungeon.session.speed_test import run_default_speed_test
from dungeon.session.state_view import notice as state_notice
from dungeon.session.turn_presenter import TurnPresenter
from dungeon.session.turn_sounds import TurnSounds
from dungeon.story import Adventure
from dungeon.threads import run_in_thread


class LineFrontEnd:
    """The FrontEnd of the session: turns and views are written out, messages beside them."""

    def __init__(
        self,
        session: Session,
        current: CurrentGame,
        model_change: ModelChange,
        reader: LineReader,
        writer: TextWriter,
        messages: MessageWriter,
        dialogs: LineDialogs,
    ) -> None:
        self.is_leaving = False
        """Whether the player has said that no further line is to be read."""
        self.sounds = TurnSounds(lambda: session.settings, messages.ring, messages.show)
        self._session = session
        self._current = current
        self._model_change = model_change
        self._reader = reader
        self._writer = writer
        self._messages = messages
        self._dialogs = dialogs

    async def run_line(self, line: str) -> None:
        """Carry out a line that was typed. Raises GrueError."""
        await carry_out(await parse_line(line).run(self._current.game), self)

    async def play_turn(self, turn: PlayTurn) -> None:
        """Play a turn and write it out."""
        scripts = self._current.game.active_scripts
        view = LineTurnView(self._writer, scripts, self.show_message)
        presenter = TurnPresenter(view, self.sounds)
        with self._reader.without_echo():
            async with aclosing(turn.events) as events:
                async for event in events:
                    await presenter.show(event)
        if self._reader.is_interactive and (found := state_notice(self._current.game)):
            self.show_message(f"({found} /accept confirms, /state shows)")

    def stop_turn(self) -> None:
        """Do nothing: no line is read while a turn is played."""

    async def show_story(self, turn_id: str = "") -> None:
        """Write a turn again, by default the last."""
        self._current.show_turn(turn_id)

    def show_message(self, message: str) -> None:
        """Write a sentence to standard error."""
        self._messages.show(message)

    async def open_view(self, view: View, argument: str) -> None:
        """Write what the screen would open a view for."""
        current = self._current
        match view:
            case View.STORY:
                current.show_all()
            case View.NEW if argument:
                await current.begin_named(argument)
            case View.NEW if self._reader.is_interactive:
                await current.begin_chosen()
            case View.RANDOM:
                await current.begin_randomly()
            case View.LOAD if argument:
                await current.resume_named(argument)
            case View.FOUND:
                await current.open_found(argument)
            case _:
                text = await view_text(view, argument, current.game, self._session)
                self._writer.table(text)

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
                session.apply_changed(changes, self._current.game)
            if "speech" in changes:
                self.sounds.silence()
        except GrueError as error:
            self._messages.refuse(error)
        else:
            self.show_message(message)

    def speak(self, text: str) -> None:
        """Speak a text."""
        self.sounds.speak(text)

    async def use_model(self, reference: str) -> None:
        """Load another model, then play on with it and save the choice."""
        try:
            await self._model_change.start(reference, self._dialogs.confirm_download)
        except GrueError as error:
            self._messages.refuse(error)

    async def begin_adventure(self, adventure: Adventure, message: str) -> None:
        """Store a new adventure and play it instead."""
        if await self._current.begin_stored(adventure):
            self.show_message(message)

    async def change_saves(self, argument: str) -> None:
        """Do with a saved adventure what stands behind /library, and say so."""
        playing = self._current.game.adventure.id
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
            self._messages.refuse(error)

    async def write_in_editor(self) -> None:
        """Carry out what the player writes in an editor of their own."""
        if not self._reader.is_interactive:
            raise InputRefused("An editor needs a terminal, and this is none.")
        if text := await run_in_thread(write_in_editor, ""):
            await self.run_line(text)

    def quit(self) -> None:
        """Read no further line."""
        self.is_leaving = True
