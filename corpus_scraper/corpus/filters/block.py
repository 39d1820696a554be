"""Provides Block, what every step of the pipeline is, and Ledger, where it says what it did.

Knows nothing of any one block.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from corpus_scraper.graph import StoryGraph
from dungeon.text import clean_line


class FilterBlock(Protocol):
    """A step of the pipeline."""

    @property
    def name(self) -> str:
        """What the counts and the list of what was left out call it."""

    def __call__(self, graph: StoryGraph, ledger: "BlockLog", /) -> StoryGraph | None:
        """Return `graph` as it goes on, or None if it is left out, which the ledger is told."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Something that is not in the corpus, or not learned, and why."""

    block: str
    work: str
    """The id of the story."""
    reason: str
    characters: int
    passage: str = ""
    """The id of the passage; empty where the whole work is meant."""
    told_in: str = ""
    """The id of the work that tells the same, where one does."""

    def document(self) -> dict[str, Any]:
        """Return this as a line of `excluded.jsonl`."""
        return {
            "block": self.block,
            "work": self.work,
            "passage": clean_line(self.passage) or None,
            "told_in": self.told_in or None,
            "reason": self.reason,
            "characters": self.characters,
        }


@dataclass(slots=True)
class BlockCount:
    """What went through a block. Sizes are characters."""

    works_in: int = 0
    works_out: int = 0
    characters_in: int = 0
    characters_out: int = 0
    did: Counter[str] = field(default_factory=Counter)
    """How often it did what, in words."""

    def add(self, other: "BlockCount") -> None:
        """Add what another process counted."""
        self.works_in += other.works_in
        self.works_out += other.works_out
        self.characters_in += other.characters_in
        self.characters_out += other.characters_out
        self.did.update(other.did)


@dataclass(slots=True)
class BlockLog:
    """What the blocks did to some stories."""

    counts: dict[str, BlockCount] = field(default_factory=dict)
    """By the names of the blocks, in their order."""
    left_out: list[Exclusion] = field(default_factory=list)

    def count(self, block: str) -> BlockCount:
        """Return the count of `block`."""
        return self.counts.setdefault(block, BlockCount())

    def passed(self, block: str, before: StoryGraph, after: StoryGraph | None) -> None:
        """Note that a story went through `block`."""
        count = self.count(block)
        count.works_in += 1
        count.characters_in += size(before)
        if after is not None:
            count.works_out += 1
            count.characters_out += size(after)

    def leave_out(self, block: str, graph: StoryGraph, reason: str) -> None:
        """Note that a whole story is left out."""
        self.left_out.append(Exclusion(block, graph.id, reason, size(graph)))
        self.count(block).did[reason] += 1

    def leave_out_passage(
        self, block: str, graph: StoryGraph, passage: str, reason: str, characters: int
    ) -> None:
        """Note that one passage is left out."""
        self.left_out.append(Exclusion(block, graph.id, reason, characters, passage))
        self.count(block).did[reason] += 1


def size(graph: StoryGraph) -> int:
    """Return the characters of all passages and choices of `graph`."""
    passages = sum(len(passage.text) for passage in graph.passages)
    return passages + sum(len(choice.text) for choice in graph.choices)


def whole(graph: StoryGraph) -> str:
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
