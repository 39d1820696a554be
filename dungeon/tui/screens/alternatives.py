"""The words of the last reply, and which others could have stood in their places."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands.alternatives import rewrite_from, score_reply
from dungeon.commands.effects import CarryOut
from dungeon.errors import GrueError
from dungeon.generator.scored_words import ScoredReply
from dungeon.session.alternative_views import (
    alternative_text,
    listed_alternatives,
    percentage,
    visible_text,
)
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.action_list import ActionList
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.turns.game import Game

_ANEW = "another reply from here on"


class AlternativesList(ActionList):
    """The alternatives of a word; Left and Right go to the word before and to the next."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "screen.move(-1)", "Before", id="alternatives.before"),
        Binding("right", "screen.move(1)", "Next word", id="alternatives.next"),
    ]


class AlternativesScreen(GrueScreen[None]):
    """The reply with one word marked, above what could stand in its place."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_highlighted", "Write on from it", id="alternatives.choose"),
        Binding("escape,q,f5", "leave", "Back", id="alternatives.back"),
    ]

    def __init__(self, game: Game, carry_out: CarryOut) -> None:
        """`carry_out` takes the turn that is chosen."""
        super().__init__()
        self._game = game
        self._carry_out = carry_out
        self._reply = ScoredReply()
        self._at = 0

    def compose(self) -> ComposeResult:
        """Yield the reply and the list."""
        yield SafeStatic("Other words", classes="heading")
        yield SafeStatic("Where a row is only the beginning of a word, the model ends it.",
                         classes="about")  # fmt: skip
        with VerticalScroll(id="scored-reply", can_focus=False):
            yield SafeStatic("The model is reading its reply again …", classes="prose")
        yield AlternativesList(id="alternatives", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Score the reply."""
        self.query_one(OptionList).focus()
        self._score()

    @work(exclusive=True, group="alternatives", exit_on_error=False)
    async def _score(self) -> None:
        try:
            self._reply = await score_reply(self._game)
        except GrueError as error:
            self.query_one("#scored-reply SafeStatic", SafeStatic).update(str(error))
            return
        self._show()

    def _show(self) -> None:
        words, listing = self._reply.words, self.query_one(OptionList)
        marked = [
            part for at, word in enumerate(words) for part in _marked(word.text, at == self._at)
        ]
        self.query_one("#scored-reply SafeStatic", SafeStatic).update(Content.assemble(*marked))
        word = words[self._at]
        own = f"{percentage(word.probability):>5}  {visible_text(word.text)}   ({_ANEW})"
        rows = [
            f"{percentage(other.probability):>5}  {alternative_text(other.text)}"
            for other in listed_alternatives(word)
        ]
        listing.set_options([Option(own), *map(Option, rows)])
        listing.highlighted = min(1, len(rows))

    def action_move(self, by: int) -> None:
        """Mark another word."""
        if self._reply.words:
            self._at = (self._at + by) % len(self._reply.words)
            self._show()

    @on(OptionList.OptionSelected)
    async def _choose(self, event: OptionList.OptionSelected) -> None:
        alternatives = listed_alternatives(self._reply.words[self._at])
        word = alternatives[event.option_index - 1].text if event.option_index else ""
        effect = rewrite_from(self._game, self._reply, self._at + 1, word)
        self.dismiss()
        await self._carry_out(effect)

    @work(exclusive=True, group="alternatives", exit_on_error=False)
    async def action_leave(self) -> None:
        """Leave; a worker of the same group is cancelled by this one, so that the game is free."""
        self.dismiss()


def _marked(text: str, is_chosen: bool) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return a word with the space before it, which is never marked, and a style for each."""
    space = text[: len(text) - len(text.lstrip())]
    return (space, ""), (text[len(space) :], "reverse" if is_chosen else "")
