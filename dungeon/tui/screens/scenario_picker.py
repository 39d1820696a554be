"""Provides OpeningsScreen: the openings to begin with, and a look at the one that is chosen.

Knows nothing of how an adventure begins.
"""

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
from dungeon.tui.widgets.safe_text import SafeStatic


class ScenarioPicker(GrueScreen[None]):
    """A list of openings, with a preview where there is room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Begin", id="openings.begin"),
        Binding("s", "begin_at_once", "Quick start", id="openings.quick"),
        Binding("w", "write", "Write one", id="openings.write"),
        Binding("escape,q", "dismiss", "Back", id="openings.back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._openings: list[Scenario] = []

    def compose(self) -> ComposeResult:
        """Yield the list and the preview."""
        yield SafeStatic("A new adventure", classes="heading")
        with Horizontal(classes="columns"):
            yield OptionList(id="openings", markup=False)
            with VerticalScroll(id="preview", can_focus=False):
                yield SafeStatic(classes="about")
                yield SafeStatic(classes="text")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Show what there is; say which of the player's own files could not be read."""
        folder = self.grue.session.home.scenarios
        self._openings = scenarios.available(folder)
        listing = self.query_one(OptionList)
        listing.add_options(Option(_row(scenario)) for scenario in self._openings)
        listing.add_option(Option(_own_row()))
        listing.highlighted = 0
        listing.focus()
        for sentence in scenarios.refused(folder):
            self.grue.tell(sentence, wrong=True)

    @property
    def _chosen(self) -> Scenario | None:
        place = self.query_one(OptionList).highlighted
        return self._openings[place] if place is not None and place < len(self._openings) else None

    @on(OptionList.OptionHighlighted)
    def _preview(self) -> None:
        chosen = self._chosen
        about = f"{clean_line(chosen.title)}  ·  {clean_line(chosen.genre)}" if chosen else ""
        text = scenarios.fill(chosen, {}).opening if chosen else _OWN
        self.query_one("#preview .about", SafeStatic).update(about)
        self.query_one("#preview .text", SafeStatic).update(text)
        self.query_one("#preview").scroll_home(animate=False)

    @on(OptionList.OptionSelected)
    def action_begin(self) -> None:
        """Begin with the chosen one; its questions are asked first."""
        if chosen := self._chosen:
            self.grue.go(self.grue.ways.asking(chosen))
        else:
            self.action_write()

    def action_begin_at_once(self) -> None:
        """Begin with the chosen one, every question answered by its default."""
        if chosen := self._chosen:
            self.grue.go(self.grue.ways.begin(scenarios.fill(chosen, {})))

    def action_write(self) -> None:
        """Let the player write an opening."""
        from dungeon.tui.screens.custom_scenario import CustomScenarioScreen

        self.app.push_screen(CustomScenarioScreen())


_OWN = (
    "Write the first paragraphs yourself. The story goes on from there.\n\n"
    "An opening in your folder of openings appears in this list, too."
)


def _row(scenario: Scenario) -> Content:
    title, genre = clean_line(scenario.title), clean_line(scenario.genre)
    return Content.assemble(
        (title, "bold"), (f"   {genre}", "$foreground 45%"), "\n",
        (clean_line(scenario.summary), "$foreground 70%"), "\n",
    )  # fmt: skip


def _own_row() -> Content:
    return Content.assemble(
        ("Your own", "bold"), "\n", ("Write how it begins.", "$foreground 70%"), "\n"
    )
