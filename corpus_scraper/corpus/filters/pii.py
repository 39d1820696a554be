"""Redact personal data: e-mail and network addresses, telephone numbers, handles.

Each is replaced by a placeholder, so that the sentence stays a sentence. Names stay: stories are
made of them.
"""

import re
from collections import Counter
from dataclasses import dataclass

from corpus_scraper.corpus.filters.block import BlockLog, with_texts
from corpus_scraper.graph import StoryGraph

_SPELT = r"\s?[\[(]{}[\])]\s?"
"""How people write `@` and `.` for machines not to read."""

_RULES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    (
        "e-mail addresses",
        re.compile(
            rf"(?<![\w.%+-])[\w.%+-]{{1,64}}(?:@|{_SPELT.format('at')})[\w-]{{1,63}}"
            rf"(?:(?:\.|{_SPELT.format('dot')})[\w-]{{1,63}}){{1,8}}"
        ),
        "[address]",
    ),
    (
        "web addresses",
        re.compile(r"\b(?:https?://|www\.)[^\s<>\"”’)\]]*[^\s<>\"”’)\].,;:!?]"),
        "[address]",
    ),
    (
        "IP addresses",
        re.compile(
            r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w.]*\d)"
            r"|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){3,7}(?::?[0-9A-Fa-f]{1,4}){1,4}(?![\w:])"
            r"|(?<![\w:])[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4}){0,5}::(?:[0-9A-Fa-f]{1,4}:){0,5}"
            r"[0-9A-Fa-f]{1,4}(?![\w:])"
        ),
        "[address]",
    ),
    (
        "telephone numbers",
        re.compile(
            r"(?<![\w.,$£€/-])(?:"
            r"\+\d{1,3}[ .()-]{0,2}(?:\d[ .()-]{0,2}){6,13}\d"
            r"|(?:1[ .-])?(?:\(0?\d{3}\)|0?\d{3})[ .-]\d{3}[ .-]\d{4}"
            r"|\(\d{2,5}\)[ .-]?\d{3,4}[ .-]?\d{3,4}"
            r"|0\d{2,4}[ -]\d{3,4}[ -]?\d{3,4}"
            r"|\d{3}-\d{4}"
            r"|(?:1[ .-]?)?\d{10}"
            r")(?![\w-]|[.,]\d)"
        ),
        "[number]",
    ),
    ("handles", re.compile(r"(?<![\w@./])@[A-Za-z_]\w{1,29}(?:#\d{4})?(?![\w@])"), "[name]"),
    ("handles", re.compile(r"(?<![\w@])[A-Za-z_][\w.]{1,31}#\d{4}\b"), "[name]"),
)
"""What is taken out, how it is recognised, and what stands there instead. In this order."""

_SUSPICIOUS = re.compile(r"[@#]|://|www\.|\[at\]|\(at\)|\d{3}|\d\.\d|:[0-9A-Fa-f]*:")
"""What any of the rules needs; most texts have none of it."""


@dataclass(frozen=True, slots=True)
class PiiFilter:
    """Redacts every text of a story."""

    name: str = "pii"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph:
        """Return `graph` redacted."""
        found: Counter[str] = Counter()
        passages = [redact(passage.text, found) for passage in graph.passages]
        choices = [redact(choice.text, found) for choice in graph.choices]
        if not found:
            return graph
        log.count(self.name).counts.update(found)
        return with_texts(graph, passages, choices)


def redact(text: str, found: Counter[str]) -> str:
    """Return `text` without addresses, numbers and handles; `found` counts them by kind."""
    if not _SUSPICIOUS.search(text):
        return text
    for kind, pattern, instead in _RULES:
        text, times = pattern.subn(instead, text)
        if times:
            found[kind] += times
    return text
