"""The branches of a story as a tree: look at any turn, and go on from there."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer, Tree
from textual.widgets.tree import TreeNode

from dungeon.session.views import summary_of_turn
from dungeon.story import Adventure, Turn, render_transcript
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.safe_text import SafeStatic


class BranchesScreen(GrueScreen[None]):
    """A tree in which turns without alternatives stand below one another on one level."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="branches.back"),
    ]

    def __init__(
        self, adventure: Adventure, turn_id: str, go_to: Callable[[str], Awaitable[None]]
    ) -> None:
        """`turn_id` is the turn to highlight, by default the current one; `go_to` moves the story
        to the turn that is chosen.
        """
        super().__init__()
        self._turn_id = turn_id or adventure.head or ""
        self._adventure = adventure
        self._go_to = go_to

    def compose(self) -> ComposeResult:
        """Yield the tree above the turn that is highlighted."""
        yield SafeStatic("Branches", classes="heading")
        yield SafeStatic("Enter goes on from a turn. Nothing is lost by it.", classes="about")
        tree: Tree[str] = Tree("", id="branches")
        tree.show_root = False
        yield tree
        with VerticalScroll(id="branch-preview", can_focus=False):
            yield SafeStatic(classes="prose")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Build the tree, and highlight the turn."""
        tree = self.query_one(Tree)
        nodes = build_tree(tree, self._adventure)
        tree.focus()
        if self._turn_id in nodes:
            self.call_after_refresh(tree.move_cursor, nodes[self._turn_id])

    @on(Tree.NodeHighlighted)
    def _preview(self, event: Tree.NodeHighlighted[str]) -> None:
        if turn := self._adventure.turns.get(event.node.data or ""):
            self.query_one("#branch-preview SafeStatic", SafeStatic).update(
                render_transcript([turn])
            )

    @on(Tree.NodeSelected)
    def _choose(self, event: Tree.NodeSelected[str]) -> None:
        if event.node.data:
            self._leave_for(event.node.data)

    @work(exclusive=True, exit_on_error=False)
    async def _leave_for(self, turn_id: str) -> None:
        await self._go_to(turn_id)
        self.dismiss()


def build_tree(tree: Tree[str], adventure: Adventure) -> dict[str, TreeNode[str]]:
    """Add every turn to `tree`; return the nodes by the ids of their turns.

    A turn that is one of several stands one level below the turn they follow; any other stands
    below its predecessor on the same level, so that only branches are indented.
    """
    following: dict[str | None, list[Turn]] = {}
    for turn in adventure.turns.values():
        following.setdefault(turn.parent, []).append(turn)
    path = {turn.id for turn in adventure.path()}
    nodes: dict[str, TreeNode[str]] = {}
    pending = [(turn, tree.root) for turn in reversed(following.get(None, []))]
    while pending:
        turn, parent = pending.pop()
        node = parent.add(_label(turn, on_path=turn.id in path), data=turn.id, expand=True)
        nodes[turn.id] = node
        after = following.get(turn.id, [])
        node.allow_expand = len(after) > 1
        level = node if len(after) > 1 else parent
        pending += [(each, level) for each in reversed(after)]
    tree.root.expand()
    return nodes


def _label(turn: Turn, *, on_path: bool) -> Text:
    return Text(summary_of_turn(turn, 100), style="bold" if on_path else "dim", no_wrap=True)
