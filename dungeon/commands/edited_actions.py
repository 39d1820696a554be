"""Read an action that the player edits: what is said and what is done can become each other."""

import re

from dungeon import actions
from dungeon.dice import without_roll
from dungeon.story import Action, Kind, Turn

_SPOKEN = re.compile(r'You \w+ "(?P<words>.*)"\W?', re.DOTALL)
_MODE = re.compile(r"\s*/(?P<mode>do|say|story)\s+(?P<words>\S.*)", re.DOTALL | re.IGNORECASE)

HOW = "Words in quotation marks are said; /do, /say or /story before the line decides."
"""How the kind of an edited action is told, for hints and help."""


def as_typed(kind: Kind, action: str) -> str:
    """Return an action as the player would type it: of what was said, only the words."""
    spoken = _SPOKEN.fullmatch(action) if kind is Kind.SAY else None
    return spoken["words"] if spoken else action


def editable_action(turn: Turn) -> str:
    """Return the action of a turn as an editor shows it: what was said in quotation marks."""
    action = without_roll(turn.action)
    words = as_typed(turn.kind, action)
    return action if words == action else f'"{words}"'


def read_edited_action(text: str, turn: Turn) -> Action:
    """Return the action for an edited text: what was not changed is what it was.

    Else it is read as a line in do mode, and prose stays prose. `/do`, `/say` or `/story` before it
    says what it is, also where a guess would be another. Raises InputRefused.
    """
    if text.strip() == editable_action(turn):
        return Action(turn.kind, without_roll(turn.action))
    if marked := _MODE.fullmatch(text):
        kind = Kind(marked["mode"].lower())
        return actions.parse_action(marked["words"], kind, detect_speech=False)
    kind = Kind.STORY if turn.kind is Kind.STORY else Kind.DO
    return actions.parse_action(text, kind)
