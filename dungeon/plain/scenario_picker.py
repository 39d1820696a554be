"""Ask at a terminal how an adventure begins: with a listed opening, or with one of the player's."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol

from dungeon import scenarios
from dungeon.commands import find
from dungeon.commands.command import SLASH
from dungeon.errors import GrueError, InputRefused
from dungeon.plain.text_writer import TextWriter
from dungeon.plain.views import scenario_lines
from dungeon.session import Session
from dungeon.session.custom_scenario import DICE_EXAMPLE, MACRO_HELP, OPENING_EXAMPLE
from dungeon.session.launcher import Launcher
from dungeon.story import Scenario
from dungeon.threads import run_in_thread
from dungeon.transcript import SEPARATOR
from dungeon.turns.game import Game

PROMPT = "Which opening? "

WRITE, GO_ON = "w", "l"
"""The answers that are no names; the app has the first as a key."""

_WRITING = f"""\
Write how it begins, as in: {OPENING_EXAMPLE} An empty line begins a paragraph, a second one ends \
the opening."""
_NO_COMMANDS = "Commands are understood once a story has begun. Type the name of an opening first."
_MEMORY = "What the story always remembers (may stay empty): "
_TITLE = "Title (may stay empty): "
_DICE = f"Attributes and dice, as in {DICE_EXAMPLE} (may stay empty): "


class AnswerReader(Protocol):
    """The part of a LineReader that the picker uses."""

    async def ask(self, prompt: str = "") -> str | None:
        """Return the next line, or None at the end of the input."""


class ScenarioPicker:
    """Lists the openings, and asks until one of them begins."""

    def __init__(
        self,
        session: Session,
        launcher: Launcher,
        reader: AnswerReader,
        writer: TextWriter,
        refuse: Callable[[GrueError], None],
    ) -> None:
        """`refuse` says why an answer cannot be taken."""
        self._session = session
        self._launcher = launcher
        self._reader = reader
        self._writer = writer
        self._refuse = refuse

    async def begin(self) -> Game | None:
        """Return the game that the player begins with; None where they leave."""
        has_saves = await run_in_thread(lambda: bool(self._session.library.latest_id()))
        go_on = f"{GO_ON} goes on with your last adventure, " if has_saves else ""
        self._list(f"Type a name. {WRITE} lets you write your own, {go_on}Enter alone begins any.")
        while (line := await self._reader.ask(PROMPT)) is not None and not _is_quit(line):
            answer = line.strip()
            try:
                if not answer:
                    return await self._launcher.begin_randomly()
                if has_saves and answer.lower() == GO_ON:
                    return await self._launcher.continue_latest()
                if (game := await self._begin_with(answer)) is not None:
                    return game  # else a question was answered with Ctrl-D: the list asks again
            except GrueError as error:
                self._refuse(error)
        return None

    async def choose(self) -> Game | None:
        """Return the game to play instead of the current one; None where the player stays."""
        self._list(f"Type a name. {WRITE} lets you write your own, Enter alone stays here.")
        while answer := (await self._reader.ask(PROMPT) or "").strip():
            try:
                return await self._begin_with(answer)
            except GrueError as error:
                self._refuse(error)
        return None

    def _list(self, how: str) -> None:
        self._writer.table("\n".join([*scenario_lines(self._session), "", how]))

    async def _begin_with(self, answer: str) -> Game | None:
        if answer.lower() == WRITE:
            return await self._launcher.begin(await self._write())
        if answer.startswith(SLASH):
            raise InputRefused(_NO_COMMANDS)
        return await self._launcher.begin_named(answer)

    # An opening of the player's own.

    async def _write(self) -> Scenario:
        """Return what the player writes. Raises InputRefused where that is nothing."""
        self._writer.paragraph(_WRITING)
        self._writer.paragraph(MACRO_HELP)
        opening = await self._read_opening()
        scenarios.from_player(opening)
        title = await self._reader.ask(_TITLE) or ""
        with_title = partial(scenarios.from_player, opening, title)
        memory = await self._ask_until_right(_MEMORY, with_title)
        dice = await self._ask_until_right(_DICE, partial(with_title, memory))
        return with_title(memory, dice)

    async def _read_opening(self) -> str:
        """Return the lines up to two empty ones, or up to the end of the input, as paragraphs.

        A line that no opening can have is refused at once, and those before it are kept.
        """
        paragraphs: list[list[str]] = [[]]
        while (line := await self._reader.ask(": ")) is not None:
            if words := line.strip():
                opening = _join([*paragraphs[:-1], [*paragraphs[-1], words]])
                if self._is_right(partial(scenarios.from_player, opening)):
                    paragraphs[-1].append(words)
            elif paragraphs[-1]:
                paragraphs.append([])
            else:
                break
        return _join(paragraphs)

    async def _ask_until_right(self, question: str, check: Callable[[str], object]) -> str:
        """Return an answer that `check` takes."""
        while answer := await self._reader.ask(question):
            if self._is_right(partial(check, answer)):
                return answer
        return ""

    def _is_right(self, check: Callable[[], object]) -> bool:
        """Return whether `check` raises nothing; say what is wrong where it does."""
        try:
            check()
        except InputRefused as error:
            self._refuse(error)
            return False
        return True


def _join(paragraphs: Sequence[Sequence[str]]) -> str:
    return SEPARATOR.join(" ".join(lines) for lines in paragraphs if lines)


def _is_quit(line: str) -> bool:
    """Return whether `line` is a command that leaves the game."""
    with suppress(InputRefused):
        return line.startswith(SLASH) and find(line.removeprefix(SLASH).strip()).name == "quit"
    return False
