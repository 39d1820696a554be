"""The scenarios to begin with, with a preview of the highlighted one."""

from collections.abc import Container
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon import scenarios
from dungeon.story import Scenario
from dungeon.text import clean_line
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.services import Services
from dungeon.tui.widgets.action_list import ActionList
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic


class ScenarioPicker(GrueScreen[None]):
    """A list of scenarios, with a preview where there is room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Begin", id="scenarios.begin"),
        Binding("s", "begin_at_once", "Quick start", id="scenarios.quick"),
        Binding("r", "begin_randomly", "Random", id="scenarios.random"),
        Binding("slash,ctrl+f", "filter", "Filter", id="scenarios.filter", key_display="/"),
        Binding("w", "write", "Write one", id="scenarios.write"),
        Binding("escape,q", "dismiss", "Back", id="scenarios.back"),
        Binding("down", "to_list", show=False),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._scenarios: list[Scenario] = []
        self._own: Container[str] = ()
        self._listed: dict[int, Scenario] = {}
        """By their position in the list, where genres are headings."""

    def compose(self) -> ComposeResult:
        """Yield the list and the preview."""
        yield SafeStatic("A new adventure", classes="heading")
        with Horizontal(classes="columns"):
            with Vertical(classes="list"):
                yield SafeInput(id="filter", compact=True,
                           placeholder="/ filters by genre and words")  # fmt: skip
                yield ActionList(id="scenarios", markup=False)
            with VerticalScroll(id="preview", can_focus=False):
                yield SafeStatic(classes="about")
                yield SafeStatic(classes="text")
        yield KeyFooter()

    def on_mount(self) -> None:
        """List the scenarios; say which of the player's own files could not be read."""
        folder = self._services.home.scenarios
        self._scenarios = scenarios.available(
            folder, on_error=lambda error: self._services.notify(error, severity="warning")
        )
        self._own = scenarios.own_files(folder)
        self._list("")
        self.query_one(OptionList).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Go from the filter to the list only while typing in the filter."""
        return action != "to_list" or isinstance(self.focused, SafeInput)

    def _list(self, query: str) -> None:
        """List what matches `query` under its genres, and the form for a scenario of one's own."""
        listing = self.query_one(OptionList)
        shown = scenarios.matching(self._scenarios, query)
        self._listed = {}
        options = []
        for genre, group in scenarios.group_by_genre(shown, self._own):
            options.append(Option(_genre_row(genre), disabled=True))
            for scenario in group:
                self._listed[len(options)] = scenario
                options.append(Option(_row(scenario)))
        listing.set_options([*options, Option(_custom_row())])
        listing.highlighted = min(self._listed, default=0)

    @on(SafeInput.Changed)
    def _filter(self, event: SafeInput.Changed) -> None:
        self._list(event.value)

    def action_filter(self) -> None:
        """Go to the filter."""
        self.query_one(SafeInput).focus()

    @on(SafeInput.Submitted)
    def action_to_list(self) -> None:
        """Go from the filter to the list."""
        self.query_one(OptionList).focus()

    @property
    def _highlighted(self) -> Scenario | None:
        return self._listed.get(self.query_one(OptionList).highlighted or 0)

    @on(OptionList.OptionHighlighted)
    def _preview(self) -> None:
        scenario = scenarios.preview(self._highlighted) if self._highlighted else None
        about = f"{clean_line(scenario.title)}  ·  {clean_line(scenario.genre)}" if scenario else ""
        text = scenario.opening if scenario else _CUSTOM_HELP
        self.query_one("#preview .about", SafeStatic).update(about)
        self.query_one("#preview .text", SafeStatic).update(text)
        self.query_one("#preview").scroll_home(animate=False)

    @on(OptionList.OptionSelected)
    def action_begin(self) -> None:
        """Begin with the highlighted one, after its questions."""
        if not self.is_active:  # a dialog or a game has opened since the key
            return
        if scenario := self._highlighted:
            self._services.navigator.begin(scenario)
        else:
            self.action_write()

    def action_begin_at_once(self) -> None:
        """Begin with the highlighted one; every question takes its default."""
        if scenario := self._highlighted:
            self._services.navigator.begin(scenarios.fill(scenario, {}))

    def action_begin_randomly(self) -> None:
        """Begin at once with a random scenario."""
        self._services.navigator.begin_randomly()

    def action_write(self) -> None:
        """Open the form for a scenario of the player's own."""
        from dungeon.tui.screens.custom_scenario import CustomScenarioScreen

        self.app.push_screen(CustomScenarioScreen(self._services))


_CUSTOM_HELP = (
    "Write the first paragraphs yourself. The story goes on from there.\n\n"
    "An opening in your folder of openings appears in this list, too."
)


def _row(scenario: Scenario) -> Content:
    scenario = scenarios.preview(scenario)
    return Content.assemble(
        (clean_line(scenario.title), "bold"), "\n",
        (clean_line(scenario.summary), "$foreground 80%"), "\n",
    )  # fmt: skip


def _genre_row(genre: str) -> Content:
    return Content.assemble((genre[:1].upper() + genre[1:], "$primary"))


def _custom_row() -> Content:
    return Content.assemble(
        ("Your own", "bold"), "\n", ("Write how it begins.", "$foreground 80%"), "\n"
    )
