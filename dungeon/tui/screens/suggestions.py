"""Actions that the model suggests; a number plays one."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands.effects import CarryOut
from dungeon.commands.suggestions import NO_IDEA, suggest, suggestion_lines, write_suggestions
from dungeon.errors import GrueError
from dungeon.tui.screens.base import GrueDialog
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.turns.game import Game


class SuggestionsDialog(GrueDialog[None]):
    """Asks the model when it opens; leaving cancels that."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(f"{n}", f"choose({n})", show=False, id=f"suggestions.{n}") for n in (1, 2, 3)),
        Binding("r", "renew", "Other ones", id="suggestions.renew"),
        Binding("escape,q,f6", "leave", "Back", id="suggestions.back"),
    ]

    def __init__(self, game: Game, carry_out: CarryOut) -> None:
        """`carry_out` takes the turn that is chosen."""
        super().__init__()
        self._game = game
        self._carry_out = carry_out

    def compose(self) -> ComposeResult:
        """Yield the list, empty at first."""
        with Vertical(classes="dialog"):
            yield SafeStatic("You could", classes="question")
            yield OptionList(id="suggested", markup=False)
            yield SafeStatic("The model is thinking of something …", classes="hint")
            yield KeyFooter()

    def on_mount(self) -> None:
        """Ask the model."""
        self.action_renew()

    @work(exclusive=True, group="suggestions", exit_on_error=False)
    async def action_renew(self) -> None:
        """Ask the model for other ones."""
        listing, hint = self.query_one(OptionList), self.query_one(".hint", SafeStatic)
        listing.clear_options()
        hint.update("The model is thinking of something …")
        try:
            actions = await write_suggestions(self._game)
        except GrueError as error:
            hint.update(str(error))
            return
        listing.add_options(map(Option, suggestion_lines(actions)))
        listing.highlighted = 0 if actions else None
        listing.focus()
        hint.update("A number or Enter plays one." if actions else NO_IDEA)

    @on(OptionList.OptionSelected)
    async def _select(self, event: OptionList.OptionSelected) -> None:
        await self.action_choose(event.option_index + 1)

    async def action_choose(self, number: int) -> None:
        """Play the suggestion with that number, if it is there."""
        if number <= self.query_one(OptionList).option_count:
            effect = await suggest(self._game, str(number))
            self.dismiss()
            await self._carry_out(effect)

    @work(exclusive=True, group="suggestions", exit_on_error=False)
    async def action_leave(self) -> None:
        """Leave; a worker of the same group is cancelled by this one, so that the game is free."""
        self.dismiss()
