"""The saved adventures: list, sort, search, resume, rename, tag, export and delete them."""

import asyncio
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, ClassVar, Unpack

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands.transfers import export_adventure
from dungeon.errors import GrueError
from dungeon.session.search_view import no_hits, places_of
from dungeon.session.views import age, count_of_turns
from dungeon.story import Adventure, Changes, labels
from dungeon.story.play_statistics import measure
from dungeon.text import clean_line
from dungeon.text.safety import refuse_forbidden
from dungeon.threads import run_in_thread
from dungeon.transfer import registry
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.importing import ImportScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.services import Services
from dungeon.tui.widgets.action_list import ActionList
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic
from dungeon.turns.game import Game

if TYPE_CHECKING:
    from datetime import datetime

    from dungeon.saves.library import Library
    from dungeon.saves.search import Hit
    from dungeon.saves.summaries import Summary

_EXCERPT_LENGTH = 110
"""Characters of an adventure's last words that are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the list: an adventure, or a turn of it."""

    adventure_id: str
    title: str
    prompt: Content
    turn_id: str = ""
    """The turn that a search has found; empty for a whole adventure."""


class SavesScreen(GrueScreen[None]):
    """A list of adventures; with a search query, the turns that match it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "back", "Back", id="saves.back"),
        Binding("enter", "open", "Open", id="saves.open"),
        Binding("slash,ctrl+f", "search", "Search", id="saves.search", key_display="/"),
        Binding("n", "rename", "Name", id="saves.rename"),
        Binding("t", "tag", "Tag", id="saves.tag"),
        Binding("f", "favourite", "Star", id="saves.favourite"),
        Binding("o", "sort", "Sort", id="saves.sort"),
        Binding("v", "measure", "Stats", id="saves.measure"),
        Binding("x", "export", "Export", id="saves.export"),
        Binding("i", "import", "Import", id="saves.import"),
        Binding("d,delete", "delete", "Delete", id="saves.delete"),
        Binding("down", "to_list", show=False),
    ]

    def __init__(self, services: Services, query: str = "", order: str = "played") -> None:
        """`query` is searched for at once: words, or `#` and a tag; `order` is one of ORDERS."""
        super().__init__()
        self._services = services
        self._query = query
        self._order = order
        self._rows: list[Row] = []
        self._toggling = asyncio.Lock()
        """Held while a star is set or taken: the next one finds what this one leaves."""
        self._listed: str | None = None
        """The query that the rows answer: while a search is under way, not the one in the field."""

    def compose(self) -> ComposeResult:
        """Yield the search field and the list."""
        yield SafeStatic("Saved adventures", classes="heading")
        placeholder = "/ searches turns; #tag lists a tag"
        yield SafeInput(self._query, id="search", compact=True, placeholder=placeholder)
        yield ActionList(id="saves", markup=False)
        yield SafeStatic(classes="hint", id="search-status")
        yield KeyFooter()

    def on_mount(self) -> None:
        """List the adventures."""
        self.query_one(OptionList).focus()
        self.list_rows(self._query)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to open and delete only a highlighted row, and while not typing."""
        is_typing = isinstance(self.focused, SafeInput)
        match action:
            case "open":
                return self._highlighted is not None
            case "delete" | "rename" | "tag" | "favourite" | "measure" | "export":
                return self._highlighted is not None and not is_typing
            case "import" | "sort":
                return not is_typing
            case "to_list":
                return is_typing
            case _:
                return True

    @work(group="rows", exclusive=True, exit_on_error=False)
    async def list_rows(self, query: str) -> None:
        """List the adventures, or the turns that match `query`."""
        try:
            rows = await self._read_rows(query)
        except GrueError as error:
            self.query_one("#search-status", SafeStatic).update(str(error))
            return
        listing = self.query_one(OptionList)
        stay, self._rows, self._listed = self._highlighted, rows, query
        listing.set_options(Option(row.prompt) for row in rows)
        ids = [(row.adventure_id, row.turn_id) for row in rows]
        here = (stay.adventure_id, stay.turn_id) if stay else None
        listing.highlighted = (ids.index(here) if here in ids else 0) if rows else None
        status = _search_status(len(rows), query) or f"Sorted by: {self._order}"
        self.query_one("#search-status", SafeStatic).update(status)
        self.refresh_bindings()

    async def _read_rows(self, query: str) -> list[Row]:
        """Return the rows for `query`. Raises GrueError."""
        tag = labels.tag_query(query)
        if query.strip() and not tag:
            hits = await self._services.search(query)
            return [_hit_row(number, hit) for number, hit in enumerate(hits, 1)]
        library, now = await self._services.library(), self._services.now()
        return await run_in_thread(_rows, library, tag, self._order, now)

    @property
    def _highlighted(self) -> Row | None:
        position = self.query_one(OptionList).highlighted
        if position is None or position >= len(self._rows):
            return None
        return self._rows[position]

    # What the player does.

    @on(SafeInput.Changed)
    def _search(self, event: SafeInput.Changed) -> None:
        if event.value != self._query:
            self._query = event.value
            self.list_rows(event.value)

    @on(SafeInput.Submitted)
    def action_to_list(self) -> None:
        """Go from the field to the list."""
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def action_open(self) -> None:
        """Resume the highlighted adventure; show a turn that was searched for where it stands."""
        if (row := self._highlighted) and self._listed == self._query:
            self._services.navigator.resume(row.adventure_id, row.turn_id)

    def action_search(self) -> None:
        """Go to the field."""
        self.query_one(SafeInput).focus()

    async def action_import(self) -> None:
        """Import files; the adventures are listed anew after each, also where it is left before."""
        await self.app.push_screen(ImportScreen(self._services, on_import=self._list_anew))

    def action_sort(self) -> None:
        """Go to the next order."""
        orders = list(labels.ORDERS)
        self._order = orders[(orders.index(self._order) + 1) % len(orders)]
        self.list_rows(self._query)

    # Questions are asked in workers of this screen. What is done after one runs in the app, so that
    # the next key, which may leave the screen, does not cancel it.

    @work(group="question", exclusive=True, exit_on_error=False)
    async def action_rename(self) -> None:
        """Ask for another title."""
        if row := self._highlighted:
            found = await self._load(row)
            dialog = InputDialog("What is it called?", found.title, "Rename the adventure")
            typed = await self.app.push_screen_wait(dialog)
            if title := clean_line(typed or ""):
                refuse_forbidden(title)
                self.run_to_end(self._revise(row, title=title))

    @work(group="question", exclusive=True, exit_on_error=False)
    async def action_tag(self) -> None:
        """Ask for tags."""
        if row := self._highlighted:
            found = await self._load(row)
            about = "Your own words for it, with commas between them"
            dialog = InputDialog("Which tags has it?", ", ".join(found.tags), about)
            typed = await self.app.push_screen_wait(dialog)
            if typed is not None:
                self.run_to_end(self._revise(row, tags=labels.parse_tags(typed)))

    def action_favourite(self) -> None:
        """Make the adventure a favourite, or make it none any more."""
        if row := self._highlighted:
            self.run_to_end(self._toggle_favourite(row))

    @work(group="figures", exclusive=True, exit_on_error=False)
    async def action_measure(self) -> None:
        """Show the figures of the adventure."""
        if row := self._highlighted:
            figures = measure(await self._load(row))
            self.query_one("#search-status", SafeStatic).update(f"{row.title}: {figures}")

    @work(group="question", exclusive=True, exit_on_error=False)
    async def action_export(self) -> None:
        """Ask for a format and a file, and export the adventure."""
        if row := self._highlighted:
            ids = ", ".join(each.id for each in registry.WRITTEN)
            dialog = InputDialog("Which format, and which file?", "markdown", f"Formats: {ids}")
            if typed := await self.app.push_screen_wait(dialog):
                self.run_to_end(self._export(row, typed.strip()))

    def action_back(self) -> None:
        """Clear the search, or else leave."""
        if self._query:
            self.query_one(SafeInput).value = ""
            self.query_one(OptionList).focus()
        else:
            self.dismiss(None)

    @work(group="question", exclusive=True, exit_on_error=False)
    async def action_delete(self) -> None:
        """Delete the highlighted adventure once the player has confirmed it."""
        row = self._highlighted
        if row is None:
            return
        if self._game_of(row) is not None:
            self._services.notify(
                "This adventure is being played. Leave it first.", severity="warning"
            )
            return
        question = ConfirmDialog(f"Delete “{row.title}”?", _DELETE_DETAILS, yes="Delete", no="Keep")
        if await self.app.push_screen_wait(question):
            self.run_to_end(self._delete(row))

    # What becomes of it.

    def _game_of(self, row: Row) -> Game | None:
        """Return the game that is being played, if the row is of its adventure."""
        game = self._services.game
        return game if game is not None and game.adventure.id == row.adventure_id else None

    async def _load(self, row: Row) -> Adventure:
        """Return the adventure of a row. Raises SavesError."""
        if game := self._game_of(row):
            return game.adventure
        library = await self._services.library()
        return await run_in_thread(library.load, row.adventure_id)

    async def _revise(self, row: Row, **changes: Unpack[Changes]) -> None:
        """Change an adventure, also the one that is being played, and list it anew."""
        if game := self._game_of(row):
            await game.revise(**changes)
        else:
            await self._services.change_library(
                lambda library: library.revise(row.adventure_id, **changes)
            )
        self._list_anew()

    async def _toggle_favourite(self, row: Row) -> None:
        async with self._toggling:
            found = await self._load(row)
            await self._revise(row, favourite=not found.favourite)

    async def _export(self, row: Row, target: str) -> None:
        adventure = await self._load(row)
        self._services.notify(await run_in_thread(export_adventure, adventure, target))

    async def _delete(self, row: Row) -> None:
        await self._services.change_library(lambda library: library.delete(row.adventure_id))
        self._list_anew()

    def _list_anew(self) -> None:
        if self.is_attached:
            self.list_rows(self._query)


