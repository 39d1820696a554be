"""One roll of a die: what it decides, and how the action and the screen say it."""

import re
from dataclasses import dataclass
from enum import StrEnum

SIDES = 20

DEFAULT_THRESHOLD = 11

_SENTENCE = re.compile(r" ?\(You roll \d{1,3} of \d{1,3} and ([a-z ]{1,40})\.\)\Z")
_STORED = re.compile(r"(\d{1,2}) (\d{1,2}) ([+-]\d{1,2})(?: (\S{1,40}))?")


class Outcome(StrEnum):
    """What a roll decides, in the words of the action."""

    FAILS_BADLY = "fail badly"
    FAILS = "fail"
    SUCCEEDS = "succeed"
    SUCCEEDS_BRILLIANTLY = "succeed brilliantly"

    @property
    def is_success(self) -> bool:
        """Whether the player does what was tried."""
        return self in (Outcome.SUCCEEDS, Outcome.SUCCEEDS_BRILLIANTLY)


@dataclass(frozen=True, slots=True)
class Roll:
    """A twenty-sided die, and the modifier that is added to it."""

    die: int
    """What the die itself shows, 1 to 20."""
    threshold: int = DEFAULT_THRESHOLD
    """The least sum that succeeds."""
    attribute: str = ""
    """The attribute that decides; empty where none does."""
    modifier: int = 0
    """What the attribute adds."""

    @property
    def outcome(self) -> Outcome:
        """What it decides. A 1 and a 20 of the die itself count whatever the modifier is."""
        if self.die == 1:
            return Outcome.FAILS_BADLY
        if self.die == SIDES:
            return Outcome.SUCCEEDS_BRILLIANTLY
        is_enough = self.die + self.modifier >= self.threshold
        return Outcome.SUCCEEDS if is_enough else Outcome.FAILS

    @property
    def sentence(self) -> str:
        """The end of the action: `(You roll 14 of 20 and succeed.)`

        The number is that of the die itself, so that it is true; the modifier shows in the outcome.
        """
        return f"(You roll {self.die} of {SIDES} and {self.outcome}.)"

    @property
    def explanation(self) -> str:
        """The whole reckoning on one line: `die 9 + dexterity 2 = 11, needed 11: you succeed`."""
        reckoning = f"die {self.die}"
        if self.attribute:
            sign = "−" if self.modifier < 0 else "+"
            total = str(self.die + self.modifier).replace("-", "−")
            reckoning += f" {sign} {self.attribute} {abs(self.modifier)} = {total}"
        always = f", as a {self.die} always does" if self.die in (1, SIDES) else ""
        return f"{reckoning}, needed {self.threshold}: you {self.outcome}{always}"

    def dump(self) -> str:
        """Return it as a turn's provenance keeps it: `9 11 +2 dexterity`."""
        return f"{self.die} {self.threshold} {self.modifier:+d} {self.attribute}".rstrip()


def parse_roll(stored: str) -> Roll | None:
    """Return the roll that `dump` wrote; None where that is none."""
    match = _STORED.fullmatch(stored)
    if match is None or not 1 <= int(match[1]) <= SIDES:
        return None
    return Roll(int(match[1]), int(match[2]), match[4] or "", int(match[3]))


def has_roll(action: str) -> bool:
    """Return whether an action ends with a roll."""
    return _SENTENCE.search(action) is not None


def without_roll(action: str) -> str:
    """Return an action without the roll at its end."""
    return _SENTENCE.sub("", action)


def outcome_of(action: str) -> Outcome | None:
    """Return the outcome of the roll at the end of an action, if there is one."""
    match = _SENTENCE.search(action)
    return Outcome(match[1]) if match and match[1] in set(Outcome) else None
