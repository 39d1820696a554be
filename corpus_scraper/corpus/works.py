"""The record of one work in a corpus, a line of `works.jsonl`."""

from dataclasses import asdict, dataclass
from typing import Any

from corpus_scraper.corpus.filters.block import BlockLog, characters
from corpus_scraper.corpus.filters.perspective import (
    CONVERTED,
    StoryPerspective,
    classify,
    story_pronoun_shares,
)
from corpus_scraper.corpus.splits import Candidate
from corpus_scraper.graph import Source, StoryGraph


@dataclass(frozen=True, slots=True)
class Work:
    """One story of a corpus."""

    id: str
    title: str
    author: str
    language: str
    licence: str
    source: Source
    input: str
    """Name of the input of the build that it came from: the source of its documents."""
    notes: tuple[str, ...]
    perspective: StoryPerspective
    """Its perspective in the corpus."""
    converted: bool
    """Whether it was converted to second person."""
    branching: bool
    """Whether its author offers choices; a converted novel has actions but no choices."""
    passages: int
    choices: int
    """Choices with a text; where the story goes on by itself there is none."""
    characters: int

    @property
    def perspective_label(self) -> str:
        """`second`, `first`, `third`, or `converted`."""
        return "converted" if self.converted else self.perspective.value

    @property
    def source_name(self) -> str:
        """The format or site that it was read from."""
        return self.source.parser or "unknown"

    def candidate(self) -> Candidate:
        """Return what its split assignment depends on."""
        author = " ".join(self.author.casefold().split())
        source = self.source
        keys = [f"author {author}"] if author else []
        keys += [f"file {source.place} {source.sha256}"] if source.sha256 else []
        return Candidate((*keys, f"work {self.id}"), self.perspective_label, self.characters)


def describe_work(graph: StoryGraph, log: BlockLog, *, branching: bool, input_: str) -> Work:
    """Return the record of `graph`, as the filters left it."""
    return Work(
        id=graph.id,
        title=graph.title,
        author=graph.author,
        language=graph.language,
        licence=graph.licence,
        source=graph.source,
        input=input_,
        notes=graph.notes,
        perspective=classify(story_pronoun_shares(graph)),
        converted=log.count("perspective").counts[CONVERTED] > 0,
        branching=branching,
        passages=len(graph.passages),
        choices=sum(bool(choice.text) for choice in graph.choices),
        characters=characters(graph),
    )


def work_document(
    work: Work, split: str, trained_characters: int, documents: int
) -> dict[str, Any]:
    """Return the line of `works.jsonl` for a work with what was written of it."""
    document = asdict(work)
    del document["converted"]  # the label of the perspective says it
    return document | {
        "perspective": work.perspective_label,
        "split": split,
        "trained_characters": trained_characters,
        "documents": documents,
    }
