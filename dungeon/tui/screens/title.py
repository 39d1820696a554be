"""Provides TitleScreen: the name, how the model is coming along, and the ways into a story.

It is painted before anything slow is opened. Knows nothing of how a story is told.
"""

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Footer, OptionList
from textual.widgets.option_list import Option

from dungeon.errors import SavesError
from dungeon.session import LaunchOptions
from dungeon.text import clean_line
from dungeon.tui.model_loader import Stage, State
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.when import ago
from dungeon.tui.when import turns as turns_said
from dungeon.tui.widgets.logo import Logo
from dungeon.tui.widgets.model_status import ModelStatus
from dungeon.tui.widgets.safe_text import SafeStatic

if TYPE_CHECKING:
    from dungeon.saves.library import Summary

FLAVOUR = "It is pitch dark. You are likely to be told a story."


class TitleScreen(GrueScreen[None]):
    """Where the game begins, and where it comes back to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "choose('first')", show=False, id="title.continue"),
        Binding("n", "choose('new')", show=False, id="title.new"),
        Binding("s", "choose('saves')", show=False, id="title.saves"),
        Binding("m", "choose('models')", show=False, id="title.model"),
        Binding("h,f1,question_mark", "choose('help')", show=False, id="title.help"),
        Binding("q", "choose('quit')", show=False, id="title.quit"),
        Binding("r", "wake_engine", "Try the model again", id="title.retry"),
    ]

    def __init__(self, start: LaunchOptions) -> None:
        """`start` is where the command line wants to go; it is gone to once."""
        super().__init__()
        self._start = start
        self._last: Summary | None = None

    def compose(self) -> ComposeResult:
        """Yield the name, the menu and the model's line."""
        with Vertical(id="title"):
            yield Logo()
            yield SafeStatic(FLAVOUR, name="flavour")
            yield OptionList(*_menu(), id="menu", markup=False, compact=True)
            yield ModelStatus()
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Open the saves and the model once this is painted."""
        self.query_one(OptionList).highlighted = 0
        self.call_after_refresh(self.open)

    def on_screen_resume(self) -> None:
        """Tell anew what there is to go on with."""
        self.grue.name_terminal("")
        if "library" in self.grue.session.__dict__:
            self._show_last()

    def show_engine(self, state: State) -> None:
        """Tell how far the model has come."""
        self.query_one(ModelStatus).show(state, "Press r to try again.")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to try the model again only where it failed."""
        if action == "wake_engine":
            return self.grue.engine.state.stage is Stage.FAILED
        return True

    @work(exclusive=True, group="open", exit_on_error=False)
    async def open(self) -> None:
        """Open the saves and the model, then go where the command line wants to."""
        self.grue.wake_engine()
        try:
            library = await self.grue.library()
            self._show_last()
        except SavesError as error:
            from dungeon.tui.screens.database_error import DatabaseErrorScreen

            path = str(self.grue.session.home.saves)
            self.app.push_screen(DatabaseErrorScreen(str(error), path), self._open_again)
            return
        for notice in library.notices:
            self.grue.tell(notice, wrong=True)
        start, self._start = self._start, LaunchOptions()
        if start != LaunchOptions():
            self.grue.go_first(start)

    def _open_again(self, _: None) -> None:
        self.open()

    def _show_last(self) -> None:
        """Let the first row say what Enter does: go on, or begin at once."""
        self._last = next(iter(self.grue.session.library.summaries()), None)
        menu = self.query_one(OptionList)
        menu.replace_option_prompt_at_index(0, self._first_row())

    def _first_row(self) -> Content:
        if self._last is None:
            return _row("Quick start", "begin at once, asking nothing")
        when = ago(self._last.changed, self.grue.clock())
        title = Content(clean_line(self._last.title)).truncate(28, ellipsis=True).plain
        return _row("Continue", f"{title}\n{turns_said(self._last.turns)}, {when}")

    # Choosing.

    @on(OptionList.OptionSelected)
    async def _picked(self, event: OptionList.OptionSelected) -> None:
        await self.action_choose(event.option_id or "")

    def action_wake_engine(self) -> None:
        """Try the model again."""
        self.grue.wake_engine()

    async def action_choose(self, what: str) -> None:
        """Go where a row of the menu leads."""
        match what:
            case "first":
                self.grue.go(self.grue.ways.on())
            case "quit":
                await self.grue.action_quit()
            case _:
                self.grue.open_panel(what)


def _menu() -> list[Option]:
    return [
        Option(_row("Continue", "looking for the last adventure"), id="first"),
        Option(_row("New adventure", "choose an opening, or write one"), id="new"),
        Option(_row("Saved adventures", "go back, or search them all"), id="saves"),
        Option(_row("Model", "who tells the story, and how"), id="models"),
        Option(_row("Help", "what you can do"), id="help"),
        Option(_row("Quit", ""), id="quit"),
    ]


def _row(name: str, more: str) -> Content:
    first, *rest = more.split("\n")
    lines = [Content.assemble(f"{name:<18}", (first, "$foreground 55%"))]
    lines += [Content.assemble(" " * 18, (line, "$foreground 40%")) for line in rest]
    return Content("\n").join(lines)
