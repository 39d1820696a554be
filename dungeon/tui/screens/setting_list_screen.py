"""What the screens that list settings have in common: the list, and what was refused."""

from abc import abstractmethod
from collections.abc import Awaitable, Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.errors import GrueError
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.tui.widgets.setting_list import SettingList


class SettingListScreen(GrueScreen[None]):
    """A list of settings with their values."""

    HEADING: ClassVar[str]
    LIST_ID: ClassVar[str]

    @abstractmethod
    def lines(self) -> Iterable[Option]:
        """Return a line for each setting, with its value now."""

    def compose(self) -> ComposeResult:
        """Yield the list above what was refused."""
        yield SafeStatic(self.HEADING, classes="heading")
        yield SettingList(id=self.LIST_ID, markup=False)
        yield SafeStatic(classes="error")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show the values."""
        self.show_values()
        listing = self.query_one(OptionList)
        listing.highlighted = 0
        listing.focus()

    def on_screen_resume(self) -> None:
        """Show what another screen has changed."""
        self.show_values()

    def show_values(self) -> None:
        """List the settings anew, the same line highlighted."""
        listing, lines = self.query_one(OptionList), list(self.lines())
        if [line.id for line in lines] == [line.id for line in listing.options]:
            for at, line in enumerate(lines):  # which scrolls nothing
                listing.replace_option_prompt_at_index(at, line.prompt)
            return
        highlighted = listing.highlighted
        listing.set_options(lines)
        listing.highlighted = highlighted

    @property
    def highlighted_id(self) -> str:
        """The id of the line that is highlighted."""
        option = self.query_one(OptionList).highlighted_option
        return (option.id if option else None) or ""

    async def attempt(self, change: Awaitable[None]) -> None:
        """Make a change, or say why it was refused, wherever the player is by then."""
        refusal = ""
        try:
            await change
        except GrueError as error:
            refusal = str(error)
        if self.is_attached:
            self.query_one(".error", SafeStatic).update(refusal)
            self.show_values()
        elif refusal:
            self.app.notify(refusal, severity="warning", markup=False)
