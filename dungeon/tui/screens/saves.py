"""Provides SavesScreen: every adventure, a search through all of them, and the way back into one.

Knows nothing of how they are kept.
"""

from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Footer, OptionList
from textual.widgets.option_list import Option

from dungeon.errors import GrueError
from dungeon.text import clean_line
from dungeon.threads import run_in_thread
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.when import ago
from dungeon.tui.when import turns as turns_said
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic

if TYPE_CHECKING:
    from datetime import datetime

    from dungeon.saves.library import Library, Summary
    from dungeon.saves.search import Hit

_EXCERPT = 110
"""Characters of an adventure's last words that are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the list: an adventure, or a place in it."""

    adventure_id: str
    title: str
    shown: Content


class SavesScreen(GrueScreen[None]):
    """A list of adventures; with words to look for, a list of places in them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", id="saves.open"),
        Binding("slash,ctrl+f", "search", "Search", id="saves.search", key_display="/"),
        Binding("delete,d", "delete", "Delete", id="saves.delete"),
        Binding("escape,q", "back", "Back", id="saves.back"),
        Binding("down", "to_list", show=False),
    ]

    def __init__(self, query: str = "") -> None:
        """`query` is looked for at once."""
        super().__init__()
        self._query = query
        self._rows: list[Row] = []

    def compose(self) -> ComposeResult:
        """Yield the field and the list."""
        yield SafeStatic("Saved adventures", classes="heading")
        yield SafeInput(self._query, id="query", compact=True,
                   placeholder="/ searches every turn of every adventure")  # fmt: skip
        yield OptionList(id="saves", markup=False)
        yield SafeStatic(classes="hint", name="found")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Show what there is."""
        self.query_one(OptionList).focus()
        self.look(self._query)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to open and delete only where there is something, and while not typing."""
        typing = isinstance(self.focused, SafeInput)
        match action:
            case "open":
                return self._chosen is not None
            case "delete":
                return self._chosen is not None and not typing
            case "to_list":
                return typing
            case _:
                return True

    @work(exclusive=True, exit_on_error=False)
    async def look(self, query: str) -> None:
        """List the adventures, or where the words of `query` stand in them."""
        try:
            library = await self.grue.library()
            rows = await run_in_thread(lambda: _rows(library, query, self.grue.clock()))
        except GrueError as error:
            self.query_one("#found", SafeStatic).update(str(error))
            return
        listing = self.query_one(OptionList)
        self._rows = rows
        listing.set_options(Option(row.shown) for row in rows)
        listing.highlighted = 0 if rows else None
        self.query_one("#found", SafeStatic).update(_found(len(rows), query))
        self.refresh_bindings()

    @property
    def _chosen(self) -> Row | None:
        place = self.query_one(OptionList).highlighted
        return self._rows[place] if place is not None and place < len(self._rows) else None

    # What the player does.

    @on(SafeInput.Changed)
    def _search_on(self, event: SafeInput.Changed) -> None:
        if event.value != self._query:
            self._query = event.value
            self.look(event.value)

    @on(SafeInput.Submitted)
    def action_to_list(self) -> None:
        """Go from the field to the list."""
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def action_open(self) -> None:
        """Go on with the chosen adventure."""
        if chosen := self._chosen:
            self.grue.go(self.grue.ways.resume(chosen.adventure_id))

    def action_search(self) -> None:
        """Go to the field."""
        self.query_one(SafeInput).focus()

    def action_back(self) -> None:
        """Forget the search, or else leave."""
        if self._query:
            self.query_one(SafeInput).value = ""
            self.query_one(OptionList).focus()
        else:
            self.dismiss(None)

    @work(exclusive=True, exit_on_error=False)
    async def action_delete(self) -> None:
        """Delete the chosen adventure once the player has said so."""
        chosen, playing = self._chosen, self.grue.playing
        if chosen is None:
            return
        if playing is not None and playing.game.adventure.id == chosen.adventure_id:
            self.grue.tell("This adventure is being played. Leave it first.", wrong=True)
            return
        question = ConfirmDialog(f"Delete “{chosen.title}”?", _FOR_EVER, yes="Delete", no="Keep")
        if not await self.app.push_screen_wait(question):
            return
        try:
            library = await self.grue.library()
            await run_in_thread(lambda: library.delete(chosen.adventure_id))
        except GrueError as error:
            self.grue.tell(str(error), wrong=True)
        self.look(self._query)


_FOR_EVER = "Every turn of it goes. A backup is made first."


def _rows(library: "Library", query: str, now: "datetime") -> list[Row]:
    if query.strip():
        return [_place(hit) for hit in library.search(query)]
    return [_adventure(summary, now) for summary in library.summaries()]


def _adventure(summary: "Summary", now: "datetime") -> Row:
    title, told = clean_line(summary.title), clean_line(summary.excerpt)
    figures = f"{turns_said(summary.turns)}, {ago(summary.changed, now)}"
    excerpt = shorten(told, _EXCERPT, placeholder=" …")
    shown = Content.assemble(
        (title, "bold"), (f"   {figures}", "$foreground 45%"), "\n",
        (excerpt, "$foreground 65%"), "\n",
    )  # fmt: skip
    return Row(summary.id, title, shown)


def _place(hit: "Hit") -> Row:
    title, told = clean_line(hit.title), clean_line(hit.snippet)
    shown = Content.assemble((title, "bold"), "\n", (told, "$foreground 65%"), "\n")
    return Row(hit.adventure_id, title, shown)


def _found(count: int, query: str) -> str:
    if query.strip():
        places = "place" if count == 1 else "places"
        return f"{count} {places}" if count else "No adventure says that."
    return "" if count else "Nothing is saved yet. A new adventure is saved from its first line."
