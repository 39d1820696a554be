"""The two stages of a build that handle one story: prepare it and render it.

Both are pure functions, so any process can run them.
"""

import json
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from corpus_scraper import graph as graphs
from corpus_scraper.corpus import mixture, works
from corpus_scraper.corpus.duplicates import Fingerprint, Fingerprinter
from corpus_scraper.corpus.filters import BlockLog, Exclusion, blocks, run_blocks
from corpus_scraper.corpus.leftover_markup import Leftover, find_leftovers
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.corpus.works import Work
from corpus_scraper.documents.action_lines import turns_page
from corpus_scraper.documents.action_window import select_action_windows
from corpus_scraper.documents.documents import (
    CHARACTERS_PER_TOKEN,
    Document,
    DocumentStats,
    render_documents,
)
from corpus_scraper.documents.paths import normalise_graph
from corpus_scraper.formats.marked_passages import split_graph
from corpus_scraper.graph import ChoiceKind, Passage, StoryGraph
from dungeon import transcript
from dungeon.text import clean, clean_line

DUPLICATES = "duplicates"
"""Name of deduplication in counts and exclusions."""

ACTION_LINES = "action lines"
"""Name of the reading of choices in counts."""

ACTION_WINDOW = "action window"
"""Name of the action window in counts and exclusions."""

UNANSWERED = "unanswered actions"
"""Name of the removal of documents without a reply in counts and exclusions."""

