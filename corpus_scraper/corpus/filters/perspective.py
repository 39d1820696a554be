"""Measure the narrative perspective of stories, and convert first person to second."""

from dataclasses import dataclass
from enum import StrEnum

from corpus_scraper.corpus.filters.block import BlockLog, full_text
from corpus_scraper.corpus.settings import Perspective
from corpus_scraper.documents.perspective import convert_to_second_person, without_asides
from corpus_scraper.graph import StoryGraph
from dungeon.perspective import PronounShares, pronoun_shares
from dungeon.transcript import SEPARATOR

MIN_SECOND_PERSON = 0.02
"""Minimum share of you-words outside quotations in second person; branching stories have 0.08,
novels 0.001."""

MIN_FIRST_PERSON = 0.015
"""Minimum share of I-words outside quotations in first person; such novels have 0.03."""

MAX_MEASURED = 100_000
"""Characters of a story that are measured; more would change the shares by less than a thousandth.
"""

CONVERTED = "works turned into the second person"
"""What the log says of a story that was turned."""


class StoryPerspective(StrEnum):
    """Narrative perspective of a story."""

    SECOND = "second"
    FIRST = "first"
    THIRD = "third"


def story_pronoun_shares(graph: StoryGraph) -> PronounShares:
    """Return the pronoun shares of a story; a long one is sampled by paragraphs."""
    text = full_text(graph)
    if len(text) > MAX_MEASURED:
        paragraphs = text.split(SEPARATOR)
        text = SEPARATOR.join(paragraphs[:: len(text) // MAX_MEASURED + 1])
    return pronoun_shares(text)


def classify(share: PronounShares) -> StoryPerspective:
    """Return the perspective of a text with these pronoun shares."""
    if share.second >= MIN_SECOND_PERSON and share.second > share.first:
        return StoryPerspective.SECOND
    return StoryPerspective.FIRST if share.first >= MIN_FIRST_PERSON else StoryPerspective.THIRD


@dataclass(frozen=True, slots=True)
class PerspectiveFilter:
    """Converts first person to second, and excludes the rest, as configured."""

    asked: Perspective
    name: str = "perspective"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph | None:
        """Return `graph`, converted where asked, or None where it is excluded."""
        if self.asked == "keep":
            return graph
        perspective = classify(story_pronoun_shares(graph))
        if perspective is StoryPerspective.FIRST:
            self._note_asides(graph, log)
            graph = convert_to_second_person(graph)
            log.count(self.name).counts[CONVERTED] += 1
        elif perspective is StoryPerspective.THIRD and self.asked == "second-only":
            log.exclude(self.name, graph, "it is not in second person")
            return None
        return graph

    def _note_asides(self, graph: StoryGraph, log: BlockLog) -> None:
        for passage in graph.passages:
            if cut := len(passage.text) - len(without_asides(passage.text)):
                reason = "paragraphs that address somebody are not converted"
                log.exclude_passage(self.name, graph, passage.id, reason, cut)
