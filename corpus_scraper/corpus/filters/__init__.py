"""Provides the blocks of the pipeline that look at one story at a time, and their order.

A block takes a story and gives it back, changed or not, or leaves it out and says why. Adding one
is one file and one line here. What takes more than one story to decide (duplicates, shares) stands
in `duplicates/` and `shares.py`. Knows nothing of files and processes.
"""

from corpus_scraper.corpus.filters.block import Block, Count, Ledger, LeftOut
from corpus_scraper.corpus.filters.content import Content
from corpus_scraper.corpus.filters.language import Language
from corpus_scraper.corpus.filters.length import Length
from corpus_scraper.corpus.filters.licence import Licence
from corpus_scraper.corpus.filters.person import PersonTold
from corpus_scraper.corpus.filters.reach import Reach
from corpus_scraper.corpus.filters.repair import Repair
from corpus_scraper.corpus.filters.scrub import Scrub
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.graph import StoryGraph

__all__ = ["Block", "Count", "Ledger", "LeftOut", "blocks", "filtered"]


def blocks(settings: BuildSettings) -> tuple[Block, ...]:
    """Return the blocks in their order: what costs nothing first, what needs whole text last."""
    return (
        Licence(settings.licence),
        Repair(),
        Language(settings.language),
        Scrub(),
        Content(),
        Reach(),
        Length(settings.least_words),
        PersonTold(settings.person),
    )


def filtered(graph: StoryGraph, through: tuple[Block, ...], ledger: Ledger) -> StoryGraph | None:
    """Return `graph` as the blocks leave it, or None; the ledger tells what each did."""
    for each in through:
        kept = each(graph, ledger)
        ledger.passed(each.name, graph, kept)
        if kept is None:
            return None
        graph = kept
    return graph
