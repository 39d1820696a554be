"""Summarise turns without a model: choose the sentences that later turns may depend on.

Names, deaths, things that change hands, doors, promises and wounds count; a sentence that begins
with a pronoun is only chosen with the one before it. The turns are divided into stretches, each of
which gives its best sentences, so that no part of the story is left out. The same turns always have
the same summary.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from dungeon import transcript
from dungeon.memory.retrieval import STOP_WORDS
from dungeon.story import Kind, Turn
from dungeon.text.sentences import split_sentences

STRETCH = 6
"""Turns of a stretch, where there is room for a sentence of each."""

_CHARACTERS_PER_STRETCH = 140
"""Where there is less room, the stretches are longer."""

_SIGNALS: tuple[tuple[float, re.Pattern[str]], ...] = tuple(
    (weight, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for weight, words in (
        (2.0, r"dead|die[sd]?|dying|kill(?:s|ed)?|slain|drown(?:s|ed)?|murder(?:s|ed)?|buried"
              r"|hanged|corpse|grave|lifeless|perish(?:es|ed)?"),
        (2.0, r"(?:is|are|was|am|['’]s) (?:called|named)|name(?:['’]s| is| was)"
              r"|call(?:s|ed)? \w+self"),
        (1.5, r"(?:gives?|gave|hands?|handed|offers?|lends?|sells?|throws?|pass(?:es)?) (?:you|him|"
              r"her|them|it)|you (?:now )?(?:have|hold|carry|take|get|keep|find|buy|steal|wear|"
              r"pocket|pick up|hide|lose|drop)|(?:in|into|on|onto|under|from|to|at) your (?:\w+ )?"
              r"(?:pockets?|pack|bag|belt|boots?|coat|hands?|sleeve|satchel|purse|neck|apron|hat)"),
        (1.5, r"(?:un)?lock(?:s|ed)?|barred|bricked up|sealed|blocked|the key|password|collapsed"),
        (1.0, r"promis(?:e|es|ed)|swears?|swore|owes?|must|never|secret|waits? for|looking for"
              r"|before (?:dawn|dusk|dark|noon|midnight)|till|until|only"),
        (1.0, r"wound(?:s|ed)?|bleed(?:s|ing)?|blood|broken|burn(?:s|t|ed)?|poison(?:ed)?|limps?"),
        (1.0, r"brother|sister|father|mother|son|daughter|husband|wife|uncle|aunt|king|queen"),
        (0.8, r"you (?:reach|arrive|enter|come to|cross|leave|are)|north|south|east|west"),
    )
)  # fmt: skip
"""What may matter later, and how much."""

_SPEECH = re.compile(r"\s*[\"“«„]")
_PRONOUN = re.compile(
    r"\W*(?:he|she|it|they|this|that|these|those|his|her|its|their)\b", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_CAPITAL = re.compile(r"(?<=[\w,;] )[A-Z][^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)?")
"""A capital within a sentence: a name, more often than not."""

_NO_NAMES = frozenset("I I'm I'll I've I'd Mr Mrs Miss Sir Madam Lord Lady God Captain".split())
_NEW_NAME, _KNOWN_NAME, _RECURRING = 1.0, 0.15, 0.25
_MAX_LENGTH = 320
"""Characters of what is chosen at once."""


@dataclass(frozen=True, slots=True)
class _Passage:
    """A sentence, with the one before it where it needs that."""

    text: str
    weight: float
    """What its own words are worth."""
    words: frozenset[str]


_Place = tuple[int, int]
"""Where a passage is: the index of its turn, and its own in the turn."""


def summarise(turns: Sequence[Turn], characters: int, most: int | None = None) -> str:
    """Return the sentences of `turns` that may matter later, in their order.

    They have at most `characters` together, and there are at most `most` of them (one that needs
    the sentence before it counts once). Empty where nothing fits.
    """
    passages = [_passages(turn.text, turn.kind is Kind.OPENING) for turn in turns]
    names, recurring = _names(turns), _recurring(passages)
    stretches = _stretches(passages, most or characters // _CHARACTERS_PER_STRETCH)
    chosen: dict[_Place, _Passage] = {}
    known: set[str] = set()
    left = characters
    while any(stretches) and (most is None or len(chosen) < most):
        for stretch in filter(None, reversed(stretches)):  # where there is room for few: the newest
            gains = {
                place: _gain(passages[place[0]][place[1]], names, known, recurring)
                for place in stretch
                if len(passages[place[0]][place[1]].text) < left
                and not _overlaps(place, passages, chosen)
            }
            best = max(gains, key=lambda place: (gains[place], place), default=None)
            if best is None or gains[best] <= 0 or len(chosen) == most:
                stretch.clear()
                continue
            chosen[best] = passages[best[0]][best[1]]
            left -= len(chosen[best].text) + 1
            known |= names & chosen[best].words
            stretch[:] = [place for place in gains if place != best]
    return " ".join(chosen[place].text for place in sorted(chosen))


def _stretches(passages: Sequence[Sequence[_Passage]], most: int) -> list[list[_Place]]:
    """Return the places of all passages, divided into at most `most` stretches of turns."""
    count = max(min(most, -(-len(passages) // STRETCH)), 1)
    bounds = [len(passages) * number // count for number in range(count + 1)]
    return [
        [(at, n) for at in range(start, end) for n in range(len(passages[at]))]
        for start, end in pairwise(bounds)
    ]


def _overlaps(
    place: _Place, passages: Sequence[Sequence[_Passage]], chosen: Mapping[_Place, _Passage]
) -> bool:
    """Return whether a neighbour that was chosen has a sentence in common with this passage."""
    at, number = place
    text = passages[at][number].text
    near = filter(None, (chosen.get((at, number + step)) for step in (-1, 1)))
    return any(text in each.text or each.text in text or _share(text, each.text) for each in near)


def _share(one: str, other: str) -> bool:
    """Return whether the end of one of two neighbours is the beginning of the other."""
    return one.startswith(other.rpartition(". ")[2]) or other.startswith(one.rpartition(". ")[2])


def _gain(
    passage: _Passage, names: frozenset[str], known: set[str], recurring: frozenset[str]
) -> float:
    """Return what a passage adds to what was chosen before."""
    mentioned = names & passage.words
    new = len(mentioned - known)
    old = len(mentioned) - new
    again = min(len(recurring & passage.words), 3)
    return (
        passage.weight
        + _NEW_NAME * min(new, 2)
        + _KNOWN_NAME * min(old, 2)
        + _RECURRING * again
        - len(passage.text) / 200
    )


@lru_cache(maxsize=20_000)
def _passages(text: str, is_opening: bool) -> tuple[_Passage, ...]:
    """Return the passages of a turn's text, with what each is worth by itself."""
    found: list[_Passage] = []
    before = ""
    for sentence in split_sentences(transcript.normalise(text)):
        if not sentence.whole or "\n" in sentence.text:
            before = ""
            continue
        needs_more = _PRONOUN.match(sentence.text) is not None
        whole = f"{before} {sentence.text}" if needs_more and before else sentence.text
        if 12 <= len(whole) <= _MAX_LENGTH:
            weight = _weight(whole) - (0.8 if needs_more and not before else 0)
            opening = 1.0 if is_opening and not found else 0.0
            words = frozenset(_WORD.findall(whole))
            found.append(_Passage(whole, weight + opening, words))
        before = sentence.text
    return tuple(found)


