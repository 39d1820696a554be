"""Keep works by the class of their licence."""

from dataclasses import dataclass

from corpus_scraper.corpus.filters.block import BlockLog
from corpus_scraper.corpus.settings import Licences
from corpus_scraper.graph import StoryGraph
from corpus_scraper.licences import licence_class

_LET_IN = {
    "permissive": {"permissive"},
    "share-alike": {"permissive", "share-alike"},
    "copyleft": {"permissive", "share-alike", "copyleft"},
    "any": {"permissive", "share-alike", "copyleft", "unknown"},
}


@dataclass(frozen=True, slots=True)
class LicenceFilter:
    """Leaves out works whose licence is not among those asked for."""

    asked: Licences
    name: str = "licence"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph | None:
        """Return `graph`, or None where its licence does not allow it."""
        kind = licence_class(graph.licence)
        if kind in _LET_IN[self.asked]:
            return graph
        log.exclude(self.name, graph, f"its licence is {kind}")
        return None
