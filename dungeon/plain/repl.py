"""Provides `run`: a whole game in plain lines, from the first paragraph to the exit code.

In a pipe a turn is written out once it is saved; at a terminal its words appear as they come.
Messages go to standard error. Knows nothing of Textual.
"""

import asyncio
import random
import signal
import sys
from contextlib import aclosing, suppress
from typing import TextIO

from dungeon import scenarios
from dungeon.commands import (
    Effect,
    Message,
    OpenView,
    PlayTurn,
    Quit,
    StoryChanged,
    View,
    parse_line,
)
from dungeon.errors import GeneratorError, GrueError, InputRefused, SavesDamaged
from dungeon.game import Event, Game, TurnCancelled, TurnSaved, TurnStarted
from dungeon.generation import AttemptRejected
from dungeon.generator import Generator, TextChunk
from dungeon.plain import views
from dungeon.plain.line_reader import LineReader
from dungeon.plain.text_writer import TextWriter
from dungeon.plain.turn_presenter import TurnPresenter
from dungeon.prose import RejectReason
from dungeon.session import LaunchOptions, Session
from dungeon.story import Action, Adventure, Kind, Scenario, Turn

PROMPT = "What do you do? "

SHOWN_ON_RETURN = 3
"""Turns told again when an adventure is continued."""


def run(session: Session, start: LaunchOptions) -> int:
    """Play in plain lines until the player leaves; return the exit code."""
    return asyncio.run(_run(session, start))


async def _run(session: Session, start: LaunchOptions) -> int:
    front = Repl(session, LineReader(sys.stdin), TextWriter(sys.stdout), sys.stderr)
    try:
        return await front.play(start)
    finally:
        await session.close()


