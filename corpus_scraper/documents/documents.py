"""Render the training documents of one story, and measure them."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields

from corpus_scraper.documents.paths import (
    Path,
    Span,
    Step,
    cover,
    is_trained,
    path_spans,
    shorten_context,
    to_block,
)
from corpus_scraper.documents.single_turns import split_turns
from corpus_scraper.graph import Passage, StoryGraph
from dungeon import transcript

CHARACTERS_PER_TOKEN = 4
"""Average of English text; context is configured in tokens and cut in characters."""

CONTEXT_TOKENS = 1_000
"""Default context tokens before each training span."""

MAX_REPEATED_SHARE = 0.69
"""Maximum share of a story that its documents repeat as context. A story of many
small choices gets a shorter context, so that no story is emitted more than 1.7 times; except for
stories with an author's note, which are shown turn by turn, as the game would prompt for them."""

SHORT_CONTEXT = 120
"""Context characters before a choice whose outcome is in another document."""

CONTEXT_TOLERANCE = 8
"""Characters by which a context may be shorter than the longest that is possible."""


@dataclass(frozen=True, slots=True)
class Document:
    """One training document."""

    spans: tuple[Span, ...]
    conditional: bool
    """Whether a choice on its way is offered only under a condition."""

    @property
    def trained(self) -> int:
        """Trained characters."""
        return sum(len(span.text) for span in self.spans if span.train)


@dataclass(frozen=True, slots=True)
class DocumentStats:
    """What the documents of stories hold.

    Sizes are characters of passages and choices; trained text counts without the marks and blank
    lines between them, context counts with them.
    """

    unique: int = 0
    """Of every reachable passage and choice, once; without duplicates of other works."""
    trained: int = 0
    """Of text that is trained on."""
    emitted: int = 0
    """Of everything written, trained on or context."""
    passages: int = 0
    """Reachable passages."""
    passages_covered: int = 0
    choices: int = 0
    """Choices in reachable passages."""
    choices_covered: int = 0
    documents: int = 0
    conditional: int = 0
    """Documents with a choice that is offered only under a condition."""
    largest_repeat: int = 0
    """How many documents hold the passage that most hold."""

    def __add__(self, other: "DocumentStats") -> "DocumentStats":
        sums = {f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)}
        sums["largest_repeat"] = max(self.largest_repeat, other.largest_repeat)
        return DocumentStats(**sums)

    @property
    def expansion(self) -> float:
        """Emitted characters for each unique one."""
        return self.emitted / self.unique if self.unique else 1.0

    @property
    def exposure(self) -> float:
        """Trained characters per unique one: 1 where everything is trained on exactly once."""
        return self.trained / self.unique if self.unique else 1.0

    @property
    def coverage(self) -> float:
        """Share of passages and choices that are in documents."""
        there = self.passages + self.choices
        return (self.passages_covered + self.choices_covered) / there if there else 1.0


def render_documents(
    graph: StoryGraph, *, context: int, known: Collection[str] = ()
) -> tuple[list[Document], DocumentStats]:
    """Return the documents of a normalised `graph`, and their measures.

    `context` is the maximum of context characters. Passages whose ids are in `known` are context
    only. A document without trained text is not made.
    """
    ways = list(cover(graph, context))
    if graph.author_note:
        ways = [turn for way in ways for turn in split_turns(way, context)]
        before = [context] * len(ways)  # without the story, a prompt would not be the game's
    else:
        repeated = int(MAX_REPEATED_SHARE * _size(graph, known)) - _label_size(graph)
        before = _contexts(ways, context, max(repeated, 0), known)
    made = [
        Document(
            tuple(path_spans(way, most, known, memory=graph.memory, author_note=graph.author_note)),
            way.conditional,
        )
        for way, most in zip(ways, before, strict=True)
    ]
    return [each for each in made if each.trained], _measured(graph, ways, made, known)


def _contexts(ways: list[Path], context: int, total: int, known: Collection[str]) -> list[int]:
    """Return the context characters of each walk's document; at most `total` in all.

    Where that is not enough for all, documents that train on prose get most of them.
    """
    paths = [transcript.write(map(to_block, way.context)) for way in ways]
    if sum(min(len(path), context) for path in paths) <= total:
        return [context] * len(paths)
    teach = [
        any(isinstance(step, Passage) and step.text and step.id not in known for step in way.steps)
        for way in ways
    ]
    few = min(context, SHORT_CONTEXT, water_level(map(len, paths), total) // 2)
    left = total - sum(
        len(shorten_context(path, few))
        for path, is_prose in zip(paths, teach, strict=True)
        if not is_prose
    )
    most = _longest(
        [path for path, is_prose in zip(paths, teach, strict=True) if is_prose], context, left
    )
    return [most if is_prose else few for is_prose in teach]


def _longest(paths: list[str], context: int, total: int) -> int:
    """Return about the greatest length to which `paths` come to at most `total` when shortened.

    A path is shortened to where something begins, so it takes less than its share.
    """
    fits = min(context, water_level(map(len, paths), total))
    too_long = context + 1
    while too_long - fits > CONTEXT_TOLERANCE:
        middle = (fits + too_long) // 2
        if sum(len(shorten_context(path, middle)) for path in paths) <= total:
            fits = middle
        else:
            too_long = middle
    return fits


def water_level(sizes: Iterable[int], total: int) -> int:
    """Return the greatest size to which `sizes` can be cut so that they come to at most `total`."""
    ordered = sorted(sizes)
    left = total
    for at, size in enumerate(ordered):
        share = left // (len(ordered) - at)
        if size > share:
            return share
        left -= size
    return ordered[-1] if ordered else 0


def _size(graph: StoryGraph, known: Collection[str]) -> int:
    passages = sum(len(p.text) for p in graph.passages if p.id not in known)
    return passages + sum(len(choice.text) for choice in graph.choices if is_trained(choice, known))


def _label_size(graph: StoryGraph) -> int:
    """Return the characters of the labels that are no actions: they are read as context, too."""
    kept = (choice.text for choice in graph.choices if not is_trained(choice, ()))
    return sum(len(text) + len(transcript.SEPARATOR) for text in kept)


def _measured(
    graph: StoryGraph, ways: list[Path], made: list[Document], known: Collection[str]
) -> DocumentStats:
    steps: Counter[Step] = Counter(step for way in ways for step in way.steps)
    held = Counter(
        step.id for way in ways for step in (*way.context, *way.steps) if isinstance(step, Passage)
    )
    new = {step: n for step, n in steps.items() if is_trained(step, known)}
    trained = sum(len(step.text) * n for step, n in new.items())
    kept = [document for document in made if document.trained]
    read = sum(len(span.text) for each in kept for span in each.spans if not span.train)
    return DocumentStats(
        unique=_size(graph, known),
        trained=trained,
        emitted=trained + read,
        passages=len(graph.passages),
        passages_covered=_covered(graph.passages, steps),
        choices=len(graph.choices),
        choices_covered=_covered(graph.choices, steps),
        documents=len(kept),
        conditional=sum(document.conditional for document in kept),
        largest_repeat=max(held.values(), default=0),
    )


def _covered(there: Iterable[Step], steps: Counter[Step]) -> int:
    """Return how many of `there` are among `steps`, with multiplicity."""
    counted: Counter[Step] = Counter(there)
    return sum((counted & steps).values())
