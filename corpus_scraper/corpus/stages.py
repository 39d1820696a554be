"""Provides the two steps of a build that look at one story: preparing it, and telling it.

Both take values and give values, so that any process can do them. Knows nothing of files.
"""

import json
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from corpus_scraper import graph as graphs
from corpus_scraper.corpus import mixture, works
from corpus_scraper.corpus.duplicates import Fingerprint, Maker
from corpus_scraper.corpus.filters import BlockLog, Exclusion, blocks, filtered
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.corpus.works import Work
from corpus_scraper.documents.action_lines import to_action_line
from corpus_scraper.documents.action_window import select_action_windows
from corpus_scraper.documents.documents import CHARACTERS_PER_TOKEN, Document, Measures, documents
from corpus_scraper.documents.paths import normalise_graph
from corpus_scraper.graph import Passage, StoryGraph
from dungeon.text import clean, clean_line

DUPLICATES = "duplicates"
"""What the counts call it that a passage is told elsewhere."""

AROUND_DEEDS = "around deeds"
"""What the counts call it that no player's line is near."""

maker = lru_cache(maxsize=1)(Maker)
"""The maker of fingerprints for a threshold: it takes longer to make than a story to read."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a `stories.jsonl`, and where it stands."""

    path: Path
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A story that went through the filters."""

    id: str
    ledger: BlockLog
    work: Work | None = None
    """What is told of it; None where it is left out, and then the rest is empty, too."""
    story: bytes = b""
    """Its told graph as a line of JSON."""
    fingerprints: tuple[Fingerprint, ...] = ()
    """Of its passages, in their order."""


def prepare(settings: BuildSettings, line: Line) -> Prepared:
    """Return the story of a line as the filters leave it, in the words of a transcript."""
    graph = _entered(graphs.read_line(line.path, line.number, line.text))
    ledger = BlockLog()
    kept = filtered(graph, blocks(settings), ledger)
    if kept is None:
        return Prepared(graph.id, ledger)
    kept = normalise_graph(kept)
    make = maker(settings.similar).make
    return Prepared(
        graph.id,
        ledger,
        works.work(
            kept, ledger, branching=any(to_action_line(choice.text) for choice in graph.choices)
        ),
        encoded(graphs.document(kept)),
        tuple(make(passage.text) for passage in kept.passages),
    )


def _entered(graph: StoryGraph) -> StoryGraph:
    """Return `graph` with what is told of it clean; its texts are cleaned as they are repaired."""
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
class Known:
    """What tells the same as a passage."""

    work: str
    """The id of the work; that of its own, perhaps."""
    exact: bool
    """Whether in the same words."""


@dataclass(frozen=True, slots=True)
class Untold:
    """A prepared story, and which of its passages are told elsewhere."""

    work: str
    story: bytes
    known: dict[int, Known]
    """By the place of the passage in the story."""


@dataclass(frozen=True, slots=True)
class RenderedStory:
    """The documents of one work."""

    records: tuple[bytes, ...]
    """Each as a line of JSON."""
    learned: "array[int]"
    """The characters each teaches."""
    points: "array[int]"
    """After how many learned characters, of all documents in order, the work may be cut."""
    measures: Measures
    left_out: tuple[Exclusion, ...]
    """The passages that are read and not learned, being told elsewhere."""
    far: int = 0
    """Characters that are left out because no player's line is near."""


def tell(settings: BuildSettings, untold: Untold) -> RenderedStory:
    """Return the documents of a story."""
    graph = graphs.from_document(json.loads(untold.story))
    known = {graph.passages[place].id for place in untold.known}
    made, measures = documents(graph, context=settings.context * CHARACTERS_PER_TOKEN, known=known)
    whole = sum(each.trained for each in made)
    if settings.around_deeds:
        made = [
            part for each in made for part in select_action_windows(each, settings.around_deeds)
        ]
    points = array("L")
    before = 0
    for each in made:
        inside = () if settings.around_deeds else mixture.points(each.spans)
        points.extend(before + at for at in inside if at < each.trained)
        points.append(before + each.trained)
        before += each.trained
    return RenderedStory(
        tuple(record(untold.work, graph.licence, at, each) for at, each in enumerate(made, 1)),
        array("L", (each.trained for each in made)),
        points,
        measures,
        tuple(_left_out(untold.work, graph.passages[at], of) for at, of in untold.known.items()),
        whole - before,
    )


def _left_out(work: str, passage: Passage, known: Known) -> Exclusion:
    words = "word for word" if known.exact else "nearly word for word"
    place = "before in the same work" if known.work == work else "in another work"
    reason = f"it is told {words} {place}"
    return Exclusion(DUPLICATES, work, reason, len(passage.text), passage.id, known.work)


def record(work: str, licence: str, number: int, document: Document) -> bytes:
    """Return a document as a line of a split's file."""
    spans = [{"text": span.text, "train": span.train} for span in document.spans]
    return encoded({"id": f"{work}#{number}", "work": work, "licence": licence, "spans": spans})


def encoded(value: object) -> bytes:
    """Return a value as one line of JSON; what UTF-8 cannot say in a passage's id becomes `?`."""
    return json.dumps(value, ensure_ascii=False).encode(errors="replace") + b"\n"


def lines(paths: Iterable[Path]) -> Iterator[Line]:
    """Yield the lines of files of stories. Raises InputRefused where one cannot be read."""
    for path in paths:
        for number, text in graphs.numbered_lines(path):
            yield Line(path, number, text)
