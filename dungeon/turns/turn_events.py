"""What happens in a turn, as a front end is told."""

from dataclasses import dataclass

from dungeon.story import Action, Turn
from dungeon.turns.generation import ReplyEvent


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """A turn has started: the action is saved as a draft, the reply is requested."""

    action: Action


@dataclass(frozen=True, slots=True)
class TurnSaved:
    """The turn is saved, or `warning` says why it is not."""

    turn: Turn
    warning: str = ""


@dataclass(frozen=True, slots=True)
class TurnEdited:
    """The player has edited a turn: it is saved as a branch, or `warning` says why it is not."""

    turn: Turn
    warning: str = ""
    carried: int = 0
    """How many turns that followed it were carried over onto its branch."""


@dataclass(frozen=True, slots=True)
class TurnCancelled:
    """The player stopped the reply before its first word: no turn was made."""

    action: Action


@dataclass(frozen=True, slots=True)
class SameReply:
    """Every attempt has written a reply that the action has already: no turn was made."""

    turn: Turn
    """The turn at which the story stands now."""


@dataclass(frozen=True, slots=True)
class ScriptSkipped:
    """A script has failed and was skipped for this turn."""

    sentence: str


Event = TurnStarted | ReplyEvent | ScriptSkipped | TurnSaved | TurnCancelled | SameReply
