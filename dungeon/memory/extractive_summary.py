"""Summarise turns without a model: choose the sentences that tell what happened.

What a sentence is worth stands in `worth_telling`; a name that was not told yet adds to that, and
so does a thing that later turns come back to. A sentence with a pronoun that may be anybody's is
only chosen with the one before it, or with the player's action. The turns are divided into
stretches, each of which gives its best sentences, so that no part of the story is left out. The
same turns always have the same summary.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from dungeon import transcript
from dungeon.dice import tried_sentence
from dungeon.memory.worth_telling import (
    content_words,
    introduced_words,
    is_echo,
    is_refusal,
    is_unclear,
    told_action,
    worth,
)
from dungeon.story import Kind, Turn
from dungeon.text.sentences import split_sentences

STRETCH = 6
"""Turns of a stretch, where there is room for a sentence of each."""

_CHARACTERS_PER_STRETCH = 140
"""Where there is less room, the stretches are longer."""

_WORTH_TELLING, _BETTER_THAN_NOTHING = 1.5, 0.0
"""What a sentence must be worth; a stretch has one of less only where there is room left."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_CAPITAL = re.compile(r"(?<=[\w,;] )[A-Z][^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)?")
"""A capital within a sentence: a name, more often than not."""

_NO_NAMES = frozenset("I I'm I'll I've I'd Mr Mrs Miss Sir Madam Lord Lady God Captain".split())
_NEW_NAME, _KNOWN_NAME, _RECURRING, _INTRODUCES = 1.0, 0.15, 0.25, 0.6
_UNCLEAR, _ECHO, _OPENING = -1.5, -0.6, 1.0
_OF_CONTEXT = 0.25
"""The share of what the sentence before is worth that counts where it is told as well."""

_MAX_LENGTH = 320
"""Characters of what is chosen at once."""


@dataclass(frozen=True, slots=True)
class _Passage:
    """A sentence, with the one before it where it needs that."""

    text: str
    weight: float
    """What its own words are worth."""
    words: frozenset[str]
    content: frozenset[str]
    """The words that say what it is about, in small letters."""
    introduced: frozenset[str]
    """Those of them that it brings in: `a brown rat`."""


_Place = tuple[int, int]
"""Where a passage is: the index of its turn, and its own in the turn."""

_Passages = Sequence[Sequence[_Passage]]
"""The passages of each turn."""


