"""Exclude what breaks the content rule, which is the same as the game's."""

from dataclasses import dataclass, replace

from corpus_scraper.corpus.filters.block import BlockLog
from corpus_scraper.corpus.filters.starts import begin_after
from corpus_scraper.graph import Choice, Passage, StoryGraph
from dungeon.text.safety import MAX_DISTANCE, violates
from dungeon.transcript import SEPARATOR

MOST_CUT = 0.25
"""Share of a passage that may be cut out of it; beyond that the whole passage is excluded."""

_REASON = "it breaks the content rule"
_CHOICE = "a choice breaks the content rule"
_CHOICE_OF_EXCLUDED = "a choice leaves or enters a passage that breaks the content rule"


@dataclass(frozen=True, slots=True)
class ContentFilter:
    """Cuts out paragraphs that break the content rule, and short passages that do as a whole.

    What only an excluded passage or choice led to is kept: the story begins there as well.
    """

    name: str = "content"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph | None:
        """Return `graph` without what breaks the rule, or None where nothing can begin then."""
        judged = [_judged(passage) for passage in graph.passages]
        broken = {
            before.id for before, after in zip(graph.passages, judged, strict=True) if after is None
        }
        excluded = {
            at: reason
            for at, choice in enumerate(graph.choices)
            if (reason := _reason_to_exclude(choice, broken))
        }
        kept = replace(
            graph,
            passages=tuple(passage for passage in judged if passage is not None),
            choices=tuple(choice for at, choice in enumerate(graph.choices) if at not in excluded),
        )
        if broken or excluded:
            begun = begin_after(graph, kept, [graph.choices[at] for at in excluded])
            if begun is None:
                log.exclude(self.name, graph, "it has no beginning that keeps the content rule")
                return None
            kept = begun
        for before, after in zip(graph.passages, judged, strict=True):
            self._log_passage(graph, before, after, log)
        for at, reason in excluded.items():
            choice = graph.choices[at]
            log.exclude_passage(self.name, graph, choice.origin, reason, len(choice.text))
        if more := len(kept.further_starts) - len(graph.further_starts):
            log.count(self.name).counts["further starts after what was excluded"] += max(more, 0)
        return kept

    def _log_passage(
        self, graph: StoryGraph, before: Passage, after: Passage | None, log: BlockLog
    ) -> None:
        cut = len(before.text) - (len(after.text) if after else 0)
        if after is None or cut:
            reason = f"{_REASON}: some paragraphs" if after else _REASON
            log.exclude_passage(self.name, graph, before.id, reason, cut)


def _judged(passage: Passage) -> Passage | None:
    """Return `passage`, perhaps without some paragraphs, or None."""
    if not violates(passage.text):
        return passage
    rest = without_broken(passage.text)
    cut = len(passage.text) - len(rest)
    keep = cut <= MOST_CUT * len(passage.text) and not violates(rest)
    return replace(passage, text=rest) if keep else None


def _reason_to_exclude(choice: Choice, broken: set[str]) -> str:
    """Return why `choice` is excluded; empty where it is kept."""
    if choice.origin in broken or choice.target in broken:
        return _CHOICE_OF_EXCLUDED
    return _CHOICE if violates(choice.text) else ""


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
