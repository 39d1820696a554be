"""Parse a typed line into an action: `take my sword` → `You take your sword.`

Knows nothing of adventures, generators or screens. The line is cleaned here, where it enters, and
comes out as the transcript holds it.
"""

import re
from random import Random

from dungeon import transcript
from dungeon.actions.dice import Outcome, Roll, add_dice_roll, roll
from dungeon.actions.narration import to_narration
from dungeon.actions.quoting import QUOTES, close_quotation, end_sentence, to_speech
from dungeon.actions.speech_detection import is_question, is_speech
from dungeon.actions.verbs import SUBJECTS
from dungeon.errors import InputRefused
from dungeon.perspective import quoted_spans, to_second_person
from dungeon.story import Action, Kind
from dungeon.text import clean

__all__ = [
    "LONGEST_ACTION",
    "LONGEST_STORY",
    "Outcome",
    "Roll",
    "add_dice_roll",
    "parse_action",
    "roll",
]

LONGEST_ACTION = 1_000
"""Characters in what a player does or says."""

LONGEST_STORY = 8_000
"""Characters in prose a player writes."""

_MARKS = re.compile(r"^[>\s]+")
_FIRST_WORD = re.compile(r"[\s,.;:!?—–-]*([^\W_]+)")


def parse_action(typed: str, mode: Kind = Kind.DO, dice: Random | None = None) -> Action:
    """Return what the player does by typing `typed` in `mode`; nothing typed lets the story go on.

    In do mode a line in quotation marks, a question, a greeting or a call is said aloud. With
    `dice`, a throw of them decides how it ends.

    Raises InputRefused if it is longer than an action may be.
    """
    match mode:
        case Kind.CONTINUE:
            return Action(Kind.CONTINUE)
        case Kind.STORY | Kind.OPENING:
            prose = transcript.normalise(_within(clean(typed).strip(), LONGEST_STORY))
            return Action(Kind.STORY, prose) if prose else Action(Kind.CONTINUE)
        case Kind.SAY:
            action = _say(_line(typed))
        case Kind.DO:
            action = _do(_line(typed))
    return add_dice_roll(action, dice) if dice else action


def _line(typed: str) -> str:
    """Return what was typed on one line, without the `>` of somebody used to typing it."""
    line = " ".join(clean(typed).split())
    return _within(_MARKS.sub("", line), LONGEST_ACTION)


def _within(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    advice = "Shorten it." if longest == LONGEST_STORY else "Shorten it, or write it as story."
    raise InputRefused(f"That is {len(text):,} characters; {longest:,} fit into one turn. {advice}")


def _say(line: str) -> Action:
    words = to_speech(line)
    return Action(Kind.SAY, words) if words else Action(Kind.CONTINUE)


def _do(line: str) -> Action:
    if not any(map(str.isalnum, line)):
        return Action(Kind.CONTINUE)
    if line[0] in QUOTES and next(quoted_spans(line), (-1, 0))[0] == 0:
        return _quoted(close_quotation(line))
    if is_speech(line):
        return _say(f"{line.rstrip('.!')}?" if is_question(line) and line[-1] != "?" else line)
    return Action(Kind.DO, to_narration(line))


def _quoted(line: str) -> Action:
    """Return a line that begins with a quotation: `"Go!" and wave` → `You say "Go!" and wave.`"""
    _, end = next(quoted_spans(line))
    words, rest = line[:end], line[end:]
    following = _FIRST_WORD.match(rest)
    if following is None:
        return _say(words)
    if not to_speech(words):
        return _do(line.lstrip(QUOTES + " "))
    if following[1].lower() in SUBJECTS:
        return Action(Kind.SAY, to_second_person(end_sentence(line)))
    return Action(
        Kind.SAY, to_second_person(end_sentence(f"{to_speech(words)} {rest.lstrip(' ,.;:')}"))
    )
