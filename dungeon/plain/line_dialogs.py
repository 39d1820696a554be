"""Ask in line mode: the questions of a scenario, damaged saves, a download."""

from collections.abc import Callable

from dungeon import scenarios
from dungeon.errors import SavesDamaged
from dungeon.models.catalog import CatalogEntry
from dungeon.plain.line_reader import LineReader
from dungeon.plain.text_writer import TextWriter
from dungeon.plain.views import numbered_choices
from dungeon.story import Question, Scenario


class LineDialogs:
    """The Dialogs of the session: questions where a person can answer."""

    def __init__(
        self, reader: LineReader, writer: TextWriter, show_message: Callable[[str], None]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._show_message = show_message

    async def ask(self, scenario: Scenario, question: Question, position: str) -> str | None:
        """Ask where a person can answer; a pipe takes the defaults. Ctrl-D goes back."""
        if not self._reader.is_interactive:
            return ""
        default = f" [{question.default}]" if question.default else ""
        self._writer.table("\n".join(numbered_choices(question)))
        while answer := await self._reader.ask(f"{question.question}{default} "):
            if not question.choices or scenarios.find_choice(question, answer):
                break
            self._show_message(f"Type a number from 1 to {len(question.choices)}, or the words.")
        return answer

    async def confirm_damaged(self, damage: SavesDamaged) -> bool:
        """Ask where a person can answer. Raises `damage` where the answer is no."""
        if not self._reader.is_interactive:
            raise damage
        self._show_message(str(damage))
        if not await self._agrees("Open what can still be read of it?"):
            raise damage
        return True

    async def confirm_download(self, entry: CatalogEntry) -> bool:
        """Ask where a person can answer; a pipe has asked for the model already."""
        if not self._reader.is_interactive:
            return True
        return await self._agrees(f"Download {entry.title}?")

    async def confirm_leaving(self, unsaved: int, *, no_answer: bool) -> bool:
        """Ask whether to leave a game of which so many turns cannot be saved; `no_answer` is what
        the end of the input means.
        """
        turns = "turn" if unsaved == 1 else f"{unsaved} turns"
        return await self._agrees(f"Leave without the last {turns}?", no_answer=no_answer)

    async def _agrees(self, question: str, *, no_answer: bool = False) -> bool:
        answer = await self._reader.ask(f"{question} [y/N] ")
        return no_answer if answer is None else answer.strip().lower() in ("y", "yes")
