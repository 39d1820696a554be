"""A question with the answers to choose from."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.text import clean_line
from dungeon.tui.screens.base import GrueDialog
from dungeon.tui.widgets.safe_text import SafeStatic


class ChoiceDialog(GrueDialog[str | None]):
    """Returns the chosen answer, or None where the player goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        *(Binding(str(number), f"choose({number})", show=False) for number in range(1, 10)),
    ]

    def __init__(self, question: str, choices: Sequence[str], default: str, about: str) -> None:
        """`default` is highlighted; `about` says what the question is part of."""
        super().__init__()
        self._question = question
        self._choices = choices
        self._default = default
        self._about = about

    def compose(self) -> ComposeResult:
        """Yield the question and its choices."""
        with Vertical(classes="dialog"):
            yield SafeStatic(self._about, classes="about")
            yield SafeStatic(self._question, classes="question")
            options = (Option(_row(*each)) for each in enumerate(self._choices, start=1))
            yield OptionList(*options, markup=False, compact=True)
            yield SafeStatic("Enter or its number takes one   ·   Esc goes back", classes="hint")

    def on_mount(self) -> None:
        """Highlight the default."""
        listing = self.query_one(OptionList)
        listing.highlighted = (
            self._choices.index(self._default) if self._default in self._choices else 0
        )
        listing.focus()

    @on(OptionList.OptionSelected)
    def _choose_highlighted(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._choices[event.option_index])

    def action_choose(self, number: int) -> None:
        """Take the choice with that number."""
        if number <= len(self._choices):
            self.dismiss(self._choices[number - 1])


def _row(number: int, choice: str) -> Content:
    return Content.assemble((f"{number:>2}  ", "$text-muted"), clean_line(choice))
