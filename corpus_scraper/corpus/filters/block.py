"""The protocol of a pipeline block, and the log of what blocks did."""

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

from corpus_scraper.graph import StoryGraph
from dungeon.text import clean_line


class FilterBlock(Protocol):
    """A step of the pipeline."""

    @property
    def name(self) -> str:
        """Its name in counts and exclusions."""

    def __call__(self, graph: StoryGraph, log: "BlockLog", /) -> StoryGraph | None:
        """Return `graph` for the next block, or None where it is excluded and logged."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Something that is not in the corpus, or not trained on, and why."""

    block: str
    work: str
    """The id of the story."""
    reason: str
    characters: int
    passage: str = ""
    """The id of the passage; empty where the whole work is meant."""
    duplicate_of: str = ""
    """The id of the work that holds the same text, where one does."""

    def document(self) -> dict[str, Any]:
        """Return this as a line of `excluded.jsonl`."""
        return asdict(self) | {
            "passage": clean_line(self.passage) or None,
            "duplicate_of": self.duplicate_of or None,
        }


@dataclass(slots=True)
class BlockCount:
    """What went through a block. Sizes are characters."""

    works_in: int = 0
    works_out: int = 0
    characters_in: int = 0
    characters_out: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    """What it did, in words, and how often."""

    def add(self, other: "BlockCount") -> None:
        """Add what another process counted."""
        self.works_in += other.works_in
        self.works_out += other.works_out
        self.characters_in += other.characters_in
        self.characters_out += other.characters_out
        self.counts.update(other.counts)


@dataclass(slots=True)
class BlockLog:
    """What the blocks did to some stories."""

    counts: dict[str, BlockCount] = field(default_factory=dict)
    """By the names of the blocks, in their order."""
    excluded: list[Exclusion] = field(default_factory=list)

    def count(self, block: str) -> BlockCount:
        """Return the count of `block`."""
        return self.counts.setdefault(block, BlockCount())

    def record(self, block: str, before: StoryGraph, after: StoryGraph | None) -> None:
        """Count a story that went through `block`."""
        count = self.count(block)
        count.works_in += 1
        count.characters_in += characters(before)
        if after is not None:
            count.works_out += 1
            count.characters_out += characters(after)

    def exclude(self, block: str, graph: StoryGraph, reason: str) -> None:
        """Log that a whole story is excluded."""
        self.excluded.append(Exclusion(block, graph.id, reason, characters(graph)))
        self.count(block).counts[reason] += 1

    def exclude_passage(
        self, block: str, graph: StoryGraph, passage: str, reason: str, size: int
    ) -> None:
        """Log that one passage is excluded."""
        self.excluded.append(Exclusion(block, graph.id, reason, size, passage))
        self.count(block).counts[reason] += 1


def characters(graph: StoryGraph) -> int:
    """Return the characters of all passages and choices of `graph`."""
    passages = sum(len(passage.text) for passage in graph.passages)
    return passages + sum(len(choice.text) for choice in graph.choices)


def full_text(graph: StoryGraph) -> str:
    """Return the text of all passages of `graph`, a blank line between them."""
    return "\n\n".join(passage.text for passage in graph.passages)


def with_texts(graph: StoryGraph, passages: list[str], choices: list[str]) -> StoryGraph:
    """Return `graph` with other texts, in the order of its passages and of its choices."""
    return replace(
        graph,
        passages=tuple(
            passage if passage.text == text else replace(passage, text=text)
            for passage, text in zip(graph.passages, passages, strict=True)
        ),
        choices=tuple(
            choice if choice.text == text else replace(choice, text=text)
            for choice, text in zip(graph.choices, choices, strict=True)
        ),
    )
