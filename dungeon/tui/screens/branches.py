"""The branches of a story as a tree: look at any turn, go on from there, name or compare it."""

import asyncio
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Tree

from dungeon.commands.effects import CarryOut
from dungeon.story import render_transcript
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.turn_actions import TurnActions
from dungeon.tui.widgets.branch_tree import BranchTree
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.turns.game import Game


class BranchesScreen(GrueScreen[None]):
    """The tree of turns, above the whole text of the one that is highlighted."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "act('name')", "Name", id="branches.name"),
        Binding("c", "act('compare')", "Compare", id="branches.compare"),
        Binding("e", "act('edit')", "Edit", id="branches.edit", tooltip="Edit its reply"),
        Binding("a", "act('edit_action')", "Action", id="branches.action",
                tooltip="Edit its action"),
        Binding("r", "act('retry')", "Retry", id="branches.retry"),
        Binding("f", "act('fork')", "Fork", id="branches.fork"),
        Binding("y", "act('copy')", "Copy", id="branches.copy"),
        Binding("escape", "dismiss", "Back", id="branches.back"),
    ]  # fmt: skip

    def __init__(
        self,
        game: Game,
        turn_id: str,
        carry_out: CarryOut,
    ) -> None:
        """`turn_id` is the turn to highlight, by default the current one; `carry_out` takes the
        effects of what is done with a turn.
        """
        super().__init__()
        self._game = game
        self._turn_id = turn_id or game.adventure.head or ""
        self._actions = TurnActions(self.app, game, carry_out)
        self._acting = asyncio.Lock()
        """Held while something is done with a turn: the next thing finds the tree as it is then."""

    def compose(self) -> ComposeResult:
        """Yield the tree above the turn that is highlighted."""
        yield SafeStatic("Branches", classes="heading")
        yield SafeStatic(
            "Enter goes on from a turn; nothing is lost. Tab leads to the text below.",
            classes="about",
        )
        yield BranchTree()
        with VerticalScroll(id="branch-preview"):
            yield SafeStatic(classes="prose")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Build the tree, and highlight the turn."""
        self._build()
        self.query_one(BranchTree).focus()

    def _build(self) -> None:
        tree = self.query_one(BranchTree)
        nodes = tree.show(self._game.adventure)
        if self._turn_id in nodes:
            self.call_after_refresh(tree.move_cursor, nodes[self._turn_id])

    @on(Tree.NodeHighlighted)
    def _preview(self, event: Tree.NodeHighlighted[str]) -> None:
        if turn := self._game.adventure.turns.get(event.node.data or ""):
            self._turn_id = turn.id
            preview = self.query_one("#branch-preview")
            preview.query_one(SafeStatic).update(render_transcript([turn]))
            preview.scroll_home(animate=False)

    @on(Tree.NodeSelected)
    def _choose(self, event: Tree.NodeSelected[str]) -> None:
        if event.node.data:
            self._turn_id = event.node.data
            self.action_act("go_to")

    def action_act(self, action: str) -> None:
        """Do something with the highlighted turn, to its end whichever key follows; leave where the
        story has moved.
        """
        self.run_to_end(self._act(action, self._turn_id))

    async def _act(self, action: str, turn_id: str) -> None:
        is_next = self._acting.locked()
        async with self._acting:
            if is_next and not self.is_active:  # the one before has led away from here
                return
            adventure = self._game.adventure
            done = await getattr(self._actions, action)(turn_id)
            if action in _STAYS:
                if self._game.adventure is not adventure and self.is_attached:
                    self._build()
            elif done and action != "fork":  # which is played in place of this
                self.dismiss()


_STAYS = ("name", "compare", "copy")
"""The actions after which the tree is still looked at."""
