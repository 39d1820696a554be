"""Keep stories in one language.

A language tag is often only a default, so the text is verified with py3langid.
"""

from dataclasses import dataclass

import py3langid

from corpus_scraper.corpus.filters.block import BlockLog, full_text
from corpus_scraper.graph import StoryGraph

MIN_WORDS = 40
"""Words below which the language of a text is not verified."""

SAMPLE_CHARACTERS = 20_000
"""Characters from the beginning, and as many from the middle, that are classified."""


@dataclass(frozen=True, slots=True)
class LanguageFilter:
    """Excludes stories in other languages."""

    asked: str
    name: str = "language"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph | None:
        """Return `graph`, or None where it is not in the language asked for."""
        asked, tag = (language.lower().split("-")[0] for language in (self.asked, graph.language))
        if tag != asked:
            log.exclude(self.name, graph, f"it is marked as {tag or 'no language'}")
            return None
        detected = detect(full_text(graph))
        if detected not in ("", asked):
            log.exclude(self.name, graph, f"it is marked as {tag} and does not read as such")
            return None
        return graph


def detect(text: str) -> str:
    """Return the ISO 639 code of the language of `text`; "" where it is too short to tell."""
    if len(text.split()) < MIN_WORDS:
        return ""
    middle = max(SAMPLE_CHARACTERS, len(text) // 2)
    sample = f"{text[:SAMPLE_CHARACTERS]} {text[middle : middle + SAMPLE_CHARACTERS]}"
    return str(py3langid.classify(sample)[0])
