"""Roll a twenty-sided die and add the outcome to an action."""

from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from dungeon.story import Action, Kind

SIDES = 20
_HALF = SIDES // 2


class Outcome(StrEnum):
    """What a throw means, in the words that follow `You`."""

    FAILURE = "fail badly"
    SETBACK = "fail"
    SUCCESS = "succeed"
    TRIUMPH = "succeed brilliantly"


@dataclass(frozen=True, slots=True)
class Roll:
    """One throw, from 1 to 20."""

    value: int

    @property
    def outcome(self) -> Outcome:
        """1 always fails and 20 always succeeds; between them the upper half succeeds."""
        match self.value:
            case 1:
                return Outcome.FAILURE
            case 20:
                return Outcome.TRIUMPH
            case value:
                return Outcome.SUCCESS if value > _HALF else Outcome.SETBACK

    def __str__(self) -> str:
        """Return the throw as an action says it."""
        return f"(You roll {self.value} of {SIDES} and {self.outcome}.)"


def roll(dice: Random) -> Roll:
    """Return a throw of `dice`."""
    return Roll(dice.randint(1, SIDES))


def add_dice_roll(action: Action, dice: Random) -> Action:
    """Return `action` with a throw after it: `You jump. (You roll 14 of 20 and succeed.)`

    Only what the player does or says is thrown for; prose and `continue` come back as they are.
    """
    if action.kind not in (Kind.DO, Kind.SAY):
        return action
    return replace(action, text=f"{action.text} {roll(dice)}")