def _weight(text: str) -> float:
    weight = sum(value for value, signal in _SIGNALS if signal.search(text))
    if text.rstrip("\"”’'").endswith("?"):
        weight -= 1.0
    return weight - (0.4 if _SPEECH.match(text) else 0)


def _names(turns: Iterable[Turn]) -> frozenset[str]:
    """Return words that are capitalised within a sentence, and hardly ever are not."""
    capitals: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    for turn in turns:
        capitals_here, lower_here = _capitals(turn.text)
        capitals.update(capitals_here)
        lower.update(lower_here)
    return frozenset(
        word
        for word, times in capitals.items()
        if word not in _NO_NAMES and lower[word.lower()] < times
    )


@lru_cache(maxsize=20_000)
def _capitals(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the capitalised words within sentences, and the words in small letters."""
    words = _WORD.findall(text)
    return tuple(_CAPITAL.findall(text)), tuple({word for word in words if word.islower()})


def _recurring(passages: Sequence[Sequence[_Passage]]) -> frozenset[str]:
    """Return words that several turns mention, but not most of them."""
    counts: Counter[str] = Counter()
    for turn in passages:
        counts.update({word for passage in turn for word in passage.words})
    most = max(len(passages) // 3, 2)
    return frozenset(
        word
        for word, times in counts.items()
        if 2 <= times <= most and len(word) > 2 and word.lower() not in STOP_WORDS
    )
