"""The checkpoints of an adventure: go to one, or forget its name."""

from collections.abc import Awaitable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from dungeon.commands.branches import go_to
from dungeon.commands.checkpoints import forget_checkpoint
from dungeon.commands.effects import CarryOut, Effect
from dungeon.errors import GrueError
from dungeon.session.branch_views import NO_CHECKPOINTS, checkpoint_lines
from dungeon.story import checkpoints
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.action_list import ActionList
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.turns.game import Game


class CheckpointsScreen(GrueScreen[None]):
    """A list of names and their turns."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_highlighted", "Go there", id="checkpoints.go"),
        Binding("delete,d", "forget", "Forget the name", id="checkpoints.forget"),
        Binding("escape,q", "dismiss", "Back", id="checkpoints.back"),
    ]

    def __init__(self, game: Game, carry_out: CarryOut) -> None:
        super().__init__()
        self._game = game
        self._carry_out = carry_out

    def compose(self) -> ComposeResult:
        """Yield the list."""
        yield SafeStatic("Checkpoints", classes="heading")
        yield SafeStatic(classes="about")
        yield ActionList(id="checkpoints", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """List the checkpoints."""
        self._list()
        self.query_one(OptionList).focus()

    def _list(self) -> None:
        lines = checkpoint_lines(self._game.adventure)
        listing = self.query_one(OptionList)
        listing.set_options(lines)
        listing.highlighted = 0 if lines else None
        about = "Enter goes on from there. Nothing is lost by it." if lines else NO_CHECKPOINTS
        self.query_one(".about", SafeStatic).update(about)

    def _highlighted_row(self) -> checkpoints.CheckpointRow | None:
        position = self.query_one(OptionList).highlighted
        return None if position is None else list(checkpoints.rows(self._game.adventure))[position]

    # Both wait until it is done, in no worker, which the next key would cancel.

    @on(OptionList.OptionSelected)
    async def _go(self) -> None:
        if (row := self._highlighted_row()) and await self._attempt(go_to(self._game, row.turn_id)):
            self.dismiss()

    async def action_forget(self) -> None:
        """Forget the highlighted name; its turn stays."""
        if row := self._highlighted_row():
            await self._attempt(forget_checkpoint(self._game, row.name, row.turn_id))
            if self.is_attached:
                self._list()

    async def _attempt(self, change: Awaitable[Effect]) -> bool:
        """Carry out the effect of a command; return False, and say why, where it is refused."""
        try:
            await self._carry_out(await change)
        except GrueError as error:
            self.app.notify(str(error), severity="warning", markup=False)
            return False
        return True
