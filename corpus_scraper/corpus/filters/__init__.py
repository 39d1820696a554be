"""Provides the blocks of the pipeline that look at one story at a time, and their order.

A block takes a story and gives it back, changed or not, or leaves it out and says why. Adding one
is one file and one line here. What takes more than one story to decide (duplicates, shares) stands
in `duplicates/` and `shares.py`. Knows nothing of files and processes.
"""

from corpus_scraper.corpus.filters.block import BlockCount, BlockLog, Exclusion, FilterBlock
from corpus_scraper.corpus.filters.content import ContentFilter
from corpus_scraper.corpus.filters.encoding import EncodingRepair
from corpus_scraper.corpus.filters.language import LanguageFilter
from corpus_scraper.corpus.filters.length import LengthFilter
from corpus_scraper.corpus.filters.licence import LicenceFilter
from corpus_scraper.corpus.filters.perspective import PerspectiveFilter
from corpus_scraper.corpus.filters.pii import PiiFilter
from corpus_scraper.corpus.filters.reachability import ReachabilityFilter
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.graph import StoryGraph

__all__ = ["BlockCount", "BlockLog", "Exclusion", "FilterBlock", "blocks", "filtered"]


def blocks(settings: BuildSettings) -> tuple[FilterBlock, ...]:
    """Return the blocks in their order: what costs nothing first, what needs whole text last."""
    return (
        LicenceFilter(settings.licence),
        EncodingRepair(),
        LanguageFilter(settings.language),
        PiiFilter(),
        ContentFilter(),
        ReachabilityFilter(),
        LengthFilter(settings.least_words),
        PerspectiveFilter(settings.person),
    )


def filtered(
    graph: StoryGraph, through: tuple[FilterBlock, ...], ledger: BlockLog
) -> StoryGraph | None:
    """Return `graph` as the blocks leave it, or None; the ledger tells what each did."""
    for each in through:
        kept = each(graph, ledger)
        ledger.passed(each.name, graph, kept)
        if kept is None:
            return None
        graph = kept
    return graph
