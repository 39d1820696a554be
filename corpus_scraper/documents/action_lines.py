"""Turn the text of a choice into an action line: `Open the door` → `You open the door.`

Uses the parser for typed actions, so the model is trained on the lines it will see in play.
"""

import re

from dungeon import transcript
from dungeon.actions import parse_action
from dungeon.actions.verbs import VERBS
from dungeon.errors import InputRefused
from dungeon.perspective import to_second_person

_NUMBER = re.compile(r"^(?:\(?(?:\d{1,2}|[a-hA-H])[.):]|[-–—*•→>»]+)\s+")
_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_GOES_ON = re.compile(
    r"(?:(?:click|tap|press)(?: here)? to )?"
    r"(?:continue(?: the)?(?: story| reading| on)?|next(?: page| chapter| scene| part)?|go on|"
    r"proceed|(?:begin|start)(?:(?: the)? (?:story|game|adventure))?|more|onwards?|turn the page)",
    re.IGNORECASE,
)
"""Choices that only turn a page: the player decides nothing."""

_INTENDS = re.compile(
    r"^(?:I['’]ll|I will|I shall|I['’]m going to|I am going to) (?!be\b|not\b)(?=[a-z])"
)
"""I'll go left: a choice is done as it is picked."""


_NAME = re.compile(
    r"(?:[A-Z][\w'’]* )*[A-Z][\w'’]* "
    r"(?:\d+|(?:of |the |with |and ){0,2}[A-Z][\w'’]*)[.…!]*$"
)
"""Hut 14; Gone with the Wind."""

_NO_VERB = re.compile(
    r"\w{2,}ing\b"  # Framing Hooper
    r"|\w{3,}(?:ent|ant|ical|ious|ive|ful|less|ible|able)[.…!]*$"  # Impatient
    r"|(?:black|blue|brown|gr[ae]y|green|orange|pink|purple|red|white|yellow)[.…!]*$"
    r"|\w+[:?]"  # Answers: A, B
    r"|(?:about|above|after|all|also|at|because|behind|beneath|beside|by|for|from|if|indeed|maybe|"
    r"my|near|never ?mind|of|on|perhaps|probably|quite|really|right|so|still|such|though|under|"
    r"very|well|with|without|uh|hm+|oh)\b",
    re.IGNORECASE,
)
"""What no command begins with."""

_NOT = re.compile(r"not (?:any ?more|now|really|today|yet|quite|at all|for|in|on)\b", re.IGNORECASE)


def to_action_line(choice: str) -> str:
    """Return the action line of `choice`; empty where it only continues the story.

    Numbers, bullets and brackets around the whole of it are the page's, not the player's. What is
    no command stays as it is: an author also lets pick a thing, a place, or what happens next.
    """
    line = _bare(" ".join(choice.split()))
    if not any(map(str.isalpha, line)) or _GOES_ON.fullmatch(line.strip(" .…!")):
        return ""
    try:
        action = parse_action(_INTENDS.sub("", line)).text
    except InputRefused:  # longer than a player may type, and yet a choice
        action = to_second_person(line)
    is_taken = _was_taken_for_a_command(line, action)
    if _NOT.match(line) or (is_taken and (_NAME.match(line) or _NO_VERB.match(line))):
        action = to_second_person(_sentence(line))
    return " ".join(transcript.normalise(action).split())


def _was_taken_for_a_command(line: str, action: str) -> bool:
    """Return whether `action` takes the first word of `line` for a verb only because it is unknown.

    A player's line is a command where nothing else is known; an author also writes what is met.
    """
    first = line.partition(" ")[0].rstrip(".,:;!?…").casefold()
    return first not in VERBS | {"you"} and action.casefold().startswith(f"you {first}")


def _sentence(line: str) -> str:
    line = line[:1].upper() + line[1:]
    return line if line[-1] in ".!?…:\"'”’)" else f"{line}."


def _bare(line: str) -> str:
    line = _NUMBER.sub("", line)
    while line[:1] in _BRACKETS and line.endswith(_BRACKETS[line[0]]) and line.count(line[0]) == 1:
        line = line[1:-1].strip()
    return line
