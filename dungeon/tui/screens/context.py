"""Provides ContextScreen: what the model was told for the last reply, and what each part cost.

Knows nothing of how a prompt is put together.
"""

from textwrap import shorten
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer, TabbedContent, TabPane, TextArea

from dungeon.prompt_builder import Context, PromptPart
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.tui.widgets.token_bar import TokenBar

_NAMES = {
    "memory": "Memory",
    "story": "The story",
    "note": "Author's note",
    "action": "Your action",
}


class ContextScreen(GrueScreen[None]):
    """An account of the last prompt, and the prompt itself on a second tab."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f2", "dismiss", "Back", priority=True, id="context.back"),
        Binding("q", "dismiss", show=False, id="context.leave"),
    ]

    def __init__(self, context: Context | None) -> None:
        """None where nothing was asked yet."""
        super().__init__()
        self._told = context

    def compose(self) -> ComposeResult:
        """Yield the account and the prompt."""
        context = self._told
        yield SafeStatic("What the model was told", classes="heading")
        if context is None:
            yield SafeStatic("Nothing yet. The first reply will change that.", classes="hint")
        else:
            with TabbedContent():
                with TabPane("Parts"), VerticalScroll():
                    yield from _account(context)
                with TabPane("The exact prompt"):
                    yield TextArea(context.prompt, read_only=True, compact=True, id="prompt",
                                   highlight_cursor_line=False)  # fmt: skip
        yield Footer(show_command_palette=False, compact=True)


def _account(context: Context) -> ComposeResult:
    yield SafeStatic(_total(context), classes="about")
    for part in context.parts:
        yield TokenBar(_NAMES[part.name], part.tokens, context.budget)
        yield SafeStatic(_beginning(part), classes="excerpt")


def _total(context: Context) -> str:
    told = f"{context.tokens:,} of {context.budget:,} tokens"
    if not context.left_out:
        return f"{told}. The whole story fits."
    turns = "turn no longer fits" if context.left_out == 1 else "turns no longer fit"
    return f"{told}. {context.left_out:,} earlier {turns}."


def _beginning(part: PromptPart) -> str:
    text = " ".join(part.text.split())
    shown = shorten(text, 150, placeholder=" …")
    return f"{shown}\nSome of it did not fit." if part.cut else shown