fingerprinter = lru_cache(maxsize=1)(Fingerprinter)
"""The fingerprinter for a threshold, cached: making one takes longer than reading a story."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a `stories.jsonl`, and where it stands."""

    path: Path
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A story after the filters."""

    id: str
    log: BlockLog
    work: Work | None = None
    """Its record; None where the story is excluded, and then the rest is empty."""
    story: bytes = b""
    """Its normalised graph as a line of JSON."""
    fingerprints: tuple[Fingerprint, ...] = ()
    """Of its passages, in their order."""


def prepare(settings: BuildSettings, line: Line) -> Prepared:
    """Filter the story of a line, and normalise it to a transcript."""
    graph = split_graph(_clean_metadata(graphs.read_line(line.path, line.number, line.text)))
    log = BlockLog()
    kept = run_blocks(graph, blocks(settings), log)
    if kept is None:
        return Prepared(graph.id, log)
    kept = normalise_graph(kept)
    _count_actions(kept, log)
    make = fingerprinter(settings.dedup_threshold).make
    return Prepared(
        graph.id,
        log,
        works.describe_work(
            kept,
            log,
            branching=not all(turns_page(choice.text) for choice in graph.choices),
            input_=clean_line(line.path.stem),
        ),
        encode_line(graphs.to_dict(kept)),
        tuple(make(passage.text) for passage in kept.passages),
    )


def _count_actions(graph: StoryGraph, log: BlockLog) -> None:
    """Count what the choices of a normalised `graph` are."""
    log.record(ACTION_LINES, graph, graph)
    counts = log.count(ACTION_LINES).counts
    for choice in graph.choices:
        if not choice.text:
            counts["choices that only continue the story"] += 1
        elif choice.kind is ChoiceKind.ACTION:
            counts["action lines"] += 1
        else:
            counts["labels that are no action, kept as context"] += 1


def _clean_metadata(graph: StoryGraph) -> StoryGraph:
    """Return `graph` with clean metadata; its texts are cleaned when they are repaired."""
    source = graph.source
    return replace(
        graph,
        id=clean_line(graph.id),
        title=clean_line(graph.title),
        author=clean_line(graph.author),
        language=clean_line(graph.language),
        licence=clean_line(graph.licence),
        memory=clean(graph.memory).strip(),
        author_note=clean_line(graph.author_note),
        notes=tuple(map(clean_line, graph.notes)),
        source=replace(
            source,
            place=clean_line(source.place),
            fetched=clean_line(source.fetched),
            sha256=clean_line(source.sha256),
            parser=clean_line(source.parser),
        ),
    )


@dataclass(frozen=True, slots=True)
class DuplicateOf:
    """The place that already holds a passage."""

    work: str
    """The id of the work; that of its own, perhaps."""
    exact: bool
    """Whether in the same words."""


@dataclass(frozen=True, slots=True)
class StoryToRender:
    """A prepared story, and which of its passages are duplicates."""

    work: str
    story: bytes
    duplicates: dict[int, DuplicateOf]
    """By the index of the passage in the story."""
    source: str = ""
    """Name of the input of the build that the story is from."""


@dataclass(frozen=True, slots=True)
class RenderedStory:
    """The documents of one work."""

    records: tuple[bytes, ...]
    """Each as a line of JSON."""
    trained: "array[int]"
    """Trained characters of each document."""
    cut_points: "array[int]"
    """After how many trained characters, of all documents in order, the work may be cut."""
    measures: DocumentStats
    excluded: tuple[Exclusion, ...]
    """Passages that are context only, since another place holds them."""
    outside_window: int = 0
    """Characters that are excluded because no action line is near."""
    unanswered: int = 0
    """Characters that are excluded because their documents train on no reply."""
    leftovers: tuple[Leftover, ...] = ()
    """Markup that is left in what is trained on."""


def render(settings: BuildSettings, prepared: StoryToRender) -> RenderedStory:
    """Return the documents of a story."""
    graph = graphs.from_dict(json.loads(prepared.story))
    known = {graph.passages[place].id for place in prepared.duplicates}
    known |= {passage.id for passage in graph.passages if passage.context}
    made, measures = render_documents(
        graph, context=settings.context * CHARACTERS_PER_TOKEN, known=known
    )
    whole = sum(each.trained for each in made)
    if settings.action_window:
        made = [
            part for each in made for part in select_action_windows(each, settings.action_window)
        ]
    near = sum(each.trained for each in made)
    made = [each for each in made if _has_reply(each)]
    points = array("L")
    before = 0
    for each in made:
        inside = () if settings.action_window else mixture.cut_points(each.spans)
        points.extend(before + at for at in inside if at < each.trained)
        points.append(before + each.trained)
        before += each.trained
    return RenderedStory(
        tuple(record(prepared, graph, at, each) for at, each in enumerate(made, 1)),
        array("L", (each.trained for each in made)),
        points,
        measures,
        tuple(
            _exclusion(prepared.work, graph.passages[at], of)
            for at, of in prepared.duplicates.items()
        ),
        whole - near,
        near - before,
        tuple(
            found
            for each in made
            for span in each.spans
            if span.train
            for found in find_leftovers(span.text, graph.source.parser)
        ),
    )


def _has_reply(document: Document) -> bool:
    """Return whether a document trains on anything but action lines.

    A choice that leads to a passage of another document would be a document of one action line. In
    a story of many small choices a third of all documents are such, and none teaches a reply.
    """
    return any(
        not isinstance(block, transcript.ActionLine)
        for span in document.spans
        if span.train
        for block in transcript.read(span.text)
    )


def _exclusion(work: str, passage: Passage, known: DuplicateOf) -> Exclusion:
    words = "an exact" if known.exact else "a near"
    place = "the same work" if known.work == work else "another work"
    reason = f"it is {words} duplicate of a passage in {place}"
    return Exclusion(DUPLICATES, work, reason, len(passage.text), passage.id, known.work)


def record(story: StoryToRender, graph: StoryGraph, number: int, document: Document) -> bytes:
    """Return a document as a line of a split's file."""
    return encode_line(
        {
            "id": f"{story.work}#{number}",
            "work": story.work,
            "source": story.source,
            "licence": graph.licence,
            "memory_length": _memory_length(graph.memory, document),
            "spans": [{"text": span.text, "train": span.train} for span in document.spans],
        }
    )


def _memory_length(memory: str, document: Document) -> int:
    """Return the characters of memory at the beginning of a document, with the blank line."""
    front = transcript.write([transcript.Prose(memory)]) + transcript.SEPARATOR
    text = document.spans[0].text + transcript.SEPARATOR
    return len(front) if memory and text.startswith(front) else 0


def encode_line(value: object) -> bytes:
    """Return a value as one line of JSON; what UTF-8 cannot encode in an id becomes `?`."""
    return json.dumps(value, ensure_ascii=False).encode(errors="replace") + b"\n"


def story_lines(paths: Iterable[Path]) -> Iterator[Line]:
    """Yield the lines of files of stories. Raises InputRefused where one cannot be read."""
    for path in paths:
        for number, text in graphs.numbered_lines(path):
            yield Line(path, number, text)
