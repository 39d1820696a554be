"""The lore entries of an adventure: list them, change them, and try which ones fire on a text."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands import lore as commands
from dungeon.commands.effects import CarryOut
from dungeon.commands.lore_import import import_lore
from dungeon.errors import InputRefused
from dungeon.lore import LoreEntry, editing
from dungeon.session.lore_view import activation_lines, entry_line, run_test
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.widgets.action_list import ActionList
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic
from dungeon.turns.game import Game

_ABOUT = "Each stands in the prompt while one of its keys is mentioned."
_EMPTY = "There are no entries yet. Press a to add one, or select a word of the story before F4."
_IMPORTS = "SillyTavern, NovelAI, AI Dungeon, KoboldAI, Aventuras"
_REPORT_SECONDS = 20
_HINT = f"Commas between keys; the text below the empty line. More fields: {editing.MORE_FIELDS}."


class LoreScreen(GrueScreen[None]):
    """A list of entries under a field for a text to test them with."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "edit", "Edit", id="lore.edit"),
        Binding("a", "add", "Add", id="lore.add"),
        Binding("delete,d", "remove", "Remove", id="lore.remove"),
        Binding("i", "import", "Import", id="lore.import"),
        Binding("slash,ctrl+f", "test", "Test", id="lore.test", key_display="/"),
        Binding("escape", "dismiss", "Back", id="lore.back"),
        Binding("down", "to_list", show=False),
    ]

    def __init__(self, game: Game, carry_out: CarryOut, argument: str) -> None:
        """`argument` is `add KEYS`, `edit ID` or `test TEXT`, or empty."""
        super().__init__()
        self._game = game
        self._carry_out = carry_out
        self._verb, _, self._rest = argument.partition(" ")
        self._entries: Sequence[LoreEntry] = ()

    def compose(self) -> ComposeResult:
        """Yield the test above the list."""
        text = self._rest if self._verb == commands.TEST else ""
        yield SafeStatic("Lore", classes="heading")
        yield SafeStatic(_ABOUT, classes="about")
        yield SafeInput(text, id="lore-test", compact=True,
                        placeholder="/ tests entries on a text")  # fmt: skip
        with VerticalScroll(id="lore-result", can_focus=False):
            yield SafeStatic(classes="about")
        yield ActionList(id="lore-entries", markup=False)
        yield SafeStatic(classes="hint", id="lore-status")
        yield KeyFooter()

    def on_mount(self) -> None:
        """List the entries, and open the editor where it was asked for."""
        self.query_one(OptionList).focus()
        self._list()
        match self._verb:
            case commands.ADD:
                self._edit_entry(commands.new_entry(self._rest), "A new lore entry")
            case commands.EDIT:
                entry = editing.find(self._entries, self._rest)
                self._edit_entry(entry, f"Lore: {entry.title}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to edit and remove only a highlighted entry, and while not typing."""
        is_typing = isinstance(self.focused, SafeInput)
        match action:
            case "edit" | "remove":
                return self._highlighted is not None and not is_typing
            case "add" | "import":
                return not is_typing
            case "to_list":
                return is_typing
        return True

    def _list(self) -> None:
        """Show the entries as they stand, and the test."""
        listing = self.query_one(OptionList)
        highlighted, status = listing.highlighted or 0, _EMPTY
        try:
            self._entries = commands.entries(self._game)
        except InputRefused as error:
            self._entries, status = (), str(error)
        listing.set_options(
            Option(entry_line(number, entry)) for number, entry in enumerate(self._entries, 1)
        )
        listing.highlighted = min(highlighted, len(self._entries) - 1) if self._entries else None
        self.query_one("#lore-status", SafeStatic).update("" if self._entries else status)
        self._show_test(self.query_one("#lore-test", SafeInput).value)
        self.refresh_bindings()

    @on(SafeInput.Changed, "#lore-test")
    def _test(self, event: SafeInput.Changed) -> None:
        self._show_test(event.value)

    def _show_test(self, text: str) -> None:
        """Show what fires on `text`."""
        result = self.query_one("#lore-result")
        result.display = bool(text.strip() and self._entries)
        if result.display:
            lines = activation_lines(run_test(self._game.adventure.lore, text))
            self.query_one("#lore-result SafeStatic", SafeStatic).update("\n".join(lines))

    @property
    def _highlighted(self) -> LoreEntry | None:
        at = self.query_one(OptionList).highlighted
        return self._entries[at] if at is not None and at < len(self._entries) else None

    @on(OptionList.OptionSelected)
    def action_edit(self) -> None:
        """Edit the highlighted entry."""
        if entry := self._highlighted:
            self._edit_entry(entry, f"Lore: {entry.title}")

    def action_add(self) -> None:
        """Write a new entry."""
        self._edit_entry(commands.new_entry(""), "A new lore entry")

    def _edit_entry(self, entry: LoreEntry, title: str) -> None:
        async def save(form: str) -> None:
            await self._carry_out(await commands.save_form(self._game, entry, form))

        editor = TextEditor(title, _HINT, editing.write_form(entry), save)
        self.app.push_screen(editor, lambda _: self._list() if self.is_attached else None)

    @work(exclusive=True, exit_on_error=False)
    async def action_remove(self) -> None:
        """Remove the highlighted entry, after a question."""
        if entry := self._highlighted:
            question = ConfirmDialog(f"Remove “{entry.title}” from the lore?", yes="Remove")
            if await self.app.push_screen_wait(question):
                self.run_to_end(self._remove(entry.id))

    async def _remove(self, entry_id: str) -> None:
        await self._carry_out(await commands.remove(self._game, entry_id))
        if self.is_attached:
            self._list()

    @work(exclusive=True, exit_on_error=False)
    async def action_import(self) -> None:
        """Add the lore in a file."""
        question = InputDialog("The path of a file with lore", "", _IMPORTS)
        typed = await self.app.push_screen_wait(question)
        if typed:
            self.run_to_end(self._import(typed))

    async def _import(self, path: str) -> None:
        report = await import_lore(self._game, path)
        self.app.notify(report, timeout=_REPORT_SECONDS, markup=False)
        if self.is_attached:
            self._list()

    def action_test(self) -> None:
        """Go to the text to test."""
        self.query_one("#lore-test", SafeInput).focus()

    def action_to_list(self) -> None:
        """Go back to the list."""
        self.query_one(OptionList).focus()