class Repl:
    """One sitting in plain mode."""

    def __init__(
        self, session: Session, lines: LineReader, page: TextWriter, messages: TextIO
    ) -> None:
        self._session = session
        self._lines = lines
        self._page = page
        self._messages = messages
        self._exit_code = 0
        self._telling = TurnPresenter(page)
        self._preparing = ""
        self._game: Game

    async def play(self, start: LaunchOptions) -> int:
        """Play from `start` on; return the exit code."""
        generator = self._session.generator(self._progress)
        await self._enter(await self._first_game(start, generator))
        self._watch_for_interrupt()
        while (line := await self._next_line()) is not None:
            try:
                if await self._carry_out(await parse_line(line).run(self._game)):
                    break
            except InputRefused as error:
                self._refused(error)
            except GeneratorError as error:
                self._say(f"{error} Your action is kept; send it again.")
                self._exit_code = error.exit_code
                if not self._lines.interactive:
                    break
        if await self._leave_game():
            self._say(f"Saved. Go on with: grue play --adventure {self._game.adventure.id}")
        return self._exit_code

    # How a game begins.

    async def _first_game(self, start: LaunchOptions, generator: Generator) -> Game:
        session = self._session
        if start.adventure or start.last:
            return await self._resumed(start.adventure or session.last_adventure(), generator)
        if start.scenario:
            scenario = scenarios.load(start.scenario, folder=session.home.scenarios)
            return session.begin(await self._answered(scenario), generator)
        return session.begin(scenarios.fill(self._any_opening(), {}), generator)

    async def _resumed(self, adventure_id: str, generator: Generator) -> Game:
        """Return the game of a saved adventure, or of what is left of it where that is wanted."""
        try:
            return self._session.resume(adventure_id, generator)
        except SavesDamaged as damage:
            left: Adventure | None = getattr(damage, "adventure", None)
            if left is None or not self._lines.interactive:
                raise
            self._say(str(damage))
            said = await self._lines.ask("Open what can still be read of it? [y/N] ")
            if (said or "").strip().lower() not in ("y", "yes"):
                raise
            return self._session.game(left, generator)

    def _any_opening(self) -> Scenario:
        shipped = scenarios.available()
        return random.Random(self._session.seed).choice(shipped)

    async def _answered(self, scenario: Scenario) -> Scenario:
        """Ask the opening's questions where a person can answer; a pipe takes the defaults."""
        answers: dict[str, str] = {}
        for question in scenarios.questions(scenario) if self._lines.interactive else ():
            known = f" [{question.default}]" if question.default else ""
            answers[question.name] = await self._lines.ask(f"{question.question}{known} ") or ""
        return scenarios.fill(scenario, {name: said for name, said in answers.items() if said})

    async def _enter(self, game: Game) -> None:
        self._game = game
        recovered = await game.recover()
        line = game.adventure.line()
        shown = line if len(line) <= SHOWN_ON_RETURN else line[-SHOWN_ON_RETURN:]
        for notice in self._session.library.notices:
            self._say(notice)
        self._page.paragraph(game.adventure.title)
        if len(shown) < len(line):
            self._say(f"({len(line) - len(shown)} earlier turns; /print tells them all)")
        for turn in shown:
            self._tell(turn)
        if isinstance(recovered, Action):
            self._say(f"You had begun: {recovered.text or 'to go on'}. It was not answered yet.")
        game.read_ahead()

    # Lines in.

    async def _next_line(self) -> str | None:
        interactive = self._lines.interactive
        return await self._lines.ask(PROMPT if interactive else "")

    def _watch_for_interrupt(self) -> None:
        """Ctrl-C ends the reply under way, or the game where none is."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()

        def interrupt() -> None:
            if self._game.busy:
                self._game.stop()
            elif task is not None:
                task.cancel()

        with suppress(NotImplementedError):  # Windows: Ctrl-C then ends the game, and loses nothing
            loop.add_signal_handler(signal.SIGINT, interrupt)

    # Effects out.

    async def _carry_out(self, effect: Effect) -> bool:
        """Carry `effect` out; return whether the player leaves."""
        match effect:
            case PlayTurn(events):
                async with aclosing(events):
                    async for event in events:
                        self._show(event)
            case StoryChanged(message):
                self._say(message)
                if last := self._game.adventure.last():
                    self._tell(last)
            case Message(message):
                self._say(message)
            case OpenView(view, argument):
                await self._open(view, argument)
            case Quit():
                return True
        return False

    async def _open(self, view: View, argument: str) -> None:
        generator = self._game.generator
        match view:
            case View.STORY:
                for turn in self._game.adventure.line():
                    self._tell(turn)
            case View.NEW if argument:
                await self._leave_game()
                scenario = scenarios.load(argument, folder=self._session.home.scenarios)
                await self._enter(self._session.begin(await self._answered(scenario), generator))
            case View.SAVES if self._is_adventure(argument):
                await self._leave_game()
                await self._enter(await self._resumed(argument, generator))
            case _:
                self._page.table(views.text(view, argument, self._game, self._session))

    def _is_adventure(self, argument: str) -> bool:
        if not argument or " " in argument:
            return False
        with suppress(InputRefused):
            return bool(self._session.library.find(argument))
        return False

    async def _leave_game(self) -> bool:
        """Close the game; return whether all of it is saved, and say so where it is not."""
        await self._game.close()
        if not self._game.unsaved:
            return True
        turns = "turn is" if self._game.unsaved == 1 else f"{self._game.unsaved} turns are"
        self._say(f"The last {turns} not saved and only stands above. Copy it if you want it.")
        self._exit_code = 1
        return False

    def _show(self, event: Event) -> None:
        match event:
            case TurnStarted(Action(kind, text)):
                self._telling = TurnPresenter(self._page)
                if kind is not Kind.CONTINUE:
                    self._page.deed(text)
            case TextChunk(text):
                self._telling.hear(text)
            case AttemptRejected(RejectReason.EMPTY):
                self._telling = TurnPresenter(
                    self._page
                )  # nothing was told, and nothing need be said
            case AttemptRejected(flaw):
                self._page.part()
                self._telling = TurnPresenter(self._page)
                self._say(f"(written anew: {flaw})")
            case TurnSaved(turn, warning):
                self._finish(turn)
                self._say(warning)
            case TurnCancelled():
                self._say("Nothing was written.")
            case _:
                pass

    def _finish(self, turn: Turn) -> None:
        """Let the saved turn stand on the page, after or instead of what stands there."""
        if not self._telling.conclude(turn.text):
            self._page.part()
            self._say("(told instead:)")
            self._page.paragraph(turn.text)

    def _tell(self, turn: Turn) -> None:
        if turn.action:
            self._page.deed(turn.action)
        self._page.paragraph(turn.text)

    def _refused(self, error: GrueError) -> None:
        self._say(str(error))
        if not self._lines.interactive:
            self._exit_code = error.exit_code

    def _say(self, message: str) -> None:
        if message:
            self._page.part()
            print(message, file=self._messages, flush=True)

    def _progress(self, what: str, done: int, total: int) -> None:
        if self._messages.isatty():
            share = f"{done / total:4.0%}" if total else ""
            print(f"{what} {share}", end="\r", file=self._messages, flush=True)
        elif what != self._preparing:
            self._preparing = what
            self._say(f"{what} the model…")
