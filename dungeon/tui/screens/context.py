"""What the model was told for the last reply: what each part cost, and the exact prompt."""

from textwrap import shorten
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import TabbedContent, TabPane, TextArea

from dungeon.prompt.context import Context, PromptPart
from dungeon.session.lore_view import selection_lines
from dungeon.session.summary_view import describe
from dungeon.session.views import (
    PART_NAMES,
    context_summary,
    note_place,
    quotation_reason,
    search_problem,
)
from dungeon.story import Adventure
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.tui.widgets.token_bar import TokenBar
from dungeon.turns.game import Game


class ContextScreen(GrueScreen[None]):
    """The parts of the last prompt, and the prompt itself on a second tab."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f2", "dismiss", "Back", priority=True, id="context.back"),
        Binding("q", "dismiss", show=False, id="context.leave"),
        Binding("up", "scroll_panel('up')", show=False),
        Binding("down", "scroll_panel('down')", show=False),
        Binding("pageup", "scroll_panel('page_up')", show=False),
        Binding("pagedown", "scroll_panel('page_down')", show=False),
        Binding("home", "scroll_panel('home')", show=False),
        Binding("end", "scroll_panel('end')", show=False),
    ]

    def __init__(self, game: Game) -> None:
        super().__init__()
        self._adventure = game.adventure
        self._prompt_context = game.context

    def compose(self) -> ComposeResult:
        """Yield the parts and the prompt."""
        context = self._prompt_context
        yield SafeStatic("What the model was told", classes="heading")
        if context is None:
            yield SafeStatic("Nothing yet. The first reply will change that.", classes="hint")
        else:
            with TabbedContent():
                with TabPane("Parts"), VerticalScroll(classes="panel"):
                    yield from _parts(context, self._adventure)
                with TabPane("The exact prompt"):
                    yield TextArea(context.prompt, read_only=True, compact=True, id="prompt",
                                   classes="panel", highlight_cursor_line=False)  # fmt: skip
        yield KeyFooter()

    def action_scroll_panel(self, direction: str) -> None:
        """Scroll the visible panel while the tabs have the focus."""
        for tabs in self.query(TabbedContent):  # none before the first reply
            if tabs.active_pane is not None:
                panel = tabs.active_pane.query(".panel").first()
                getattr(panel, f"scroll_{direction}")(animate=False)


def _parts(context: Context, adventure: Adventure) -> ComposeResult:
    yield SafeStatic(context_summary(context), classes="about")
    for part in context.parts:
        yield TokenBar(PART_NAMES[part.name], part.tokens, context.budget)
        yield SafeStatic(_excerpt(part, context, adventure), classes="excerpt")
    if not context.lore.text and (reasons := "\n".join(selection_lines(context.lore))):
        yield SafeStatic(f"{PART_NAMES['lore']}\n{reasons}", classes="excerpt")
    if problem := search_problem(context):
        yield SafeStatic(problem, classes="excerpt")


def _excerpt(part: PromptPart, context: Context, adventure: Adventure) -> str:
    if part.name == "earlier":
        return "\n".join(
            f"{quotation_reason(quoted)}\n{shorten(quoted.text, 150, placeholder=' …')}"
            for quoted in context.quoted
        )
    if part.name == "lore":
        return "\n".join(selection_lines(context.lore))
    text = " ".join(part.text.split())
    shown = shorten(text, 150, placeholder=" …")
    if context.summary is not None and part.name == "summary":
        shown = f"{describe(adventure, context.summary).capitalize()}.\n{shown}"
    if part.name == "note" and (place := note_place(context)):
        shown = f"It stands {place}.\n{shown}"
    return f"{shown}\nSome of it did not fit." if part.cut else shown
