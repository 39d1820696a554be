"""Cover a story graph with paths that hold every passage and every choice exactly once.

A path goes depth first into the choice with the most text ahead. Every other choice starts a path
of its own, after as much of the path that leads there as the model may read without being trained
on it. A choice into a passage that is already covered ends its path. So nothing is trained on
twice, loops end, and each document is a true path through the story.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from corpus_scraper.documents.action_lines import to_action_line
from corpus_scraper.graph import Choice, Passage, StoryGraph
from dungeon import transcript
from dungeon.transcript import ActionLine, Block, Prose

LONGEST_WALK = 48_000
"""Characters after which a walk ends at the next passage, and goes on as another."""

Step = Passage | Choice


@dataclass(frozen=True, slots=True)
class Walk:
    """One way through a story."""

    context: tuple[Step, ...]
    """The last steps of the path that leads to the first of `steps`; told in other walks."""
    steps: tuple[Step, ...]
    """What is told here and nowhere else."""

    @property
    def conditional(self) -> bool:
        """Whether the author offers a way of this walk only under a condition."""
        return any(isinstance(s, Choice) and s.condition for s in (*self.context, *self.steps))


def normalise_graph(graph: StoryGraph) -> StoryGraph:
    """Return the part of `graph` that can be reached, in the words of a transcript.

    A choice's text becomes the player's line, empty where the story goes on by itself. What reads
    the same and leads to the same is one: a format may write it out once for every condition.
    """
    reached = graph.reachable()
    passages = [
        replace(passage, text=transcript.normalise(passage.text))
        for passage in graph.passages_by_id().values()
        if passage.id in reached
    ]
    choices = [
        replace(choice, text=to_action_line(choice.text))
        for choice in graph.choices
        if choice.origin in reached
    ]
    whole = replace(graph, passages=tuple(passages), choices=_once_each(choices))
    return _merged(whole, _twins(whole))


def _once_each(choices: Iterable[Choice]) -> tuple[Choice, ...]:
    """Return `choices` without those that repeat another; one that is always offered stays so."""
    found: dict[tuple[str, str, str], Choice] = {}
    for choice in choices:
        key = (choice.origin, choice.target, choice.text)
        if key not in found or not choice.condition:
            found[key] = choice
    return tuple(found.values())


def _twins(graph: StoryGraph) -> dict[str, str]:
    """Return the passages that read as another one and lead where it leads, by the other's id."""
    known, ways = graph.passages_by_id(), graph.choices_by_passage()
    first: dict[object, str] = {}
    twins: dict[str, str] = {}
    for id_ in _ends_first(graph.start, _targets(graph)):
        leads = dict.fromkeys(
            (
                way.text,
                "" if way.target == id_ else twins.get(way.target, way.target),
                way.condition,
            )
            for way in ways[id_]
        )
        passage = known[id_]
        other = first.setdefault((passage.text, passage.ending, tuple(leads)), id_)
        if other != id_ and passage.text:
            twins[id_] = other
    return twins


def _targets(graph: StoryGraph) -> dict[str, list[str]]:
    """Return where each passage leads, ways to nowhere left out."""
    ways = graph.choices_by_passage()
    known = {passage.id for passage in graph.passages}
    return {id_: [way.target for way in ways[id_] if way.target in known] for id_ in known}


def _ends_first(start: str, targets: dict[str, list[str]]) -> Iterator[str]:
    """Yield what can be reached, a passage after all it leads to; loops left out."""
    entered: set[str] = set()
    left: set[str] = set()
    waiting = [start] if start in targets else []
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


def _merged(graph: StoryGraph, twins: dict[str, str]) -> StoryGraph:
    return replace(
        graph,
        start=twins.get(graph.start, graph.start),
        passages=tuple(passage for passage in graph.passages if passage.id not in twins),
        choices=_once_each(
            replace(choice, target=twins.get(choice.target, choice.target))
            for choice in graph.choices
            if choice.origin not in twins
        ),
    )


def walks(graph: StoryGraph, context: int) -> Iterator[Walk]:
    """Yield the walks through a told `graph`, each after at most about `context` characters.

    The context is whole steps: the first of them may begin before the characters asked for.
    """
    yield from _Cover(graph, context).walks()


# A way is a choice by its place in the graph, so that two choices of the same words are two.

_Way = int
_START: _Way = -1


