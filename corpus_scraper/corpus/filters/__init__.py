"""The pipeline blocks that look at one story at a time, and their order.

A block returns a story, changed or not, or excludes it and logs why. A new one is a module here
and a line in `blocks()`. What needs more than one story (deduplication, mixture) is in
`duplicates/` and `mixture.py`.
"""

from corpus_scraper.corpus.filters.block import BlockCount, BlockLog, Exclusion, FilterBlock
from corpus_scraper.corpus.filters.content import ContentFilter
from corpus_scraper.corpus.filters.encoding import EncodingRepair
from corpus_scraper.corpus.filters.language import LanguageFilter
from corpus_scraper.corpus.filters.length import LengthFilter
from corpus_scraper.corpus.filters.licence import LicenceFilter
from corpus_scraper.corpus.filters.menus import MenuFilter
from corpus_scraper.corpus.filters.perspective import PerspectiveFilter
from corpus_scraper.corpus.filters.pii import PiiFilter
from corpus_scraper.corpus.filters.reachability import ReachabilityFilter
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.graph import StoryGraph

__all__ = ["BlockCount", "BlockLog", "Exclusion", "FilterBlock", "blocks", "run_blocks"]


def blocks(settings: BuildSettings) -> tuple[FilterBlock, ...]:
    """Return the blocks in their order: the cheap ones first."""
    return (
        LicenceFilter(settings.licence),
        EncodingRepair(),
        LanguageFilter(settings.language),
        PiiFilter(),
        ContentFilter(),
        MenuFilter(),
        ReachabilityFilter(),
        LengthFilter(settings.min_words),
        PerspectiveFilter(settings.perspective),
    )


def run_blocks(
    graph: StoryGraph, through: tuple[FilterBlock, ...], log: BlockLog
) -> StoryGraph | None:
    """Return `graph` as the blocks leave it, or None; the log tells what each did."""
    for each in through:
        kept = each(graph, log)
        log.record(each.name, graph, kept)
        if kept is None:
            return None
        graph = kept
    return graph
