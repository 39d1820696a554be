"""Provides the block that leaves out passages to which no way leads.

Knows nothing of why: the author's draft, a link that was not understood, a way left out before.
"""

from dataclasses import dataclass, replace

from corpus_scraper.corpus.filters.block import BlockLog
from corpus_scraper.graph import StoryGraph


@dataclass(frozen=True, slots=True)
class ReachabilityFilter:
    """Leaves out what cannot be reached from the start."""

    name: str = "reach"

    def __call__(self, graph: StoryGraph, ledger: BlockLog) -> StoryGraph:
        """Return the part of `graph` that can be reached."""
        reached = graph.reachable()
        if len(reached) == len(graph.passages):
            return graph
        for passage in graph.passages:
            if passage.id not in reached:
                ledger.leave_out_passage(
                    self.name, graph, passage.id, "no way leads to it", len(passage.text)
                )
        return replace(
            graph,
            passages=tuple(passage for passage in graph.passages if passage.id in reached),
            choices=tuple(choice for choice in graph.choices if choice.origin in reached),
        )
