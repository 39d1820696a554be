"""Provides Work: what a corpus tells of one story, and the line of `works.jsonl` that says it.

Knows nothing of the story's text.
"""

from dataclasses import dataclass
from typing import Any

from corpus_scraper.corpus.filters.block import BlockLog, size
from corpus_scraper.corpus.filters.perspective import TURNED, PerspectiveMeasure, share_of, told
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
    notes: tuple[str, ...]
    person: PerspectiveMeasure
    """The person it is told in, as it stands in the corpus."""
    turned: bool
    """Whether it was turned into the second person."""
    branching: bool
    """Whether its author let the reader choose: a story that was only turned has deeds, no ways."""
    passages: int
    choices: int
    """Ways that the player picks; where the story goes on by itself he picks none."""
    characters: int

    @property
    def told(self) -> str:
        """How it is told, in a word for counts."""
        return "turned" if self.turned else self.person.value

    def candidate(self) -> Candidate:
        """Return what its split depends on."""
        author = " ".join(self.author.casefold().split())
        source = self.source
        keys = [f"author {author}"] if author else []
        keys += [f"file {source.place} {source.sha256}"] if source.sha256 else []
        return Candidate((*keys, f"work {self.id}"), self.told, self.characters)


def work(graph: StoryGraph, ledger: BlockLog, *, branching: bool) -> Work:
    """Return what is told of `graph`, as the filters left it."""
    return Work(
        id=graph.id,
        title=graph.title,
        author=graph.author,
        language=graph.language,
        licence=graph.licence,
        source=graph.source,
        notes=graph.notes,
        person=told(share_of(graph)),
        turned=ledger.count("person").did[TURNED] > 0,
        branching=branching,
        passages=len(graph.passages),
        choices=sum(bool(choice.text) for choice in graph.choices),
        characters=size(graph),
    )


def document(work: Work, split: str, learned: int, documents: int) -> dict[str, Any]:
    """Return the line of `works.jsonl` for a work of which so much is learned."""
    source = work.source
    return {
        "id": work.id,
        "title": work.title,
        "author": work.author,
        "language": work.language,
        "licence": work.licence,
        "source": {
            "place": source.place,
            "fetched": source.fetched,
            "sha256": source.sha256,
            "parser": source.parser,
            "parser_version": source.parser_version,
        },
        "notes": list(work.notes),
        "told": work.told,
        "branching": work.branching,
        "split": split,
        "passages": work.passages,
        "choices": work.choices,
        "characters": work.characters,
        "learned": learned,
        "documents": documents,
    }
