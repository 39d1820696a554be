"""Training documents: text in spans, some of which are context only."""

import itertools
import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import Literal

TrainOn = Literal["all", "replies"]
"""`replies`: what the player does is context; the model is trained on the prose between."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a document. The spans of a document, joined, are its text."""

    text: str
    train: bool
    """Whether the model is trained on it; otherwise it is context only."""
    is_reply: bool = True
    """Whether it is anything but a prompt. Action lines are found by `mask_actions`."""


@dataclass(frozen=True, slots=True)
class Document:
    """One training document."""

    id: str
    work: str
    licence: str
    spans: tuple[Span, ...]
    source: str = ""
    """Where it came from: a file, an input of the corpus, or what the data calls its source."""
    memory_length: int = 0
    """Characters of memory at its beginning, the blank line behind it included."""

    @property
    def text(self) -> str:
        """The whole document."""
        return "".join(span.text for span in self.spans)

    @property
    def has_context(self) -> bool:
        """Whether some of its spans are trained on and others are context only."""
        return len({span.train for span in self.spans}) > 1


_ACTION = re.compile(r"^>( [^\n]+)", re.MULTILINE)
"""An action line behind its mark. The mark stays trained: with it a reply ends."""


def mask_actions(document: Document) -> Document:
    """Return `document` with only its replies trained on: prompts and action lines are context."""
    text = document.text
    borders = [border for found in _ACTION.finditer(text) for border in found.span(1)]
    position = 0
    spans: list[Span] = []
    for span in document.spans:
        end = position + len(span.text)
        inside = borders[bisect_right(borders, position) : bisect_left(borders, end)]
        for start, stop in itertools.pairwise([position, *inside, end]):
            is_action = bisect_right(borders, start) % 2 == 1  # borders alternate: start, end, …
            train = span.train and span.is_reply and not is_action
            spans.append(replace(span, text=text[start:stop], train=train))
        position = end
    return replace(document, spans=tuple(spans))
