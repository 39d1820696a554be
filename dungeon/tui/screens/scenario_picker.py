"""The scenarios to begin with, with a preview of the highlighted one."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, OptionList
from textual.widgets.option_list import Option

from dungeon import scenarios
from dungeon.story import Scenario
from dungeon.text import clean_line
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.services import Services
from dungeon.tui.widgets.safe_text import SafeStatic


class ScenarioPicker(GrueScreen[None]):
    """A list of scenarios, with a preview where there is room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Begin", id="scenarios.begin"),
        Binding("s", "begin_at_once", "Quick start", id="scenarios.quick"),
        Binding("w", "write", "Write one", id="scenarios.write"),
        Binding("escape,q", "dismiss", "Back", id="scenarios.back"),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._scenarios: list[Scenario] = []

    def compose(self) -> ComposeResult:
        """Yield the list and the preview."""
        yield SafeStatic("A new adventure", classes="heading")
        with Horizontal(classes="columns"):
            yield OptionList(id="scenarios", markup=False)
            with VerticalScroll(id="preview", can_focus=False):
                yield SafeStatic(classes="about")
                yield SafeStatic(classes="text")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """List the scenarios; say which of the player's own files could not be read."""
        folder = self._services.home.scenarios
        self._scenarios = scenarios.available(
            folder, on_error=lambda error: self._services.notify(error, severity="warning")
        )
        listing = self.query_one(OptionList)
        listing.add_options(Option(_row(scenario)) for scenario in self._scenarios)
        listing.add_option(Option(_custom_row()))
        listing.highlighted = 0
        listing.focus()

    @property
    def _highlighted(self) -> Scenario | None:
        position = self.query_one(OptionList).highlighted
        if position is None or position >= len(self._scenarios):
            return None
        return self._scenarios[position]

    @on(OptionList.OptionHighlighted)
    def _preview(self) -> None:
        scenario = self._highlighted
        about = f"{clean_line(scenario.title)}  ·  {clean_line(scenario.genre)}" if scenario else ""
        text = scenarios.fill(scenario, {}).opening if scenario else _CUSTOM_HELP
        self.query_one("#preview .about", SafeStatic).update(about)
        self.query_one("#preview .text", SafeStatic).update(text)
        self.query_one("#preview").scroll_home(animate=False)

    @on(OptionList.OptionSelected)
    def action_begin(self) -> None:
        """Begin with the highlighted one, after its questions."""
        if scenario := self._highlighted:
            self._services.navigator.begin(scenario)
        else:
            self.action_write()

    def action_begin_at_once(self) -> None:
        """Begin with the highlighted one; every question takes its default."""
        if scenario := self._highlighted:
            self._services.navigator.begin(scenarios.fill(scenario, {}))

    def action_write(self) -> None:
        """Open the form for a scenario of the player's own."""
        from dungeon.tui.screens.custom_scenario import CustomScenarioScreen

        self.app.push_screen(CustomScenarioScreen(self._services))


_CUSTOM_HELP = (
    "Write the first paragraphs yourself. The story goes on from there.\n\n"
    "An opening in your folder of openings appears in this list, too."
)


def _row(scenario: Scenario) -> Content:
    title, genre = clean_line(scenario.title), clean_line(scenario.genre)
    return Content.assemble(
        (title, "bold"), (f"   {genre}", "$foreground 45%"), "\n",
        (clean_line(scenario.summary), "$foreground 70%"), "\n",
    )  # fmt: skip


def _custom_row() -> Content:
    return Content.assemble(
        ("Your own", "bold"), "\n", ("Write how it begins.", "$foreground 70%"), "\n"
    )
