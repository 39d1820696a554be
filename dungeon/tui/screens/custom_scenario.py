"""A form in which the player writes how an adventure begins."""

from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from dungeon import scenarios
from dungeon.errors import GrueError
from dungeon.session.custom_scenario import DICE_EXAMPLE, MACRO_HELP, OPENING_EXAMPLE
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.services import Services
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic, SafeTextArea

_DICE = f"{DICE_EXAMPLE} (may stay empty)"


class CustomScenarioScreen(GrueScreen[None]):
    """An opening, what the story always remembers, a title and dice; the opening is required."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "begin", "Begin", priority=True, id="custom_scenario.begin"),
        Binding("tab", "app.focus_next", "Next field", show=True),
        Binding("escape", "leave", "Back", priority=True, id="custom_scenario.back"),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services

    def compose(self) -> ComposeResult:
        """Yield the four fields."""
        yield SafeStatic("Your own opening", classes="heading")
        with Vertical(classes="form"):
            yield SafeStatic(MACRO_HELP, classes="label", id="macro-help")
            yield SafeStatic("How it begins", classes="label")
            yield SafeTextArea(
                id="opening",
                compact=True,
                highlight_cursor_line=False,
                placeholder=OPENING_EXAMPLE,
            )
            yield SafeStatic("What the story always remembers (may stay empty)", classes="label")
            yield SafeTextArea(id="memory", compact=True, highlight_cursor_line=False)
            yield SafeStatic("Title (may stay empty)", classes="label")
            yield SafeInput(id="scenario-title", compact=True)
            yield SafeStatic("Attributes and dice", classes="label")
            yield SafeInput(id="scenario-dice", compact=True, placeholder=_DICE)
            yield SafeStatic(classes="error")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Begin in the field that is required."""
        self.query_one("#opening", SafeTextArea).focus()

    @property
    def _opening(self) -> str:
        return self.query_one("#opening", SafeTextArea).text

    @property
    def has_unsaved_words(self) -> bool:
        """Whether anything is written in any field."""
        fields = [*self.query(SafeTextArea), *self.query(SafeInput)]
        written = (f.text if isinstance(f, SafeTextArea) else f.value for f in fields)
        return any(each.strip() for each in written)

    def action_begin(self) -> None:
        """Begin the adventure, or say what is wrong with the form."""
        try:
            scenario = scenarios.from_player(
                self._opening,
                self.query_one("#scenario-title", SafeInput).value,
                self.query_one("#memory", SafeTextArea).text,
                self.query_one("#scenario-dice", SafeInput).value,
            )
        except GrueError as error:
            self.query_one(".error", SafeStatic).update(str(error))
            return
        self._services.navigator.begin(scenario)

    @work(exit_on_error=False)
    async def action_leave(self) -> None:
        """Go back; ask first where words would be lost."""
        question = ConfirmDialog(
            "Leave without beginning? What you wrote is lost.", yes="Leave", no="Stay"
        )
        if not self.has_unsaved_words or await self.app.push_screen_wait(question):
            self.dismiss(None)
