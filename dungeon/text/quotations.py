"""Find quotations in prose: which part of a text is spoken, and which is narration.

Knows `"…"`, `“…”`, `„…”`, `«…»` and, where they cannot be apostrophes, `'…'` and `‘…’`.
"""

import re
from collections.abc import Iterator

MASK = '"'
"""Replaces every character of a quotation in `mask_quotations()`; no word contains it."""

_CLOSERS = {'"': '"', "“": "”“", "„": "”“", "«": "»"}
"""Each unmistakable opening mark and the marks that close it; `“` also closes `„` in German."""

_OPENING = re.compile(r"[“„«]|(?<!\w)\"(?=\S)|(?<![\w'’])['‘](?=[\w—–….\-“\"¿¡])")
_PARAGRAPH = re.compile(r"(?:[^\n]|\n(?![ \t]*\n))+")
_SINGLE_OPENING = re.compile(r"(?<![\w'’])['‘](?=\w)")
_SINGLE_CLOSING = re.compile(r"(?<=\S)['’](?![\w'’])")
_ELISION = re.compile(
    r"['‘’](?:tis|twas|twere|twill|twould|twixt|tain|em|er|im|cause|til|till|bout|round|neath|"
    r"gainst|cept|fore|n|nother|most|ere|ood|un|gin|stead|ow|pon|fraid|deed|\d0s)\b",
    re.IGNORECASE,
)


def quoted_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of every quotation in `text`, marks included, in order.

    A quotation left open ends with its paragraph, as in novels where a speech of several
    paragraphs is closed only once. A paragraph ends at a blank line.
    """
    for paragraph in _PARAGRAPH.finditer(text):
        end = paragraph.end()
        position = paragraph.start()
        while opening := _OPENING.search(text, position, end):
            closed = _end_of_quotation(text, opening.start(), paragraph.start(), end)
            if closed is None:
                position = opening.end()
                continue
            yield opening.start(), closed
            position = closed


def split_quotations(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of `text` in order, each with whether it is a quotation."""
    position = 0
    for start, end in quoted_spans(text):
        yield text[position:start], False
        yield text[start:end], True
        position = end
    yield text[position:], False


def mask_quotations(text: str) -> str:
    """Return `text` with every quotation replaced by `MASK`, character for character."""
    return "".join(MASK * len(part) if quoted else part for part, quoted in split_quotations(text))


def replace_quotations(text: str, replacement: str) -> str:
    """Return `text` with every quotation, its marks included, replaced by `replacement`."""
    return "".join(replacement if quoted else part for part, quoted in split_quotations(text))


def quoted_texts(text: str) -> list[str]:
    """Return what is said in every quotation of `text`, without the marks."""
    return [text[start:end].strip("\"'“”„«»‘’") for start, end in quoted_spans(text)]


def _end_of_quotation(text: str, start: int, paragraph: int, end: int) -> int | None:
    """Return where the quotation opened at `start` ends, or None if the mark opens none."""
    mark = text[start]
    if mark in _CLOSERS:
        return _end_of_double(text, start, end)
    if _ELISION.match(text, start):
        return None
    closing = _end_of_single(text, start, end)
    if closing is None and mark == "‘" and not text[paragraph:start].strip():
        return end  # a speech that goes on in the next paragraph
    return closing


def _end_of_double(text: str, start: int, end: int) -> int:
    """Return the end of a quotation in double marks: its closing mark or the paragraph's end."""
    closers = _CLOSERS[text[start]] if text[start] != "“" else "”"
    found = (text.find(closer, start + 1, end) for closer in closers)
    return min((at + 1 for at in found if at >= 0), default=end)


def _end_of_single(text: str, start: int, end: int) -> int | None:
    """Return the end of a quotation in single marks, or None where no mark closes it.

    Inside a quotation `the boys' hats` and `goin' home` have marks that look like closing ones.
    A mark after punctuation is sure; one after a letter is taken if no sure one follows before
    the next opening.
    """
    doubtful: int | None = None
    for closing in _SINGLE_CLOSING.finditer(text, start + 1, end):
        after = closing.end()
        if doubtful is not None and _SINGLE_OPENING.search(text, doubtful, after - 1):
            return doubtful
        if not text[after - 2].isalnum():
            return after
        doubtful = doubtful or after
    return doubtful