class _Cover:
    """What has been told of a story so far, and what is still to be told."""

    def __init__(self, graph: StoryGraph, context: int) -> None:
        self._choices = graph.choices
        self._known = graph.passages_by_id()
        self._start = graph.start
        self._context = context
        self._ways: dict[str, list[_Way]] = {passage: [] for passage in self._known}
        for way, choice in enumerate(graph.choices):
            self._ways[choice.origin].append(way)
        self._ahead = _text_ahead(graph)
        self._came: dict[str, _Way] = {}
        """The way by which each told passage was told."""
        self._waiting: list[_Way] = [_START] if self._start in self._known else []

    def walks(self) -> Iterator[Walk]:
        while self._waiting:
            way = self._waiting.pop()
            context = self._path_to(self._choices[way].origin) if way != _START else ()
            yield Walk(context, tuple(self._walk(way)))

    def _walk(self, way: _Way | None) -> Iterator[Step]:
        """Yield the steps from `way` on, and leave the ways that are not taken waiting."""
        length = 0
        while way is not None:
            if way != _START:
                yield self._choices[way]
            passage = self._known.get(self._target(way))
            if passage is None or passage.id in self._came:
                return
            self._came[passage.id] = way
            yield passage
            length += len(passage.text)
            way = self._onward(passage.id, stop=length >= LONGEST_WALK)

    def _onward(self, passage: str, *, stop: bool) -> _Way | None:
        """Return the way to go on from `passage`; the others wait, the author's first on top."""
        ways = self._ways[passage]
        best = None if stop else max(ways, key=self._promise, default=None)
        self._waiting.extend(way for way in reversed(ways) if way != best)
        return best

    def _promise(self, way: _Way) -> tuple[bool, bool, int, int]:
        """Return how good a way is to go on: something new, unconditionally, and much of it."""
        choice = self._choices[way]
        fresh = choice.target in self._known and choice.target not in self._came
        ahead = self._ahead.get(choice.target, 0)
        return fresh, not choice.condition, ahead if fresh else 0, -way

    def _path_to(self, passage: str) -> tuple[Step, ...]:
        """Return the last steps of the path by which `passage` was told, itself included."""
        path: list[Step] = []
        length = 0
        while length < self._context:
            path.append(self._known[passage])
            way = self._came[passage]
            if way == _START:
                break
            choice = self._choices[way]
            length += len(self._known[passage].text) + len(choice.text)
            path.append(choice)
            passage = choice.origin
        return tuple(reversed(path))

    def _target(self, way: _Way) -> str:
        return self._start if way == _START else self._choices[way].target


def _text_ahead(graph: StoryGraph) -> dict[str, int]:
    """Return for every passage the characters on the longest way on from it, loops left out."""
    known, targets = graph.passages_by_id(), _targets(graph)
    ahead: dict[str, int] = {}
    for id_ in _ends_first(graph.start, targets):
        longest = max((ahead.get(target, 0) for target in targets[id_]), default=0)
        ahead[id_] = len(known[id_].text) + longest
    return ahead


# Walks as documents.


ACTIONS_PER_NOTE = 3
"""Actions of a document for each time that it shows the author's note."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a document. The pieces of a document joined are its transcript."""

    text: str
    train: bool
    """Whether it is learned, or only read."""


def walk_spans(
    walk: Walk,
    context: int,
    known: Collection[str] = (),
    *,
    memory: str = "",
    author_note: str = "",
) -> list[Span]:
    """Return `walk` as spans with at most `context` characters before what it tells.

    The passages of the ids in `known` are read and not trained on: another work holds them. Memory
    and author's note stand where the game's prompts have them, and are not trained on either: the
    memory in front of everything, the note before every third action, since a prompt has it once,
    shortly before its end.
    """
    before = shorten(transcript.write(map(to_block, walk.context)), context)
    front = transcript.write([Prose(memory), Prose(before)]) if memory else before
    found = [Span(front, train=False)] if front else []
    groups: list[tuple[bool, list[Block]]] = []

    def add(train: bool, new: Block) -> None:
        if not groups or groups[-1][0] != train:
            groups.append((train, []))
        groups[-1][1].append(new)

    actions = 0
    for step in walk.steps:
        if author_note and isinstance(step, Choice) and step.text:
            if actions % ACTIONS_PER_NOTE == 0:
                add(False, Prose(transcript.author_note(author_note)))
            actions += 1
        add(not (isinstance(step, Passage) and step.id in known), to_block(step))
    for train, blocks in groups:
        if text := transcript.write(blocks):
            found.append(Span(transcript.SEPARATOR + text if found else text, train))
    return found


def to_block(step: Step) -> Block:
    """Return a step as the transcript tells it."""
    return Prose(step.text) if isinstance(step, Passage) else ActionLine(step.text)


def shorten(text: str, length: int) -> str:
    """Return the end of `text`, at most `length` characters, from where something begins."""
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
    """Return what is left of a paragraph, without a `>` that would now be taken for an action's."""
    return text.lstrip("> \t\n")
