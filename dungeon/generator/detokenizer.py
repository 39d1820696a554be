"""Turn tokens into clean text that may be shown, up to a stop string.

Incomplete characters and what may be the beginning of a stop string are held back.
"""

from collections.abc import Callable, Iterable, Sequence

from dungeon.text import clean

_REPLACEMENT = "\ufffd"
"""What an incomplete character is decoded to."""


class Detokenizer:
    """The text of one reply, token by token."""

    def __init__(self, decode: Callable[[list[int]], str], stops: Sequence[str]) -> None:
        """`decode` returns the text of a list of token ids."""
        self.stopped = False
        """Whether a stop string was found; the text before it has been returned."""
        self.probability = 1.0
        """How likely the text was that was returned last, which may be of several tokens."""
        self._untold = 1.0
        """How likely the tokens were that have not become text yet."""
        self._decode = decode
        self._stops = [stop for stop in stops if stop]
        self._tokens: list[int] = []
        self._decoded = 0
        """The number of tokens whose text is known."""
        self._context = 0
        """Where the context of the next decoding begins: some tokenizers leave out a space at the
        beginning, so the tokens decoded last are decoded again with the new ones."""
        self._held = ""

    def add(self, token: int, probability: float = 1.0, *, is_last: bool = False) -> str:
        """Return the text that can be shown now that `token` has come, of this probability; all of
        it where that is the last one.
        """
        self._untold *= probability
        return self._tell(self._add(token) + (self._rest() if is_last else ""))

    def rest(self) -> str:
        """Return what was held back, at the end of the reply."""
        return self._tell(self._rest())

    def _tell(self, text: str) -> str:
        """Return `text`, to which all tokens belong that have not become text yet."""
        if text:
            self.probability, self._untold = self._untold, 1.0
        return text

    def _add(self, token: int) -> str:
        self._tokens.append(token)
        known = self._decode(self._tokens[self._context : self._decoded])
        text = self._decode(self._tokens[self._context :])
        if text.endswith(_REPLACEMENT):
            return ""
        self._context, self._decoded = self._decoded, len(self._tokens)
        return self._release(text[len(known) :])

    def variants(self, tokens: Iterable[int]) -> list[str]:
        """Return what `add` would return for each of `tokens` in place of the next one; nothing
        where that is no whole character, or may begin a stop string.
        """
        context = self._tokens[self._context :]
        known = self._decode(self._tokens[self._context : self._decoded])
        added = (self._decode([*context, token])[len(known) :] for token in tokens)
        return [self._held + clean(text) if self._is_certain(text) else "" for text in added]

    def _is_certain(self, text: str) -> bool:
        whole = self._held + text
        may_stop = any(stop in whole or _overlap(whole, stop) for stop in self._stops)
        return bool(text) and _REPLACEMENT not in text and not may_stop

    def _rest(self) -> str:
        known = self._decode(self._tokens[self._context : self._decoded])
        text = self._decode(self._tokens[self._context :]).rstrip(_REPLACEMENT)
        self._decoded = self._context = len(self._tokens)
        released = self._release(text[len(known) :])
        held, self._held = self._held, ""
        return released + held

    def _release(self, text: str) -> str:
        """Return what was held back and `text`, cleaned, up to where a stop string may begin."""
        if self.stopped:
            return ""
        text = self._held + clean(text)
        ends = [place for stop in self._stops if (place := text.find(stop)) >= 0]
        if ends:
            self.stopped, self._held = True, ""
            return text[: min(ends)]
        safe = len(text) - max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[safe:]
        return text[:safe]


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest suffix of `text` that is a prefix of `stop`."""
    return next((n for n in range(len(stop) - 1, 0, -1) if text.endswith(stop[:n])), 0)
