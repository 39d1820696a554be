"""The title: the logo, the menu, and how far the loading of the model is.

It is painted before anything slow is opened.
"""

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands.effects import View
from dungeon.errors import InputRefused, SavesError
from dungeon.session.model_loader import LoadState, Stage
from dungeon.session.views import age, count_of_turns
from dungeon.text import clean_line
from dungeon.threads import run_in_thread
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.services import Services
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.logo import Logo
from dungeon.tui.widgets.model_status import ModelStatus
from dungeon.tui.widgets.safe_text import SafeStatic

if TYPE_CHECKING:
    from dungeon.saves.library import Library
    from dungeon.saves.summaries import Summary

TAGLINE = "It is pitch dark. You are likely to be told a story."


class TitleScreen(GrueScreen[None]):
    """Where the game begins, and where it comes back to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "choose('continue')", show=False, id="title.continue"),
        Binding("n", "choose('new')", show=False, id="title.new"),
        Binding("s", "choose('saves')", show=False, id="title.saves"),
        Binding("m", "choose('models')", show=False, id="title.model"),
        Binding("e,f7", "choose('settings')", show=False, id="title.settings"),
        Binding("h,f1,question_mark", "choose('help')", show=False, id="title.help"),
        Binding("q", "choose('quit')", show=False, id="title.quit"),
        Binding("r", "load_model", "Try the model again", id="title.retry"),
    ]

    class LibraryOpened(Message):
        """The saves are open: a game can begin."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._library: Library | None = None

    def compose(self) -> ComposeResult:
        """Yield the logo, the menu and the status of the model."""
        with Vertical(id="title"):
            yield Logo()
            yield SafeStatic(TAGLINE, id="tagline")
            yield OptionList(*_menu(), id="menu", markup=False, compact=True)
            yield ModelStatus()
        yield KeyFooter(palette=True)

    def on_mount(self) -> None:
        """Open the saves and the model once this is painted."""
        self.query_one(OptionList).highlighted = 0
        self.call_after_refresh(self.open)

    async def on_screen_resume(self) -> None:
        """Show anew what there is to continue."""
        self._services.set_terminal_title("")
        if self._library is not None:
            await self._show_latest(self._library)

    def show_load_state(self, state: LoadState) -> None:
        """Show how far the loading of the model is."""
        self.query_one(ModelStatus).show(state, "Press r to try again.")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to load the model again only where it failed."""
        if action == "load_model":
            return self._services.model_loader.state.stage is Stage.FAILED
        return True

    @work(exclusive=True, group="open", exit_on_error=False)
    async def open(self) -> None:
        """Open the saves and the model."""
        self._services.load_model()
        try:
            self._library = await self._services.library()
            await self._show_latest(self._library)
        except (SavesError, InputRefused) as error:
            from dungeon.saves.location import display_name
            from dungeon.tui.screens.database_error import DatabaseErrorScreen

            place = display_name(self._services.home.saves_location)
            screen = DatabaseErrorScreen(str(error), place)
            self.app.push_screen(screen, self._reopen)
            return
        for notice in self._library.notices:
            self._services.notify(notice, severity="warning")
        self.post_message(self.LibraryOpened())

    def _reopen(self, _: None) -> None:
        self.open()

    async def _show_latest(self, library: "Library") -> None:
        """Let the first row say what Enter does: continue, or begin at once."""
        summaries = await run_in_thread(library.summaries)
        latest = summaries[0] if summaries else None
        self.query_one(OptionList).replace_option_prompt_at_index(0, self._first_row(latest))

    def _first_row(self, latest: "Summary | None") -> Content:
        if latest is None:
            return _row("Quick start", "begin at once, asking nothing")
        title = Content(clean_line(latest.title)).truncate(28, ellipsis=True).plain
        changed = age(latest.changed, self._services.now())
        return _row("Continue", f"{title}\n{count_of_turns(latest.turns)}, {changed}")

    # Choosing.

    @on(OptionList.OptionSelected)
    def _choose_option(self, event: OptionList.OptionSelected) -> None:
        self.action_choose(event.option_id or "")

    def action_load_model(self) -> None:
        """Try to load the model again."""
        self._services.load_model()

    def action_choose(self, row: str) -> None:
        """Go where a row of the menu leads, unless a dialog or a game has opened since the key."""
        if not self.is_active:
            return
        match row:
            case "continue":
                self._services.navigator.continue_latest()
            case "quit":
                self._services.quit()
            case _:
                self._services.open_view(View(row))


def _menu() -> list[Option]:
    return [
        Option(_row("Continue", "looking for the last adventure"), id="continue"),
        Option(_row("New adventure", "choose an opening, or write one"), id="new"),
        Option(_row("Saved adventures", "go back, or search them all"), id="saves"),
        Option(_row("Model", "who tells the story, and how"), id="models"),
        Option(_row("Settings", "colours, width and the rest"), id="settings"),
        Option(_row("Help", "what you can do"), id="help"),
        Option(_row("Quit", ""), id="quit"),
    ]


def _row(name: str, details: str) -> Content:
    first, *rest = details.split("\n")
    lines = [Content.assemble(f"{name:<18}", (first, "$text-muted"))]
    lines += [Content.assemble(" " * 18, (line, "$text-muted")) for line in rest]
    return Content("\n").join(lines)
