"""Keep only the parts of a document near action lines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from corpus_scraper.documents.documents import Document
from corpus_scraper.documents.paths import Span
from dungeon.text.sentences import sentence_ends
from dungeon.transcript import ACTION_MARK, SEPARATOR

_LEADS_ON = (":", ":—", ",", "—")
"""Endings of a paragraph that leads on to the next."""


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A paragraph of prose, or a player's line."""

    text: str
    train: bool

    @property
    def is_action(self) -> bool:
        return self.text.startswith(ACTION_MARK)


def select_action_windows(document: Document, reach: int) -> list[Document]:
    """Return the parts of `document` within `reach` characters of a player's line.

    Where two of them lie further apart than twice that, a document ends after the one and another
    begins before the other, each at a sentence. A part is kept where it teaches what comes of a
    action.
    """
    parts: list[list[_Paragraph]] = [[]]
    for action, prose in _turns(_paragraphs(document.spans)):
        if action is not None:
            parts[-1].append(action)
        if _length(prose) <= 2 * reach:
            parts[-1] += prose
            continue
        if action is not None:
            parts[-1] += _beginning(prose, reach)
            parts.append([])
        parts[-1] += _end(prose, reach)
    whole = [part for part in map(_trim_dangling, parts) if _has_trained_reply(part)]
    return [Document(tuple(_spans(part)), document.conditional) for part in whole]


def _paragraphs(spans: Iterable[Span]) -> Iterator[_Paragraph]:
    for span in spans:
        for text in filter(None, span.text.split(SEPARATOR)):
            yield _Paragraph(text, span.train)


def _turns(
    paragraphs: Iterable[_Paragraph],
) -> Iterator[tuple[_Paragraph | None, list[_Paragraph]]]:
    """Yield each action with the prose that follows it; first, with None, the prose before any."""
    action: _Paragraph | None = None
    prose: list[_Paragraph] = []
    for each in paragraphs:
        if each.is_action:
            yield action, prose
            action, prose = each, []
        else:
            prose.append(each)
    yield action, prose


def _length(prose: list[_Paragraph]) -> int:
    return sum(len(each.text) for each in prose)


def _beginning(prose: list[_Paragraph], most: int) -> list[_Paragraph]:
    """Return at most about `most` characters from the front; of a long paragraph, its sentences."""
    kept: list[_Paragraph] = []
    for each in prose:
        if len(each.text) > most:
            if text := _sentences(each.text, most):
                kept.append(_Paragraph(text, each.train))
            break
        kept.append(each)
        most -= len(each.text)
    return kept


def _sentences(text: str, most: int) -> str:
    """Return the sentences of `text` that end within its first `most` characters."""
    return text[: max((end for end in sentence_ends(text) if end <= most), default=0)]


def _last_sentences(text: str, most: int) -> str:
    """Return the sentences of `text` that begin within its last `most` characters."""
    begin = min((end for end in sentence_ends(text) if end >= len(text) - most), default=len(text))
    return text[begin:].lstrip()


def _end(prose: list[_Paragraph], most: int) -> list[_Paragraph]:
    """Return at most about `most` characters from the back; of a long paragraph, its sentences."""
    kept: list[_Paragraph] = []
    for each in reversed(prose):
        if len(each.text) > most:
            if not kept and (text := _last_sentences(each.text, most)):
                kept.append(_Paragraph(text, each.train))
            break
        kept.append(each)
        most -= len(each.text)
    return kept[::-1]


def _trim_dangling(part: list[_Paragraph]) -> list[_Paragraph]:
    """Return `part` without a dangling end: actions, and paragraphs that lead on to the next."""
    kept = list(part)
    while kept and (kept[-1].is_action or kept[-1].text.endswith(_LEADS_ON)):
        kept.pop()
    return kept


def _has_trained_reply(part: list[_Paragraph]) -> bool:
    """Return whether a reply to an action is trained on."""
    places = [at for at, each in enumerate(part) if each.is_action]
    return bool(places) and any(each.train and not each.is_action for each in part[places[0] :])


def _spans(part: list[_Paragraph]) -> Iterator[Span]:
    first = True
    for train, group in groupby(part, lambda each: each.train):
        text = SEPARATOR.join(each.text for each in group)
        yield Span(text if first else SEPARATOR + text, train)
        first = False
