"""Provides what the passages of a Twine story say, whatever dialect they are written in.

A dialect makes nodes of a passage's text; what becomes of nodes is not its concern. Knows nothing
of files or graphs.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus_scraper.formats.markup import strip_tags

BACK = "\0back"
"""The target of a link to wherever the player came from."""


@dataclass(frozen=True, slots=True)
class Text:
    """Prose as the author wrote it, what play would fill in already filled in."""

    text: str


@dataclass(frozen=True, slots=True)
class Include:
    """The text of another passage stands here."""

    name: str


@dataclass(frozen=True, slots=True)
class Goto:
    """The story goes on elsewhere by itself."""

    target: str


@dataclass(frozen=True, slots=True)
class Link:
    """Words that can be picked."""

    text: str
    target: str = ""
    """The passage it leads to; empty where it only lets something appear."""
    body: "tuple[Node, ...]" = ()
    """What appears when it is picked."""
    is_said: bool = True
    """Whether its words stand here; they may stand elsewhere in the passage."""


@dataclass(frozen=True, slots=True)
class If:
    """Of several branches one is shown."""

    branches: "tuple[tuple[str, tuple[Node, ...]], ...]"
    """Conditions in the author's words, and what is shown; `otherwise` for what is left."""


Node = Text | Include | Goto | Link | If
"""What a passage is made of."""

OTHERWISE = "otherwise"
"""The condition of a branch for all that the others leave."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A language that passages are written in."""

    find_values: Callable[[str], Mapping[str, str]]
    """The plain values that a passage gives to variables."""
    parse: Callable[[str, Mapping[str, str]], Sequence[Node]]
    """What a passage says. Raises TooDeep."""
    strip_marks: Callable[[str], str]
    """A paragraph without the marks of emphasis."""


class TooDeep(Exception):
    """Hooks within hooks, deeper than in any story."""


# ── Questions about nodes ────────────────────────────────────────────────────────────────────────


def mentioned_passages(passages: Iterable[Sequence[Node]]) -> tuple[set[str], set[str]]:
    """Return the names of the passages that are led to, and of those that are included."""
    linked: set[str] = set()
    included: set[str] = set()
    for node in all_nodes(each for nodes in passages for each in nodes):
        match node:
            case Include(name):
                included.add(name)
            case Goto(target) | Link(target=target):
                linked.add(target)
    return linked, included


def all_nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield nodes and those within them."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        match node:
            case Link(body=body):
                waiting += body
            case If(branches):
                waiting += [each for _, inner in branches for each in inner]


def only_goto(body: Sequence[Node]) -> str:
    """Return where a link leads that only jumps, or shows nothing but one other link."""
    told = [node for node in body if not isinstance(node, Text) or node.text.strip()]
    match told:
        case [Goto(target)] | [Link(target=target)]:
            return target
    return ""


def has_output(node: Node) -> bool:
    """Return whether a node says something or leads somewhere."""
    match node:
        case Text(text):
            return bool(strip_tags(text).strip())
        case If(branches):
            return any(has_output(each) for _, inner in branches for each in inner)
    return True


def has_text(node: Node) -> bool:
    """Return whether a node says words that cannot be picked."""
    match node:
        case Text(text):
            return any(map(str.isalnum, strip_tags(text)))
        case If(branches):
            return any(has_text(each) for _, inner in branches for each in inner)
    return isinstance(node, Include)


def can_jump(nodes: Iterable[Node]) -> bool:
    """Return whether the story may go on elsewhere by itself."""
    return any(
        isinstance(node, Goto)
        or (isinstance(node, If) and any(can_jump(inner) for _, inner in node.branches))
        for node in nodes
    )


def only_links(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield only the links among nodes, and those that stand in conditions."""
    for node in nodes:
        match node:
            case Link():
                yield node
            case If(branches):
                yield If(tuple((asked, tuple(only_links(inner))) for asked, inner in branches))


def is_paragraph(nodes: Sequence[Node]) -> bool:
    """Return whether nodes say a sentence or more: something to stand by itself."""
    words: list[str] = []
    for node in nodes:
        match node:
            case Text(text):
                words.append(strip_tags(text))
            case Link(text=text, is_said=True):
                words.append("\0")
            case Include():
                return True
    text = "".join(words).strip()
    spoken = text.replace("\0", "")
    return len(spoken.split()) > 1 and bool(re.search(r"[.!?…:][\"'”’)\]*_/~]*\0?$", text))
