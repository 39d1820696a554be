"""Tell whether a pronoun at the beginning of a sentence means somebody dead.

It does where the sentence before begins with them and mentions nobody else, or the player has acted
on them alone: `You search the guard.` Where other people are in the story, the player must have
spoken to them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dungeon.dice import without_roll
from dungeon.state.beings import CREATURES
from dungeon.state.dead_names import ANYBODY, WHO, is_called, mark
from dungeon.state.mentions import pronouns_of
from dungeon.state.namesakes import others_in
from dungeon.state.phrases import head_noun

_FORMS = {
    "he": re.compile(r"\b(?:he|him|his)\b", re.IGNORECASE),
    "she": re.compile(r"\b(?:she|her)\b", re.IGNORECASE),
    "it": re.compile(r"\b(?:it|its)\b", re.IGNORECASE),
}
_MORE = r"(?! (?:with|at|in|on|of|from|who|that|behind|by|near|and)\b)"
"""Behind a name: it is told which one is meant, or another one joins."""

_BEGINS = re.compile(rf"\W*{WHO}\b{_MORE}")
_ACTION_ON = re.compile(
    rf"(?:[Yy]ou )?(?:(?!(?:him|her|them|about|of|for|without|past)\b)[a-z]+ ){{1,3}}{WHO}"
    r"(?: (?:again|now|too|and|[a-z]+ly))*\W*$"
)
"""An action of which somebody is the only object: `You search the guard.`"""

_TALKS = re.compile(
    r"(?:[Yy]ou )?(?:talk|speak|call|ask|greet|tell|question|thank|beg|order|shout|whisper)"
    rf"(?: (?:to|at|with|out to))? {WHO}\b{_MORE}(?!.*\b(?:him|her|them|his|their)\b)"
)
_YOURS = re.compile(r"\W*You\b")
_NAME_WITHIN = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+")


@dataclass(frozen=True, slots=True)
class Reference:
    """A pronoun, and those whom it may mean."""

    pronoun: str
    people: tuple[str, ...]
    """The dead whom it may mean."""
    is_alone: bool
    """Whether it can mean nobody else in the story; otherwise they must be talked to."""

    @property
    def words(self) -> str:
        """A pattern for the pronoun, and for `the man` or `the woman` in its place."""
        return "|".join((self.pronoun, *(f"the {noun}" for noun in ANYBODY[self.pronoun])))

    def is_theirs(self, told: Sequence[str]) -> bool:
        """Return whether the last sentence that is told, or the player's action before them all,
        makes the pronoun at the beginning of the next one mean the dead.
        """
        if not told:
            return False
        *before, last = told
        last = last if before else without_roll(last)
        if any(others_in(last, self.people)):
            return False
        named = [mark(name, last) for name in self.people]
        goes_on = _FORMS[self.pronoun].sub(WHO, last)
        if not before:
            return self._is_acted_on(named, goes_on) or self._is_called(last)
        begins = any(map(_BEGINS.match, named))
        if self.is_alone and (begins or any(map(_ACTION_ON.match, named))):
            return True
        is_linked = begins or _BEGINS.match(goes_on) or (not self.is_alone and _YOURS.match(last))
        return bool(is_linked) and self.is_theirs(before)

    def _is_acted_on(self, named: Sequence[str], goes_on: str) -> bool:
        if self.is_alone and any(map(_ACTION_ON.match, (*named, goes_on))):
            return True
        return any(_TALKS.match(each) and not _NAME_WITHIN.search(each) for each in named)

    def _is_called(self, action: str) -> bool:
        return any(is_called(name, action) for name in self.people)


def references(people: Sequence[str], alone: Sequence[str]) -> list[Reference]:
    """Return the pronouns that may mean the dead; `alone` are those that mean nobody else."""
    found = []
    for pronoun in ("he", "she"):
        meant = tuple(name for name in people if pronoun in pronouns_of(name))
        if meant:
            found.append(Reference(pronoun, meant, pronoun in alone))
    if creatures := tuple(name for name in people if head_noun(name) in CREATURES):
        found.append(Reference("it", creatures, is_alone=True))
    return found
