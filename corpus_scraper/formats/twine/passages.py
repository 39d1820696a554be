"""The passages of a Twine story, and their parts in any story format: text, links, conditions."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus_scraper.formats.markup import strip_tags
from corpus_scraper.formats.story_file import StoryFile

MAX_MARKS = 400_000
"""Brackets of all kinds in all passages; large stories have about ten thousand."""

MAX_PASSAGE_MARKS = 20_000
"""Brackets of all kinds in one passage."""

_SPECIAL_PASSAGES = frozenset(
    """
    StoryAuthor StoryBanner StoryCaption StoryData StoryDisplayTitle StoryIncludes StoryInit
    StoryInterface StoryMenu StorySettings StoryShare StorySubtitle StoryTitle PassageDone
    PassageFooter PassageHeader PassageReady MenuOptions MenuShare MenuStory UserScript
    UserStylesheet StoryScript StoryStylesheet StoryJavaScript
    """.split()
)
_SPECIAL_TAGS = frozenset(
    """
    script stylesheet widget startup header footer debug-header debug-footer debug-startup init
    Twine.image Twine.private Twine.audio Twine.video Twine.vtt annotation
    """.split()
)


@dataclass(frozen=True, slots=True)
class TwinePassage:
    """A passage as its author wrote it."""

    name: str
    text: str
    tags: frozenset[str] = frozenset()

    @property
    def is_story(self) -> bool:
        """Whether it is part of the story rather than of its user interface."""
        return self.name not in _SPECIAL_PASSAGES and not self.tags & _SPECIAL_TAGS


@dataclass(frozen=True, slots=True)
class TwineStory:
    """A story as its author wrote it."""

    title: str
    format: str
    """The name of its story format, in lower case."""
    start: str
    passages: Sequence[TwinePassage]
    author: str = ""
    part: str = ""
    """Name of the story within its file, where a file holds several."""


def check_marks(file: StoryFile, passages: Iterable[TwinePassage]) -> None:
    """Refuse passages with so many marks that parsing would take long."""
    total = 0
    for passage in passages:
        marks = sum(passage.text.count(mark) for mark in "[({<'")
        total += marks
        if marks > MAX_PASSAGE_MARKS or total > MAX_MARKS:
            raise file.unreadable(f"the passage {passage.name[:80]!r} has more marks than words.")


# ── Parts of a passage ────────────────────────────────────────────────────────────────────────────

BACK = "\0back"
"""The target of a link back to the previous passage."""

OUTSIDE = "\0outside"
"""The target of a link that leads out of the story."""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence about what could not be kept here."""

    text: str


@dataclass(frozen=True, slots=True)
class Changes:
    """Variables whose values may change here."""

    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Text:
    """Prose with its markup, and with text in place of variables."""

    text: str


@dataclass(frozen=True, slots=True)
class Include:
    """The text of another passage is included here."""

    name: str


