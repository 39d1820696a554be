"""Cover a story graph with paths that hold every passage and every choice exactly once.

A path goes depth first into the choice with the most text ahead. Every other choice starts a path
of its own, after as much of the path that leads there as the model may read without being trained
on it. A story of several starts has a path from each, unless another path has been there. A choice
into a passage that is already covered ends its path. So nothing is trained on twice, loops end, and
each document is a true path through the story.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from corpus_scraper.documents.action_lines import LabelReader
from corpus_scraper.graph import Choice, ChoiceKind, Passage, StoryGraph
from dungeon import transcript
from dungeon.transcript import ActionLine, Block, Prose

MAX_PATH = 48_000
"""Characters after which a path ends at the next passage and another one continues."""

Step = Passage | Choice


@dataclass(frozen=True, slots=True)
class Path:
    """One path through a story."""

    context: tuple[Step, ...]
    """The last steps before the first of `steps`; other paths cover them."""
    steps: tuple[Step, ...]
    """Steps that this path covers, and no other."""

    @property
    def conditional(self) -> bool:
        """Whether a choice of this path is offered only under a condition."""
        return any(isinstance(s, Choice) and s.condition for s in (*self.context, *self.steps))


def normalise_graph(graph: StoryGraph) -> StoryGraph:
    """Return the reachable part of `graph`, with its texts in transcript form.

    The text of a choice becomes an action line, empty where the story continues by itself, or
    context where it is no action of the player.
    Duplicate passages and choices with the same outcome are merged: a format may write them once
    for every condition.
    """
    reached = graph.reachable()
    passages = [
        replace(passage, text=transcript.normalise(passage.text))
        for passage in graph.passages_by_id().values()
        if passage.id in reached
    ]
    labels = LabelReader(graph)
    choices = [labels.read(choice) for choice in graph.choices if choice.origin in reached]
    whole = replace(graph, passages=tuple(passages), choices=_unique_choices(choices))
    return _merge(whole, _duplicate_passages(whole))


def _unique_choices(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Return `choices` without duplicates; an unconditional one is preferred."""
    found: dict[tuple[str, str, str], Choice] = {}
    for choice in choices:
        key = (choice.origin, choice.target, choice.text)
        if key not in found or not choice.condition:
            found[key] = choice
    return tuple(found.values())


def _duplicate_passages(graph: StoryGraph) -> dict[str, str]:
    """Return duplicate passages with the same outgoing choices, mapped to the first of them."""
    known, edges = graph.passages_by_id(), graph.choices_by_passage()
    first: dict[object, str] = {}
    duplicates: dict[str, str] = {}
    for id_ in _post_order(graph.starts, _targets(graph)):
        leads = dict.fromkeys(
            (
                edge.text,
                "" if edge.target == id_ else duplicates.get(edge.target, edge.target),
                edge.condition,
            )
            for edge in edges[id_]
        )
        passage = known[id_]
        other = first.setdefault((replace(passage, id=""), tuple(leads)), id_)
        if other != id_ and passage.text:
            duplicates[id_] = other
    return duplicates


def _targets(graph: StoryGraph) -> dict[str, list[str]]:
    """Return the targets of each passage, without dangling ones."""
    edges = graph.choices_by_passage()
    known = {passage.id for passage in graph.passages}
    return {id_: [edge.target for edge in edges[id_] if edge.target in known] for id_ in known}


def _post_order(starts: Iterable[str], targets: dict[str, list[str]]) -> Iterator[str]:
    """Yield reachable passages in post-order: each after all that it leads to, except in loops."""
    entered: set[str] = set()
    left: set[str] = set()
    waiting = [start for start in reversed([*starts]) if start in targets]
    while waiting:
        id_ = waiting[-1]
        if id_ not in entered:
            entered.add(id_)
            waiting.extend(each for each in reversed(targets[id_]) if each not in entered)
            continue
        waiting.pop()
        if id_ not in left:
            left.add(id_)
            yield id_


def _merge(graph: StoryGraph, duplicates: dict[str, str]) -> StoryGraph:
    return replace(
        graph,
        start=duplicates.get(graph.start, graph.start),
        further_starts=tuple(
            dict.fromkeys(duplicates.get(start, start) for start in graph.further_starts)
        ),
        passages=tuple(passage for passage in graph.passages if passage.id not in duplicates),
        choices=_unique_choices(
            replace(choice, target=duplicates.get(choice.target, choice.target))
            for choice in graph.choices
            if choice.origin not in duplicates
        ),
    )


def cover(graph: StoryGraph, context: int) -> Iterator[Path]:
    """Yield paths that cover a normalised `graph`, each with about `context` characters before it.

    The context is whole steps, so it may be longer than `context`.
    """
    yield from _Cover(graph, context).paths()


# An edge is the index of a choice, so that two choices of the same text are two edges. No choice
# leads into a start: its edge is negative, -1 for the first start and -2 for the second.

_Edge = int


