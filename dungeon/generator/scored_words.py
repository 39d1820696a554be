"""The words of a reply, with the probabilities of others in their places.

Engines score tokens, and a word may be several: ` to`, `wer`. Here the tokens of a word are put
together, and what could stand in the place of each of them is shown as the word that it would make:
in the place of `wer`, `ad` makes ` toad`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dungeon.generator.token_scores import COUNT, Alternative, ScoredToken

_BEFORE_THAI = "\u0e00"
"""The scripts from here on are mostly written without spaces between words."""


@dataclass(frozen=True, slots=True)
class ScoredWord:
    """A word of a reply with the space before it, or a punctuation mark."""

    text: str
    probability: float
    """Of all its tokens; 0 where one of them is none of the COUNT likeliest."""
    alternatives: tuple[Alternative, ...] = ()
    """The likeliest other words, or beginnings of words, the likeliest first."""


@dataclass(frozen=True, slots=True)
class ScoredReply:
    """The words of a turn's reply."""

    turn_id: str | None = None
    words: tuple[ScoredWord, ...] = ()

    def beginning(self, number: int) -> str:
        """Return the reply before the word with that number, of which the first is 1."""
        return "".join(word.text for word in self.words[: number - 1])


def scored_words(tokens: Sequence[ScoredToken]) -> tuple[ScoredWord, ...]:
    """Return the words that `tokens` make."""
    return tuple(_word(parts) for parts in _by_word(tokens))


def _by_word(tokens: Iterable[ScoredToken]) -> Iterator[list[ScoredToken]]:
    parts: list[ScoredToken] = []
    for token in tokens:
        if parts and not _goes_on(parts[-1].text, token.text):
            yield parts
            parts = []
        parts.append(token)
    if parts:
        yield parts


def _goes_on(before: str, text: str) -> bool:
    """Return whether `text` goes on with the word that ends `before`: `wer`, `'s`, but not `.`."""
    letters = text[1:] if text[:1] in ("'", "’") else text
    return _is_letter(before[-1:]) and _is_letter(letters[:1])


def _is_letter(character: str) -> bool:
    return character.isalnum() and character < _BEFORE_THAI


def _word(parts: Sequence[ScoredToken]) -> ScoredWord:
    beginning, probability = "", 1.0
    others: dict[str, float] = {}
    for part in parts:
        for other in part.alternatives:
            text = beginning + other.text
            others[text] = others.get(text, 0.0) + probability * other.probability
        beginning += part.text
        probability *= part.probability
    others.pop(beginning, None)  # spelt with other tokens
    likeliest = sorted(others.items(), key=lambda other: -other[1])[:COUNT]
    return ScoredWord(beginning, probability, tuple(Alternative(*each) for each in likeliest))
