"""Tag the words of a link label with their parts of speech, and say how likely a word is a verb.

The tags are those of the British National Corpus (C5), on which the tagger was trained: `VVB` is a
verb as in a command, `NN1` a noun, `AT0` an article.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from HanTa.HanoverTagger import HanoverTagger

BASE = frozenset("VVB VVI VBB VBI VDB VDI VHB VHI".split())
"""Tags of a verb in the form of a command."""

FINITE = frozenset("VVZ VVD VBB VBZ VBD VDZ VDD VHZ VHD VHB VM0".split())
"""Tags of a verb that a subject stands before; a command has no subject."""

MAX_WORDS = 16
"""Words of a sentence that are tagged; a command shows in the first few."""

_MAX_LETTERS = 24
"""Letters of a word that are looked at: the tagger's time grows faster than their number."""

_RARE = -25.0
"""Logarithm of the probability below which the tagger has never seen a word."""

_SEEN = 14.0
"""Difference of logarithms to the likeliest tag beyond which a tag is not considered."""

_NAME_ODDS = 2.0
"""Odds from which a word with a capital is a name: Peter and Mark, but not Temple."""

_TOKEN = re.compile(r"n['’]t\b|['’](?:s|re|ve|ll|d|m)\b|[^\W_]+(?:[-.][^\W_]+)*|[^\w\s]")
_CONTRACTION = re.compile(r"(?<=\w)(?=n['’]t\b)", re.IGNORECASE)


def split_words(sentence: str) -> list[str]:
    """Return the words and punctuation marks of `sentence`; `don't` is `do` and `n't`."""
    return _TOKEN.findall(_CONTRACTION.sub(" ", sentence))


@lru_cache(maxsize=1)
def _tagger() -> "HanoverTagger":
    import HanTa  # of the extra `corpus`, which help and the settings of a build do without
    from HanTa.HanoverTagger import HanoverTagger

    # By its full path: the tagger would prefer a file of that name in the current folder.
    return HanoverTagger(str(Path(HanTa.__file__).with_name("morphmodel_en.pgz")))


def tag(words: Sequence[str]) -> list[str]:
    """Return the tag of each word, of the first `MAX_WORDS`."""
    shortened = [word[:_MAX_LETTERS].replace("’", "'") for word in words[:MAX_WORDS]]
    return [found for _, _, found in _tagger().tag_sent(shortened)] if shortened else []


@lru_cache(maxsize=8192)
def verb_odds(word: str) -> float:
    """Return the logarithm of the odds that `word`, by itself, is a verb as in a command."""
    scores = _scores(word.lower())
    verb = max((score for found, score in scores if found in BASE), default=None)
    other = max((score for found, score in scores if found not in BASE), default=None)
    if verb is None:
        return -_SEEN
    return _SEEN if other is None else verb - other


@lru_cache(maxsize=8192)
def is_known(word: str) -> bool:
    """Return whether the tagger has seen `word` with a capital as anything but a name."""
    scores = dict(_scores(word.capitalize()))
    name = scores.pop("NP0", _RARE)
    other = max(scores.values(), default=_RARE)
    return other > _RARE and name - other < _NAME_ODDS


def _scores(word: str) -> list[tuple[str, float]]:
    found = _tagger().tag_word(word[:_MAX_LETTERS], cutoff=_SEEN)
    return [(tag, float(score)) for tag, score in found]
