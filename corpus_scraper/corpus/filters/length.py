"""Exclude stories that are too short."""

from dataclasses import dataclass

from corpus_scraper.corpus.filters.block import BlockLog
from corpus_scraper.graph import StoryGraph


@dataclass(frozen=True, slots=True)
class LengthFilter:
    """Leaves out stories of fewer words."""

    least: int
    name: str = "length"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph | None:
        """Return `graph`, or None where its passages and choices have too few words."""
        words = sum(len(passage.text.split()) for passage in graph.passages)
        words += sum(len(choice.text.split()) for choice in graph.choices)
        if words and words >= self.least:
            return graph
        log.exclude(self.name, graph, f"it has fewer than {max(self.least, 1)} words")
        return None
