"""Ask at a terminal how an adventure begins: with a listed opening, or with one of the player's."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from dungeon import scenarios
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
_MEMORY = "What the story always remembers (may stay empty): "
_TITLE = "Title (may stay empty): "
_DICE = f"Attributes and dice, as in {DICE_EXAMPLE} (may stay empty): "


class Asks(Protocol):
    """Where a person answers."""

    async def ask(self, prompt: str = "") -> str | None:
        """Return the next line, or None at the end of the input."""


class ScenarioPicker:
    """Lists the openings, and asks until one of them begins."""

    def __init__(
        self,
        session: Session,
        launcher: Launcher,
        reader: Asks,
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
        """Return the game that the player begins with; None at the end of the input."""
        has_saves = await run_in_thread(lambda: bool(self._session.library.latest_id()))
        go_on = f"{GO_ON} goes on with your last adventure, " if has_saves else ""
        self._list(f"Type a name. {WRITE} lets you write your own, {go_on}Enter alone begins any.")
        while (answer := await self._reader.ask(PROMPT)) is not None:
            try:
                if not answer.strip():
                    return await self._launcher.begin_randomly()
                if has_saves and answer.strip().lower() == GO_ON:
                    return await self._launcher.continue_latest()
                return await self._begin_with(answer)
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
        if answer.strip().lower() == WRITE:
            return await self._launcher.begin(await self._write())
        return await self._launcher.begin_named(answer.strip())

    # An opening of the player's own.

    async def _write(self) -> Scenario:
        """Return what the player writes. Raises InputRefused where that is no opening."""
        self._writer.paragraph(_WRITING)
        self._writer.paragraph(MACRO_HELP)
        opening = await self._read_paragraphs()
        scenarios.from_player(opening)
        title = await self._reader.ask(_TITLE) or ""
        with_title = partial(scenarios.from_player, opening, title)
        memory = await self._ask_until_right(_MEMORY, with_title)
        dice = await self._ask_until_right(_DICE, partial(with_title, memory))
        return with_title(memory, dice)

    async def _read_paragraphs(self) -> str:
        """Return the lines up to two empty ones, or up to the end of the input, as paragraphs."""
        paragraphs: list[list[str]] = [[]]
        while (line := await self._reader.ask(": ")) is not None:
            if line.strip():
                paragraphs[-1].append(line.strip())
            elif paragraphs[-1]:
                paragraphs.append([])
            else:
                break
        return SEPARATOR.join(" ".join(lines) for lines in paragraphs if lines)

    async def _ask_until_right(self, question: str, check: Callable[[str], object]) -> str:
        """Return an answer that `check` takes; what is wrong with another one is said."""
        while answer := await self._reader.ask(question):
            try:
                check(answer)
            except InputRefused as error:
                self._refuse(error)
            else:
                return answer
        return ""