@dataclass(frozen=True, slots=True)
class Goto:
    """A jump to another passage without a choice."""

    target: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link that the player can pick."""

    text: str
    target: str = ""
    """The passage it leads to; empty where it only reveals something."""
    body: "tuple[Node, ...]" = ()
    """What it reveals when it is picked."""
    is_shown: bool = True
    """Whether its text is shown here; it may be elsewhere in the passage."""


@dataclass(frozen=True, slots=True)
class If:
    """Branches of which one is shown."""

    branches: "tuple[tuple[str, tuple[Node, ...]], ...]"
    """Conditions as written, and what is shown; the last condition may be `otherwise`."""


Node = Text | Include | Goto | Link | If | Note | Changes
"""A part of a passage."""

OTHERWISE = "otherwise"
"""The condition of an else branch."""

MAX_CONDITION = 160
"""Characters of a negated condition; a longer one becomes `otherwise`."""

_VARIABLE = re.compile(r"[$_]([A-Za-z]\w{0,60})")


def changes_in(written: str) -> tuple[Changes, ...]:
    """Return the change of the variables that a macro names, if any."""
    names = frozenset(_VARIABLE.findall(written))
    return (Changes(names),) if names else ()


def none_of(conditions: Iterable[str]) -> str:
    """Return the condition that none of these holds, or `otherwise` where that is too long."""
    negated = " and ".join(f"not ({condition})" for condition in conditions)
    return negated if len(negated) <= MAX_CONDITION else OTHERWISE


def add_branch(
    found: list[Node], condition: str, inner: Sequence[Node], tried: Sequence[str]
) -> None:
    """Add a branch to the condition before it, or one of its own where there is text in between.

    `tried` are the conditions before it, of which none holds.
    """
    last = len(found)
    while last and isinstance(blank := found[last - 1], Text) and not blank.text.strip():
        last -= 1
    if last and isinstance(chain := found[last - 1], If):
        del found[last:]
        found[-1] = If((*chain.branches, (condition, tuple(inner))))
    elif tried:
        own = () if condition == OTHERWISE else (condition,)
        alone = " and ".join([none_of(tried), *own])
        found.append(If(((alone, tuple(inner)),)))
    else:
        found += inner


@dataclass(frozen=True, slots=True)
class StoryFormat:
    """A Twine story format: the language that passages are written in."""

    find_values: Callable[[str], Mapping[str, str]]
    """Return the plain values that a passage assigns to variables."""
    parse: Callable[[str, Mapping[str, str]], Sequence[Node]]
    """Return the parts of a passage, with values for variables. Raises TooDeep."""
    strip_marks: Callable[[str], str]
    """Return a line without markup."""


class TooDeep(Exception):
    """Hooks or macros are nested too deep."""


# ── Properties of nodes ──────────────────────────────────────────────────────────────────────────


def mentioned_passages(passages: Iterable[Sequence[Node]]) -> tuple[set[str], set[str]]:
    """Return the names of passages that are linked to, and of those that are included."""
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
    """Return the target of a link that only jumps, or reveals only one other link."""
    content = [
        node
        for node in body
        if not isinstance(node, Note | Changes)
        and (not isinstance(node, Text) or node.text.strip())
    ]
    match content:
        case [Goto(target)] | [Link(target=target)]:
            return target
    return ""


def flat_text(nodes: Iterable[Node]) -> str:
    """Return the text of nodes; of several branches, that of the first with any."""
    text: list[str] = []
    for node in nodes:
        match node:
            case Text(written):
                text.append(written)
            case Link(text=shown, is_shown=True):
                text.append(shown)
            case If(branches):
                text.append(next(filter(None, (flat_text(inner) for _, inner in branches)), ""))
    return "".join(text)


def has_output(node: Node) -> bool:
    """Return whether a node has text or leads somewhere."""
    match node:
        case Text(text):
            return bool(strip_tags(text).strip())
        case If(branches):
            return any(has_output(each) for _, inner in branches for each in inner)
    return not isinstance(node, Note | Changes)


def has_text(node: Node) -> bool:
    """Return whether a node has text outside of links."""
    match node:
        case Text(text):
            return any(map(str.isalnum, strip_tags(text)))
        case If(branches):
            return any(has_text(each) for _, inner in branches for each in inner)
    return isinstance(node, Include)


def can_jump(nodes: Iterable[Node]) -> bool:
    """Return whether there may be a jump without a choice."""
    return any(
        isinstance(node, Goto)
        or (isinstance(node, If) and any(can_jump(inner) for _, inner in node.branches))
        for node in nodes
    )


def as_exit(node: Node) -> Node:
    """Return a jump that happens later as a way out; any other node as it is."""
    match node:
        case Goto(target):
            return Link("", target)
        case If(branches):
            return If(tuple((each, tuple(map(as_exit, inner))) for each, inner in branches))
    return node


def only_jumps(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield the jumps among nodes, and those within conditions."""
    for node in nodes:
        match node:
            case Goto():
                yield node
            case If(branches) if can_jump((node,)):
                yield If(
                    tuple((condition, tuple(only_jumps(inner))) for condition, inner in branches)
                )


def only_links(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield the links among nodes, and those within conditions."""
    for node in nodes:
        match node:
            case Link():
                yield node
            case If(branches):
                yield If(
                    tuple((condition, tuple(only_links(inner))) for condition, inner in branches)
                )


def is_paragraph(nodes: Sequence[Node]) -> bool:
    """Return whether the text of nodes is a sentence or more, which can stand by itself."""
    words: list[str] = []
    for node in nodes:
        match node:
            case Text(text):
                words.append(strip_tags(text))
            case Link(text=text, is_shown=True):
                words.append("\0")
            case Include():
                return True
    text = "".join(words).strip()
    plain = text.replace("\0", "")
    return len(plain.split()) > 1 and bool(re.search(r"[.!?…:][\"'”’)\]*_/~]*\0?$", text))
