"""The branches of a story as a tree: look at any turn, go on from there, name or compare it."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from dungeon.commands.effects import Effect
from dungeon.session.branch_views import name_before
from dungeon.session.views import summary_of_turn
from dungeon.story import Adventure, Turn, render_transcript
from dungeon.story.branching import names_of_turns
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.turn_actions import TurnActions
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.turns.game import Game


class BranchesScreen(GrueScreen[None]):
    """A tree in which turns without alternatives stand below one another on one level."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "act('name')", "Name", id="branches.name"),
        Binding("c", "act('compare')", "Compare", id="branches.compare"),
        Binding("e", "act('edit')", "Edit", id="branches.edit"),
        Binding("r", "act('retry')", "Retry", id="branches.retry"),
        Binding("f", "act('fork')", "Fork", id="branches.fork"),
        Binding("y", "act('copy')", "Copy", id="branches.copy"),
        Binding("escape", "dismiss", "Back", id="branches.back"),
    ]

    def __init__(
        self,
        game: Game,
        turn_id: str,
        carry_out: Callable[[Effect], Awaitable[None]],
    ) -> None:
        """`turn_id` is the turn to highlight, by default the current one; `carry_out` takes the
        effects of what is done with a turn.
        """
        super().__init__()
        self._game = game
        self._turn_id = turn_id or game.adventure.head or ""
        self._actions = TurnActions(self.app, game, carry_out)

    def compose(self) -> ComposeResult:
        """Yield the tree above the turn that is highlighted."""
        yield SafeStatic("Branches", classes="heading")
        yield SafeStatic("Enter goes on from a turn. Nothing is lost by it.", classes="about")
        tree: Tree[str] = Tree("", id="branches")
        tree.show_root = False
        yield tree
        with VerticalScroll(id="branch-preview", can_focus=False):
            yield SafeStatic(classes="prose")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Build the tree, and highlight the turn."""
        self._build()
        self.query_one(Tree).focus()

    def _build(self) -> None:
        tree = self.query_one(Tree)
        tree.clear()
        nodes = build_tree(tree, self._game.adventure)
        if self._turn_id in nodes:
            self.call_after_refresh(tree.move_cursor, nodes[self._turn_id])

    @on(Tree.NodeHighlighted)
    def _preview(self, event: Tree.NodeHighlighted[str]) -> None:
        if turn := self._game.adventure.turns.get(event.node.data or ""):
            self._turn_id = turn.id
            self.query_one("#branch-preview SafeStatic", SafeStatic).update(
                render_transcript([turn])
            )

    @on(Tree.NodeSelected)
    def _choose(self, event: Tree.NodeSelected[str]) -> None:
        if event.node.data:
            self._turn_id = event.node.data
            self.action_act("go_to")

    @work(exclusive=True, exit_on_error=False)
    async def action_act(self, action: str) -> None:
        """Do something with the highlighted turn; leave where the story has moved."""
        adventure = self._game.adventure
        await getattr(self._actions, action)(self._turn_id)
        if action in _STAYS:
            if self._game.adventure is not adventure:
                self._build()
        elif action == "go_to" or self._game.adventure is not adventure:
            self.dismiss()


_STAYS = ("name", "compare", "copy")
"""The actions after which the tree is still looked at."""


def build_tree(tree: Tree[str], adventure: Adventure) -> dict[str, TreeNode[str]]:
    """Add every turn to `tree`; return the nodes by the ids of their turns.

    One line goes straight down on each level: of several turns that follow another, the one that
    the story goes on with, or else the newest. The others are indented below the turn they follow.
    Each of them shows its number, so that the first turn of a branch is told from one that goes on.
    """
    following: dict[str | None, list[Turn]] = {}
    for turn in adventure.turns.values():
        following.setdefault(turn.parent, []).append(turn)
    path = {turn.id for turn in adventure.path()}
    names = names_of_turns(adventure)
    numbers = {
        turn.id: f"‹{number}/{len(after)}› "
        for after in following.values()
        if len(after) > 1
        for number, turn in enumerate(after, 1)
    }
    nodes: dict[str, TreeNode[str]] = {}
    pending = [(turn, tree.root) for turn in reversed(following.get(None, []))]
    while pending:
        turn, parent = pending.pop()
        summary = name_before(summary_of_turn(turn, 100), names.get(turn.id))
        label = _label(numbers.get(turn.id, "") + summary, on_path=turn.id in path)
        node = parent.add(label, data=turn.id, expand=True)
        nodes[turn.id] = node
        after = following.get(turn.id, [])
        node.allow_expand = len(after) > 1
        if after:
            main = next((each for each in after if each.id in path), after[-1])
            pending += [(each, node) for each in reversed(after) if each is not main]
            pending.append((main, parent))
    tree.root.expand()
    return nodes


def _label(summary: str, *, on_path: bool) -> Text:
    return Text(summary, style="bold" if on_path else "dim", no_wrap=True)
