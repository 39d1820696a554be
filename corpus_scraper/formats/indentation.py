"""Parse lines into a tree by their indentation."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from corpus_scraper.formats.story_file import MAX_DEPTH, StoryFile

TAB_WIDTH = 4


@dataclass(slots=True)
class Node:
    """A line with the lines indented below it."""

    text: str
    number: int
    """Its line in the file, counted from 1."""
    children: list["Node"] = field(default_factory=list)

    @property
    def word(self) -> str:
        """Its first word, in lower case."""
        return self.text.partition(" ")[0].lower()

    @property
    def rest(self) -> str:
        """The text after the first word."""
        return self.text.partition(" ")[2].strip()


def parse_tree(file: StoryFile, lines: Iterable[tuple[int, str]]) -> list[Node]:
    """Return numbered lines as a tree; a blank line belongs to the line above.

    Raises Unreadable where they are nested too deep.
    """
    top: list[Node] = []
    open_: list[tuple[int, list[Node]]] = [(-1, top)]  # indentation and children
    for number, line in lines:
        text = line.strip()
        node = Node(text, number)
        if not text:
            open_[-1][1].append(node)
            continue
        indentation = _indentation(line)
        while len(open_) > 1 and open_[-1][0] >= indentation:
            open_.pop()
        open_[-1][1].append(node)
        open_.append((indentation, node.children))
        if len(open_) > MAX_DEPTH:
            raise file.unreadable(f"lines are indented more than {MAX_DEPTH} levels deep.", number)
    return top


def _indentation(line: str) -> int:
    lead = line[: len(line) - len(line.lstrip(" \t"))]
    return len(lead) + lead.count("\t") * (TAB_WIDTH - 1)


def walk(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield every node of the tree, parents first."""
    for node in nodes:
        yield node
        yield from walk(node.children)
