"""Exclude what breaks the content rule, which is the same as the game's."""

from dataclasses import dataclass, replace

from corpus_scraper.corpus.filters.block import BlockLog
from corpus_scraper.graph import Passage, StoryGraph
from dungeon.safety import MAX_DISTANCE, violates
from dungeon.transcript import SEPARATOR

MOST_CUT = 0.25
"""Share of a passage that may be cut out of it; beyond that the whole passage is excluded."""

_REASON = "it breaks the content rule"


@dataclass(frozen=True, slots=True)
class ContentFilter:
    """Cuts out paragraphs that break the content rule, and short passages that do as a whole."""

    name: str = "content"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph | None:
        """Return `graph` without what breaks the rule, or None where nothing could begin then."""
        passages = [self._judged(graph, passage, log) for passage in graph.passages]
        kept = tuple(passage for passage in passages if passage is not None)
        there = {passage.id for passage in kept}
        broken = {passage.id for passage in graph.passages} - there
        choices = tuple(
            choice
            for choice in graph.choices
            if not broken & {choice.origin, choice.target} and not violates(choice.text)
        )
        if graph.start in broken:
            log.exclude(self.name, graph, "it begins with what breaks the content rule")
            return None
        if excluded := len(graph.choices) - len(choices):
            log.count(self.name).counts["choices excluded"] += excluded
        return replace(graph, passages=kept, choices=choices)

    def _judged(self, graph: StoryGraph, passage: Passage, log: BlockLog) -> Passage | None:
        """Return `passage`, perhaps without some paragraphs, or None."""
        if not violates(passage.text):
            return passage
        rest = without_broken(passage.text)
        cut = len(passage.text) - len(rest)
        keep = cut <= MOST_CUT * len(passage.text) and not violates(rest)
        reason = f"{_REASON}: some paragraphs" if keep else _REASON
        size = cut if keep else len(passage.text)
        log.exclude_passage(self.name, graph, passage.id, reason, size)
        return replace(passage, text=rest) if keep else None


def without_broken(text: str) -> str:
    """Return `text` without the paragraphs that break the rule, alone or with those beside them."""
    paragraphs = text.split(SEPARATOR)
    reach = MAX_DISTANCE + 1
    broken: set[int] = set()
    for at in range(len(paragraphs)):
        together = paragraphs[at : at + reach]
        if violates(SEPARATOR.join(together)):
            broken.update(range(at, at + len(together)))
    return SEPARATOR.join(p for at, p in enumerate(paragraphs) if at not in broken)