class _Cover:
    """Depth-first search that covers every edge once."""

    def __init__(self, graph: StoryGraph, context: int) -> None:
        self._choices = graph.choices
        self._known = graph.passages_by_id()
        self._starts = graph.starts
        self._context = context
        self._edges: dict[str, list[_Edge]] = {passage: [] for passage in self._known}
        for edge, choice in enumerate(graph.choices):
            self._edges[choice.origin].append(edge)
        self._ahead = _text_ahead(graph)
        self._visited_by: dict[str, _Edge] = {}
        """The edge by which each passage was first visited."""
        self._waiting: list[_Edge] = [
            -1 - at for at, start in enumerate(self._starts) if start in self._known
        ][::-1]

    def paths(self) -> Iterator[Path]:
        while self._waiting:
            edge = self._waiting.pop()
            if edge < 0 and self._target(edge) in self._visited_by:
                continue
            context = self._path_to(self._choices[edge].origin) if edge >= 0 else ()
            yield Path(context, tuple(self._follow(edge)))

    def _follow(self, edge: _Edge | None) -> Iterator[Step]:
        """Yield the steps from `edge` on; edges that are not taken are left for later paths."""
        length = 0
        while edge is not None:
            if edge >= 0:
                yield self._choices[edge]
            passage = self._known.get(self._target(edge))
            if passage is None or passage.id in self._visited_by:
                return
            self._visited_by[passage.id] = edge
            yield passage
            length += len(passage.text)
            edge = self._next_edge(passage.id, stop=length >= MAX_PATH)

    def _next_edge(self, passage: str, *, stop: bool) -> _Edge | None:
        """Return the edge to follow from `passage`; the others wait, in the author's order."""
        edges = self._edges[passage]
        best = None if stop else max(edges, key=self._priority, default=None)
        self._waiting.extend(edge for edge in reversed(edges) if edge != best)
        return best

    def _priority(self, edge: _Edge) -> tuple[bool, bool, int, int]:
        """Return the priority of an edge: unvisited, unconditional, with much text ahead."""
        choice = self._choices[edge]
        fresh = choice.target in self._known and choice.target not in self._visited_by
        ahead = self._ahead.get(choice.target, 0)
        return fresh, not choice.condition, ahead if fresh else 0, -edge

    def _path_to(self, passage: str) -> tuple[Step, ...]:
        """Return the last steps of the path that first visited `passage`, itself included."""
        path: list[Step] = []
        length = 0
        while length < self._context:
            path.append(self._known[passage])
            edge = self._visited_by[passage]
            if edge < 0:
                break
            choice = self._choices[edge]
            length += len(self._known[passage].text) + len(choice.text)
            path.append(choice)
            passage = choice.origin
        return tuple(reversed(path))

    def _target(self, edge: _Edge) -> str:
        return self._starts[-1 - edge] if edge < 0 else self._choices[edge].target


def _text_ahead(graph: StoryGraph) -> dict[str, int]:
    """Return for every passage the characters of the longest path from it, without loops."""
    known, targets = graph.passages_by_id(), _targets(graph)
    ahead: dict[str, int] = {}
    for id_ in _post_order(graph.starts, targets):
        longest = max((ahead.get(target, 0) for target in targets[id_]), default=0)
        ahead[id_] = len(known[id_].text) + longest
    return ahead


# Paths as documents.


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a document. The joined spans of a document are its transcript."""

    text: str
    train: bool
    """Whether it is trained on; otherwise it is context."""


def path_spans(
    path: Path,
    context: int,
    known: Collection[str] = (),
    *,
    memory: str = "",
    author_note: str = "",
) -> list[Span]:
    """Return `path` as spans, with at most `context` characters of context in front.

    Passages whose ids are in `known` are duplicates and become context: this is where duplicates
    leave the trained text. Memory and author's note are where the game's prompts have them, and
    are context as well: the memory in front of everything, the note before the first action. A
    prompt has it once, so that `single_turns` gives a path of such a story one action.
    Labels that are no actions are context, too.
    """
    before = shorten_context(transcript.write(map(to_block, path.context)), context)
    front = transcript.SEPARATOR.join(filter(None, (transcript.write([Prose(memory)]), before)))
    found = [Span(front, train=False)] if front else []
    groups: list[tuple[bool, list[Block]]] = []

    def add(train: bool, new: Block) -> None:
        if not groups or groups[-1][0] != train:
            groups.append((train, []))
        groups[-1][1].append(new)

    for step in path.steps:
        if author_note and is_action(step):
            add(False, Prose(transcript.author_note(author_note)))
            author_note = ""
        add(is_trained(step, known), to_block(step))
    for train, blocks in groups:
        if text := transcript.write(blocks):
            found.append(Span(transcript.SEPARATOR + text if found else text, train))
    return found


def is_action(step: Step) -> bool:
    """Return whether `step` is an action line."""
    return isinstance(step, Choice) and bool(step.text) and step.kind is not ChoiceKind.CONTEXT


def is_trained(step: Step, known: Collection[str]) -> bool:
    """Return whether `step` is trained on: a new passage or an action of the player."""
    if isinstance(step, Passage):
        return step.id not in known
    return step.kind is not ChoiceKind.CONTEXT


def to_block(step: Step) -> Block:
    """Return a step as a block of a transcript."""
    if isinstance(step, Passage) or step.kind is ChoiceKind.CONTEXT:
        return Prose(step.text)
    return ActionLine(step.text)


def shorten_context(text: str, length: int) -> str:
    """Return at most `length` characters from the end of `text`, cut at a paragraph or sentence."""
    if len(text) <= length:
        return text
    end = text[len(text) - length :] if length else ""
    if text[: len(text) - length].endswith(transcript.SEPARATOR):
        return end
    for mark in (transcript.SEPARATOR, ". ", " "):
        at = end.find(mark)
        if 0 <= at < max(len(end) // 2, 1):
            rest = end[at + len(mark) :]
            return rest if mark == transcript.SEPARATOR else _within_prose(rest)
    return _within_prose(end)


def _within_prose(text: str) -> str:
    """Return a cut paragraph without a leading `>`, which would mark an action."""
    return text.lstrip("> \t\n")