def summarise(turns: Sequence[Turn], characters: int, most: int | None = None) -> str:
    """Return the sentences of `turns` that tell what happened, in their order.

    They have at most `characters` together, and there are at most `most` of them (one that needs
    the sentence before it counts once). Empty where nothing fits.
    """
    passages = [
        _passages(turn.text, told_action(turn.action), turn.kind is Kind.OPENING) for turn in turns
    ]
    selection = _Selection(passages, _names(turns), _later_turns(passages), characters)
    for least in (_WORTH_TELLING, _BETTER_THAN_NOTHING):
        stretches = _stretches(passages, most or characters // _CHARACTERS_PER_STRETCH)
        while any(stretches):
            for stretch in filter(None, reversed(stretches)):  # with room for few: the newest
                if len(selection.chosen) == most or not selection.add_best(stretch, least):
                    stretch.clear()
    return selection.text


@dataclass
class _Selection:
    """What is chosen of the passages of a story."""

    passages: _Passages
    names: frozenset[str]
    later: Mapping[str, Sequence[int]]
    """The turns in which a word occurs that several have, but not most of them."""
    left: int
    """Characters for which there is room."""
    chosen: dict[_Place, _Passage] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    """The names and the words that are chosen."""

    @property
    def text(self) -> str:
        """What is chosen, in the order of the story."""
        return " ".join(self.chosen[place].text for place in sorted(self.chosen))

    def add_best(self, stretch: list[_Place], least: float) -> bool:
        """Choose the best passage of a stretch, and keep those that may be chosen next; return
        whether there was one that is worth more than `least`.
        """
        gains = {place: self.gain(place) for place in stretch if self._fits(place)}
        best = max(gains, key=lambda place: (gains[place], place), default=None)
        if best is None or gains[best] <= least:
            return False
        passage = self.chosen[best] = self._at(best)
        self.left -= len(passage.text) + 1
        self.told |= (self.names & passage.words) | passage.content
        stretch[:] = [place for place in gains if place != best]
        return True

    def gain(self, place: _Place) -> float:
        """Return what a passage adds to what was chosen before."""
        passage = self._at(place)
        mentioned = self.names & passage.words
        new = len(mentioned - self.told)
        again = len(self.later.keys() & passage.content - self.told)
        brought = sum(
            self.later[word][0] == place[0]
            for word in passage.introduced - self.told
            if word in self.later
        )
        return (
            passage.weight
            + _NEW_NAME * min(new, 2)
            + _KNOWN_NAME * min(len(mentioned) - new, 2)
            + _RECURRING * min(again, 3)
            + _INTRODUCES * min(brought, 2)
            - len(passage.text) / 200
        )

    def _at(self, place: _Place) -> _Passage:
        return self.passages[place[0]][place[1]]

    def _fits(self, place: _Place) -> bool:
        """Return whether there is room for a passage, and nothing of it is chosen already."""
        text = self._at(place).text
        return (
            len(text) < self.left
            and place not in self.chosen
            and all(text != each.text for each in self.chosen.values())
            and not _overlaps(place, self.passages, self.chosen)
        )


def _stretches(passages: _Passages, most: int) -> list[list[_Place]]:
    """Return the places of all passages, divided into at most `most` stretches of turns."""
    count = max(min(most, -(-len(passages) // STRETCH)), 1)
    bounds = [len(passages) * number // count for number in range(count + 1)]
    return [
        [(at, n) for at in range(start, end) for n in range(len(passages[at]))]
        for start, end in pairwise(bounds)
    ]


def _overlaps(place: _Place, passages: _Passages, chosen: Mapping[_Place, _Passage]) -> bool:
    """Return whether a neighbour that was chosen has a sentence in common with this passage."""
    at, number = place
    text = passages[at][number].text
    near = filter(None, (chosen.get((at, number + step)) for step in (-1, 1)))
    return any(text in each.text or each.text in text or _share(text, each.text) for each in near)


def _share(one: str, other: str) -> bool:
    """Return whether the end of one of two neighbours is the beginning of the other."""
    return one.startswith(other.rpartition(". ")[2]) or other.startswith(one.rpartition(". ")[2])


@lru_cache(maxsize=20_000)
def _passages(text: str, action: str, is_opening: bool) -> tuple[_Passage, ...]:
    """Return the passages of a reply to an action, with what each is worth by itself."""
    found: list[_Passage] = []
    before = action
    for sentence in split_sentences(transcript.normalise(text)):
        if not sentence.whole or "\n" in sentence.text or len(sentence.text) > _MAX_LENGTH:
            before = ""
            continue
        more = _OPENING if is_opening and not found else 0.0
        passage = _passage(sentence.text, before, action, more)
        if 12 <= len(passage.text) <= _MAX_LENGTH:
            found.append(passage)
        before = sentence.text
    return tuple(found)


def _passage(sentence: str, before: str, action: str, weight: float) -> _Passage:
    """Return a sentence with the one before it where it needs that, or the action that it echoes.

    `weight` is added to what it is worth.
    """
    whole, weight = sentence, weight + worth(sentence)
    echoes = is_echo(sentence, action)
    if echoes:
        weight += _ECHO
    if is_unclear(sentence):
        if echoes and action:
            whole = action
        elif before and not is_unclear(before):
            is_refused = before == action and is_refusal(sentence, action)
            whole = f"{tried_sentence(action) if is_refused else before} {sentence}"
            weight += _OF_CONTEXT * max(worth(before), 0)
        else:
            weight += _UNCLEAR
    return _Passage(
        whole,
        weight,
        frozenset(_WORD.findall(whole)),
        content_words(whole),
        introduced_words(whole),
    )


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


def _later_turns(passages: _Passages) -> Mapping[str, Sequence[int]]:
    """Return the turns of each word that several turns mention, but not most of them."""
    turns: dict[str, list[int]] = {}
    for number, turn in enumerate(passages):
        for word in {word for passage in turn for word in passage.content if len(word) > 2}:
            turns.setdefault(word, []).append(number)
    most = max(len(passages) // 3, 2)
    return {word: found for word, found in turns.items() if 2 <= len(found) <= most}
