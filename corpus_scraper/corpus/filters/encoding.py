"""Repair text that was decoded with the wrong encoding."""

import re
import unicodedata
from dataclasses import dataclass

import ftfy

from corpus_scraper.corpus.filters.block import BlockLog, with_texts
from corpus_scraper.graph import StoryGraph
from dungeon.text import clean

_CONFIG = ftfy.TextFixerConfig(
    unescape_html=True,
    uncurl_quotes=False,  # quotation marks tell speech from rendered
    fix_character_width=False,
    fix_latin_ligatures=True,
    normalization="NFC",
    explain=False,
)

_SUSPICIOUS = re.compile(
    r"&[#\w]+;|[\x80-\x9f\ufffdﬀ-ﬆ]|[ÂÃâ][\s\xa0]|(?=[^\x00-\x7f])[^“”‘’—–…\xa0][^\x00-\x7f]"
)
"""What any repair begins from. A letter read in the wrong encoding is two others side by side, and
neither plain; English prose has hardly any such pair, and mending what has none takes half a build.
"""


@dataclass(frozen=True, slots=True)
class EncodingRepair:
    """Repairs every text of a story."""

    name: str = "repair"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph:
        """Return `graph` with its texts repaired."""
        passages = [repair(passage.text) for passage in graph.passages]
        choices = [repair(choice.text) for choice in graph.choices]
        changed = sum(p.text != text for p, text in zip(graph.passages, passages, strict=True))
        changed += sum(c.text != text for c, text in zip(graph.choices, choices, strict=True))
        if not changed:
            return graph
        log.count(self.name).counts["texts repaired"] += changed
        return with_texts(graph, passages, choices)


def repair(text: str) -> str:
    """Return `text` with mistaken encodings undone, and clean, whoever wrote its file."""
    if _SUSPICIOUS.search(text):
        return clean(ftfy.fix_text(text, config=_CONFIG))
    return unicodedata.normalize("NFC", clean(text))
