"""Keep stories in one language.

The language tag decides; English is verified, since a tag is often only a default: a fifth of the
words of English prose are stop words.
"""

import re
from dataclasses import dataclass

from corpus_scraper.corpus.filters.block import BlockLog, full_text
from corpus_scraper.graph import StoryGraph

MIN_STOP_WORD_SHARE = 0.2
"""The share of small words below which a text is not English; prose has 0.4, commands 0.25."""

MIN_MEASURED_WORDS = 40
"""Words below which nothing is measured."""

SAMPLE_CHARACTERS = 20_000
"""Characters from the beginning, and as many from the middle, that are measured."""

_WORD = re.compile(r"[^\W\d_]+")
_SMALL = frozenset(
    """
    the a an and or but if of to in on at by for from with without into onto over under up down
    out off as is are was were be been being am do does did have has had will would can could
    should may might must not no this that these those it its he she they them his her their
    him i you your my me we us our who what which when where how there here all some any so
    than then
    """.split()
)


@dataclass(frozen=True, slots=True)
class LanguageFilter:
    """Leaves out stories in another language."""

    asked: str
    name: str = "language"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph | None:
        """Return `graph`, or None where it is not in the language asked for."""
        tag = graph.language.lower().split("-")[0]
        if tag != self.asked.lower().split("-")[0]:
            log.exclude(self.name, graph, f"it is marked as {tag or 'no language'}")
            return None
        if tag == "en" and not is_english(full_text(graph)):
            log.exclude(self.name, graph, "it is marked as en and does not read as English")
            return None
        return graph


def is_english(text: str) -> bool:
    """Tell whether `text` has the small words of English; a very short one passes."""
    middle = max(SAMPLE_CHARACTERS, len(text) // 2)
    sample = f"{text[:SAMPLE_CHARACTERS]} {text[middle : middle + SAMPLE_CHARACTERS]}".lower()
    words = _WORD.findall(sample)
    small = sum(word in _SMALL for word in words)
    return len(words) < MIN_MEASURED_WORDS or small >= MIN_STOP_WORD_SHARE * len(words)
