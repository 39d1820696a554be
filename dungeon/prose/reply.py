"""Build a reply from a model's stream, sentence by sentence.

Rejected sentences are dropped before the story begins, and end the reply afterwards. Knows nothing
of models, saves or screens.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from dungeon.prose.filters import RejectReason, SentenceFilter, is_action_line
from dungeon.state.dead_acting import NOBODY, TheDead
from dungeon.text.phrases import NOTHING_BANNED, BannedPhrases
from dungeon.text.sentences import (
    OPENERS,
    Sentence,
    SentenceSplitter,
    ends_sentence,
    split_sentences,
)

TARGET_LENGTH = 280
"""Characters after which a reply ends with its sentence: about 70 tokens."""

MAX_LENGTH = 4_000
"""Characters at which a reply ends in any case."""

_PARAGRAPH_END = 0.75
"""Share of the target length after which a reply ends with its paragraph."""

_SKIPPABLE = (
    RejectReason.ECHO,
    RejectReason.DEBRIS,
    RejectReason.QUESTION,
    RejectReason.LOOP,
)
_MIN_WORDS = 4
"""A text of fewer words, without the end of a sentence, is not a reply."""

_LOOSE_ENDS = " \t\n,;:–—-(“«‘"
_CLOSING_MARKS = '"”»'
_WORD = re.compile(r"\w+")
_BOLD = re.compile(r"\*\*(?=[^\s*])|(?<=[^\s*])\*\*")
"""Markdown's mark for bold, which nobody renders; one asterisk may be the story's."""
_INNER_END = re.compile(r"[.!?…]+(?=\s|$)")


@dataclass(frozen=True, slots=True)
class FinishedReply:
    """A reply to save."""

    text: str
    ended: Literal["sentence", "length"]
    """`length` if no sentence ended, and the text was closed with `…`."""
    cut: RejectReason | None = None
    """Why the reply was ended, or why sentences before it were dropped."""


class ReplyBuilder:
    """Builds one reply. `feed` it chunks until it is `done` or the stream ends, then `finish` it.

    What `feed` returned, joined, is a prefix of the finished text, or the finished text is a prefix
    of it: only an incomplete sentence at its end is taken back. The finished text does not depend
    on how the stream is cut into chunks.
    """

    def __init__(
        self,
        action: str = "",
        *,
        target_length: int = TARGET_LENGTH,
        max_length: int = MAX_LENGTH,
        second_person: bool = False,
        banned: BannedPhrases = NOTHING_BANNED,
        dead: TheDead = NOBODY,
        beginning: str = "",
    ) -> None:
        """Take the player's action as the transcript holds it, what the reply has to begin with,
        and lengths in characters.

        `second_person` means that the story is in second person and has to stay so. A sentence
        with a phrase that is `banned` is rejected, and so is one in which the `dead` act.
        """
        self._filter = SentenceFilter(
            action, second_person=second_person, banned=banned, dead=dead, beginning=beginning
        )
        self._splitter = SentenceSplitter()
        self._target_length = target_length
        self._room = max_length
        self._kept = ""
        self._asked = ""  # held back: "What to do? Before you can choose, …" keeps it
        self._whole = 0  # characters of _kept up to the last whole sentence
        self._shown = ""
        self._over = False
        self._skips_line = False
        self._cut: RejectReason | None = None

    @property
    def done(self) -> bool:
        """Whether the reply is complete and the model should be stopped."""
        return self._over or self._room <= 0

    def feed(self, piece: str) -> str:
        """Return the text that can be shown after the chunk `piece`; often nothing."""
        if self.done:
            return ""
        piece = piece[: self._room]
        self._room -= len(piece)
        for sentence in self._splitter.feed(piece):
            self._take(sentence)
            if self._over:
                break
        return self._show()

    def finish(self) -> FinishedReply:
        """Return the reply, cut after its last whole sentence.

        The text is empty if nothing belongs in the story.
        """
        if not self._over:
            for sentence in self._splitter.close():
                self._take(sentence)
            self._over = True
        whole = self._kept[: self._whole]
        if _WORD.search(whole):
            return FinishedReply(whole, "sentence", self._cut)
        return FinishedReply(_close(self._kept), "length", self._cut)

    def _take(self, sentence: Sentence) -> None:
        """Keep the next sentence, skip it, or end the reply before it."""
        if self._over or (self._skips_line and not sentence.opens_line):
            return
        opens_reply = not self._kept
        opens_line = sentence.opens_line or opens_reply
        reason = self._filter.reject_reason(
            sentence.text, opens_line=opens_line, opens_reply=opens_reply
        )
        if reason is None:
            self._keep(sentence)
            return
        if reason is RejectReason.QUESTION and not sentence.ends_line and not opens_reply:
            self._asked += sentence.gap + sentence.text
            return
        self._cut = reason
        self._skips_line = reason is RejectReason.DEBRIS
        self._over = not opens_reply or reason not in _SKIPPABLE

    def _keep(self, sentence: Sentence) -> None:
        self._skips_line = False
        self._kept += self._join(sentence)
        self._filter.keep(sentence.text)
        self._asked = ""
        if sentence.whole:
            self._whole = len(self._kept)
            target = self._target_length * (_PARAGRAPH_END if sentence.ends_line else 1)
            self._over = self._whole >= target

    def _show(self) -> str:
        visible = self._kept + ("" if self._over else self._certain_rest())
        new = visible[len(self._shown) :]
        self._shown += new
        return new

    def _certain_rest(self) -> str:
        """Return the current sentence if it will not be rejected; end at a player's line."""
        rest = self._splitter.rest
        rest = replace(rest, text=rest.text.rstrip("*"))  # they may be the first half of a mark
        opens_reply = not self._kept
        opens_line = rest.opens_line or opens_reply
        if not rest.text or (self._skips_line and not rest.opens_line):
            return ""
        if opens_line and is_action_line(rest.text):
            self._cut, self._over = RejectReason.SPEAKS_FOR_PLAYER, True
            return ""
        if self._filter.may_reject(rest.text, opens_line=opens_line, opens_reply=opens_reply):
            return ""
        return self._join(rest)

    def _join(self, sentence: Sentence) -> str:
        """Return what `sentence` adds to the kept text."""
        text = _BOLD.sub("", sentence.text)
        return self._asked + sentence.gap + text if self._kept else text


def _close(text: str) -> str:
    """Return `text`, in which no sentence ends outside a quotation, with an end."""
    if inner := _inner_end(text):
        return text[:inner] + _missing_mark(text[:inner])
    words = text.rsplit(maxsplit=1)
    if text[-1:].isalnum() and len(words) > 1:
        text = words[0]  # the last word may be half of one
    text = text.rstrip(_LOOSE_ENDS)
    if len(_WORD.findall(text)) < _MIN_WORDS:
        return ""
    awaited = _missing_mark(text)
    if text[-1] in _CLOSING_MARKS and not awaited:
        return text[:-1] + "…" + text[-1]
    return text + "…" + awaited


def _missing_mark(text: str) -> str:
    """Return the mark that would close the quotation in which `text` stops, if any."""
    return split_sentences(text)[-1].awaited if text.strip() else ""


def _inner_end(text: str) -> int:
    """Return where the last sentence inside the open quotation ends; 0 if none does."""
    awaited = _missing_mark(text)
    if not awaited:
        return 0
    opened = max(text.rfind(mark) for mark in OPENERS[awaited])
    ends = [end.end() for end in _INNER_END.finditer(text, opened + 1)]
    return next((end for end in reversed(ends) if ends_sentence(text[:end])), 0)
