"""Provides StreamText: tokens in, text out that may be shown, up to a stop string.

Holds back half a character, and what may begin a stop string. Knows nothing of models.
"""

from collections.abc import Callable, Sequence

_HALF = "\ufffd"
"""What half a character decodes to."""


class Detokenizer:
    """The text of one reply as its tokens come in."""

    def __init__(self, decode: Callable[[list[int]], str], stops: Sequence[str]) -> None:
        """`decode` returns the text of some tokens."""
        self.stopped = False
        """Whether a stop string has come; what came before it has been given out."""
        self._decode = decode
        self._stops = [stop for stop in stops if stop]
        self._tokens: list[int] = []
        self._given = 0
        """Tokens whose text is known."""
        self._before = 0
        """Tokens before those: kept as the left neighbour of what is decoded next, because some
        tokenizers leave out a space at the beginning."""
        self._held = ""

    def add(self, token: int) -> str:
        """Return the text that can be given out now that `token` has come."""
        self._tokens.append(token)
        known = self._decode(self._tokens[self._before : self._given])
        whole = self._decode(self._tokens[self._before :])
        if whole.endswith(_HALF):
            return ""
        self._before, self._given = self._given, len(self._tokens)
        return self._passed(whole[len(known) :])

    def rest(self) -> str:
        """Return what was held back, at the end of the reply."""
        known = self._decode(self._tokens[self._before : self._given])
        whole = self._decode(self._tokens[self._before :]).rstrip(_HALF)
        self._given = self._before = len(self._tokens)
        text = self._passed(whole[len(known) :])
        held, self._held = self._held, ""
        return text + held

    def _passed(self, text: str) -> str:
        """Return `text` with what was held back before it, up to where a stop string may begin."""
        if self.stopped:
            return ""
        text = self._held + text
        ends = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if ends:
            self.stopped, self._held = True, ""
            return text[: min(ends)]
        safe = len(text) - max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[safe:]
        return text[:safe]


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest end of `text` that `stop` begins with."""
    return next((n for n in range(len(stop) - 1, 0, -1) if text.endswith(stop[:n])), 0)