_DELETE_DETAILS = "Every turn of it goes. A backup is made first."


def _rows(library: "Library", tag: str, order: str, now: "datetime") -> list[Row]:
    found = library.summaries()
    titles = dict(zip((each.id for each in found), labels.titles(found), strict=True))
    return [
        _summary_row(summary, titles[summary.id], now)
        for summary in labels.sort_summaries(labels.with_tag(found, tag), order)
    ]


def _summary_row(summary: "Summary", name: str, now: "datetime") -> Row:
    title, text = clean_line(summary.title), clean_line(summary.excerpt)
    figures = f"{count_of_turns(summary.turns)}, {age(summary.changed, now)}"
    marks = f"   {labels.marks(summary)}".rstrip()
    excerpt = shorten(text, _EXCERPT_LENGTH, placeholder=" …")
    prompt = Content.assemble(
        (name, "bold"), (f"   {figures}", "$text-muted"), (marks, "$primary"), "\n",
        (excerpt, "$text-muted"), "\n",
    )  # fmt: skip
    return Row(summary.id, title, prompt)


def _hit_row(number: int, hit: "Hit") -> Row:
    """Return the row of a turn that was found, with the number by which /open knows it."""
    title, snippet = clean_line(hit.title), clean_line(hit.snippet)
    prompt = Content.assemble(
        (f"{number}. ", "$text-muted"), (title, "bold"), (f"   {places_of(hit)}", "$text-muted"),
        "\n", (snippet, "$text-muted"), "\n",
    )  # fmt: skip
    return Row(hit.adventure_id, title, prompt, hit.turn_id)


def _search_status(count: int, query: str) -> str:
    if query.strip():
        places = "place" if count == 1 else "places"
        return f"{count} {places}" if count else no_hits(query)
    return "" if count else "Nothing is saved yet. A new adventure is saved from its first line."
