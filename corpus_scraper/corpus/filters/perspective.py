"""Provides the block that decides to whom a story is told, by measure.

Knows nothing of grammar.
"""

from dataclasses import dataclass
from enum import StrEnum

from corpus_scraper.corpus.filters.block import BlockLog, whole
from corpus_scraper.corpus.settings import Person
from corpus_scraper.documents.perspective import convert_to_second_person, without_asides
from corpus_scraper.graph import StoryGraph
from dungeon.perspective import PronounShares, pronoun_shares
from dungeon.transcript import SEPARATOR

LEAST_YOU = 0.02
"""The share of you-words outside quotations from which a story is told to the reader; branching
stories have 0.08, novels 0.001."""

LEAST_I = 0.015
"""The share of I-words outside quotations from which the hero tells it; such novels have 0.03."""

MEASURED = 100_000
"""Characters of a story that are measured; more would change the shares by less than a thousandth.
"""

TURNED = "works turned into the second person"
"""What the ledger says of a story that was turned."""


class PerspectiveMeasure(StrEnum):
    """To whom a story is told, and by whom."""

    SECOND = "second"
    FIRST = "first"
    THIRD = "third"


def share_of(graph: StoryGraph) -> PronounShares:
    """Return the person share of a story: of a long one, of paragraphs all through it."""
    text = whole(graph)
    if len(text) > MEASURED:
        paragraphs = text.split(SEPARATOR)
        text = SEPARATOR.join(paragraphs[:: len(text) // MEASURED + 1])
    return pronoun_shares(text)


def told(share: PronounShares) -> PerspectiveMeasure:
    """Return the person a text with these shares is told in."""
    if share.second >= LEAST_YOU and share.second > share.first:
        return PerspectiveMeasure.SECOND
    return PerspectiveMeasure.FIRST if share.first >= LEAST_I else PerspectiveMeasure.THIRD


@dataclass(frozen=True, slots=True)
class PerspectiveFilter:
    """Turns first person into second, and leaves out the rest, as far as it is asked to."""

    asked: Person
    name: str = "person"

    def __call__(self, graph: StoryGraph, ledger: BlockLog) -> StoryGraph | None:
        """Return `graph`, perhaps turned, or None where it is not told to the reader."""
        if self.asked == "told":
            return graph
        person = told(share_of(graph))
        if person is PerspectiveMeasure.FIRST:
            self._note_asides(graph, ledger)
            graph = convert_to_second_person(graph)
            ledger.count(self.name).did[TURNED] += 1
        elif person is PerspectiveMeasure.THIRD and self.asked == "second":
            ledger.leave_out(self.name, graph, "it is not told to the reader")
            return None
        return graph

    def _note_asides(self, graph: StoryGraph, ledger: BlockLog) -> None:
        for passage in graph.passages:
            if cut := len(passage.text) - len(without_asides(passage.text)):
                reason = "paragraphs in which the hero speaks to somebody are not turned"
                ledger.leave_out_passage(self.name, graph, passage.id, reason, cut)
