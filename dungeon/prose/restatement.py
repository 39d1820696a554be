"""Find sentences that say an earlier one of the same reply again, as in `It is wet. It is wet too`.

Small models do it when they have no more to say. One sentence restates another where one of them
is the beginning of the other, word for word; sentences that merely begin alike may be style.
"""

from dungeon.prose.words import words_of

_LEAST_WORDS = 2
"""A sentence of one word, such as "No.", may be said again."""

_MOST_WORDS = 12
"""Words of a sentence that are compared."""

_MOST_CHARACTERS = 240
"""Characters of a sentence in which those words are looked for."""


class Restatements:
    """The sentences of a reply so far."""

    def __init__(self) -> None:
        """Begin with none."""
        self._said: list[list[str]] = []

    def add(self, sentence: str) -> None:
        """Remember a sentence that the reply has kept."""
        if len(words := _words(sentence)) >= _LEAST_WORDS:
            self._said.append(words)

    def restates(self, sentence: str) -> bool:
        """Return whether `sentence` is the beginning of an earlier one, or begins with one."""
        words = _words(sentence)
        return len(words) >= _LEAST_WORDS and any(
            words[: len(said)] == said[: len(words)] for said in self._said
        )

    def may_restate(self, start: str) -> bool:
        """Return whether a sentence that starts like this, within a word perhaps, may do so."""
        words = _words(start)
        if not words:
            return bool(self._said)
        *whole, last = words
        return self.restates(start) or any(
            said[: len(whole)] == whole and said[len(whole)].startswith(last)
            for said in self._said
            if len(said) > len(whole)
        )


def _words(sentence: str) -> list[str]:
    return words_of(sentence[:_MOST_CHARACTERS])[:_MOST_WORDS]
