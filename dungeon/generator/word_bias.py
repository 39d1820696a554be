"""From biased words to biased tokens: which spellings of a word are looked up, and what counts.

Engines add a bias to a token wherever it could come, so the words of a phrase, and the pieces of a
word of several tokens, are each made likelier or less likely by themselves.
"""

from collections.abc import Iterable, Mapping, Sequence

from dungeon.generator.tokens import Token
from dungeon.memory.retrieval import STOP_WORDS
from dungeon.settings.biased_words import BiasedWords

BIASED_WORDS = "biased_words"
"""The name of the setting, in `settings.toml`, in a turn's provenance and in `ignored_settings`."""


def spellings(words: BiasedWords) -> tuple[str, ...]:
    """Return the texts whose tokens are looked up: each word with a space before it, as it is typed
    and with a capital, then the same without a space.

    The small words of a phrase are left alone: they are everywhere.
    """
    every = words.text.split()
    informative = [word for word in every if word.lower() not in STOP_WORDS] or every
    forms = [form for word in informative for form in (word, word[:1].upper() + word[1:])]
    return tuple(dict.fromkeys([*(f" {form}" for form in forms), *forms]))


def all_spellings(biases: Iterable[BiasedWords]) -> tuple[str, ...]:
    """Return the texts whose tokens are looked up for a list."""
    return tuple(dict.fromkeys(text for words in biases for text in spellings(words)))


def token_biases(
    biases: Iterable[BiasedWords], tokens_of: Mapping[str, Sequence[Token]]
) -> dict[int, float]:
    """Return the bias of each token id, from the tokens of every spelling.

    A spelling without a space counts only where it is a single token, as at the beginning of a
    line: else its first piece may begin any word. Of two biases the stronger one counts.
    """
    found: dict[int, float] = {}
    for words in sorted(biases, key=lambda each: abs(each.bias)):
        for text in spellings(words):
            tokens = [token for token in tokens_of.get(text, ()) if token.piece.strip()]
            if text.startswith(" ") or len(tokens) == 1:
                found |= {token.id: words.bias for token in tokens}
    return found
