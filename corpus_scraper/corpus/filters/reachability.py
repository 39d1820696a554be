"""Exclude passages that no choice leads to.

What only a passage led to that the content rule removed is not among them: it is a start by then.
"""

from collections import Counter
from dataclasses import dataclass, replace

from corpus_scraper.corpus.filters.block import BlockLog
from corpus_scraper.graph import StoryGraph


@dataclass(frozen=True, slots=True)
class ReachabilityFilter:
    """Excludes what cannot be reached from a start."""

    name: str = "reachability"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph:
        """Return the part of `graph` that can be reached."""
        reached = graph.reachable()
        lost: Counter[str] = Counter()
        for passage in graph.passages:
            if passage.id not in reached:
                lost[passage.id] += len(passage.text)
        for choice in graph.choices:
            if choice.origin not in reached:
                lost[choice.origin] += len(choice.text)
        if not lost:
            return graph
        for id_, size in lost.items():
            log.exclude_passage(self.name, graph, id_, "no choice leads to it", size)
        return replace(
            graph,
            passages=tuple(passage for passage in graph.passages if passage.id in reached),
            choices=tuple(choice for choice in graph.choices if choice.origin in reached),
        )
