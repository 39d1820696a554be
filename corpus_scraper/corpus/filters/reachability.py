"""Exclude passages that no choice leads to."""

from dataclasses import dataclass, replace

from corpus_scraper.corpus.filters.block import BlockLog
from corpus_scraper.graph import StoryGraph


@dataclass(frozen=True, slots=True)
class ReachabilityFilter:
    """Excludes what cannot be reached from the start."""

    name: str = "reachability"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph:
        """Return the part of `graph` that can be reached."""
        reached = graph.reachable()
        if len(reached) == len(graph.passages):
            return graph
        for passage in graph.passages:
            if passage.id not in reached:
                log.exclude_passage(
                    self.name, graph, passage.id, "no choice leads to it", len(passage.text)
                )
        return replace(
            graph,
            passages=tuple(passage for passage in graph.passages if passage.id in reached),
            choices=tuple(choice for choice in graph.choices if choice.origin in reached),
        )
