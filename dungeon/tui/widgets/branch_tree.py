"""A tree of turns in which the turns of a branch stand on one level, and forks are indented."""

from collections.abc import Mapping

from rich.style import Style
from rich.text import Text, TextType
from textual import events
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from dungeon.session.branch_views import name_before
from dungeon.story import Adventure, Turn
from dungeon.story.branch_rows import BranchRow, branch_rows
from dungeon.story.branching import names_of_turns

_ON_PATH, _OFF_PATH = "● ", "○ "
"""Before a turn without a fork: whether it is on the path from the opening to the current one."""

_MIN_WIDTH = 10
"""Columns that a label has on the narrowest screen."""


class BranchTree(Tree[str]):
    """Every turn in a row that ends in … where it is longer; the data of a node is its turn's id.

    Rows become text when they are painted: there may be ten thousand, of which thirty are seen.
    """

    LINES = dict.fromkeys(Tree.LINES, ("│ ", "│ ", "│ ", "│ "))
    """On every level the line of the story goes on behind what is indented."""

    def __init__(self) -> None:
        super().__init__(Text(), id="branches")
        self.show_root = False
        self.guide_depth = 2
        self._rows: dict[str, BranchRow] = {}
        self._names: Mapping[str, str] = {}

    def show(self, adventure: Adventure) -> dict[str, TreeNode[str]]:
        """Show every turn; return the nodes by the ids of their turns."""
        self.clear()
        self._rows.clear()
        self._names = names_of_turns(adventure)
        nodes: dict[str, TreeNode[str]] = {}
        for row in branch_rows(adventure):
            self._rows[row.turn.id] = row
            parent = self.root
            if row.fork is not None:
                parent = nodes[row.fork]
                parent.allow_expand = True
            nodes[row.turn.id] = parent.add(
                Text(), data=row.turn.id, expand=True, allow_expand=False
            )
        self.root.expand()
        return nodes

    async def _on_click(self, event: events.Click) -> None:
        """Highlight the turn that is clicked: it can be read, and its keys used. A second click
        soon after is as good as Enter.
        """
        line = event.style.meta.get("line")
        if line is None or event.style.meta.get("toggle") or event.chain > 1:
            await super()._on_click(event)
        else:
            self.cursor_line = line
        event.prevent_default()  # Textual's own handler of a Tree

    def process_label(self, label: TextType) -> Text:
        """Return the label of a node as it is: none has more than one line."""
        return label if isinstance(label, Text) else Text(label)

    def get_label_width(self, node: TreeNode[str]) -> int:
        """Return 0: a row is fitted to the width, which need not be known before."""
        return 0

    def render_label(self, node: TreeNode[str], base_style: Style, style: Style) -> Text:
        """Return the row of a turn: a sign, its place among several, its name, its beginning."""
        row = self._rows.get(node.data or "")
        if row is None:
            return Text()
        indent = self.guide_depth * _level(node)
        width = max(self.scrollable_content_region.width - indent, _MIN_WIDTH)
        label = Text(style="bold" if row.is_on_path else "dim", no_wrap=True)
        if node.allow_expand:
            icon = self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
            label.append(icon, base_style + Style(meta={"toggle": True}))
        else:
            label.append(_ON_PATH if row.is_on_path else _OFF_PATH)
        place = f"‹{row.number}/{row.count}› " if row.count > 1 else ""
        summary = name_before(_beginning(row.turn, width), self._names.get(row.turn.id))
        label.append(place + summary)
        label.truncate(width, overflow="ellipsis")
        label.stylize(style)
        return label


def _beginning(turn: Turn, width: int) -> str:
    """Return the beginning of the action and the reply on one line, `width` characters or more."""
    cut = 4 * width  # with room for line ends and spaces that are folded
    return " ".join(f"{turn.action[:cut]} {turn.text[:cut]}".split())


def _level(node: TreeNode[str]) -> int:
    """Return how many levels deep a node is indented."""
    level, parent = 0, node.parent
    while parent is not None and parent.parent is not None:
        level, parent = level + 1, parent.parent
    return level
