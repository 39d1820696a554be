"""The rule on promises: what the player has said to do later."""

import re
from collections.abc import Iterator

from dungeon.state.clauses import Clause
from dungeon.state.phrases import NAME, PHRASE, Pattern, any_of
from dungeon.state.words import NOT_PROMISED
from dungeon.story.state_events import Category, Change

_PROMISE = any_of(
    "promise, promised, swear, swore, vow, vowed, agree, agreed, undertake, give your word"
)
_PATTERN = Pattern(
    rf"{_PROMISE}(?: (?:{PHRASE}|{NAME}|him|her|them))? (?:to|that you will) "
    r'(?P<task>[a-z][^.,;:!?—"]{3,80})',
    you=True,
)
_GOES_ON = re.compile(r" (?:and|before|while|as|so|because) ")


def promises(clause: Clause) -> Iterator[Change]:
    """Yield what is promised in a clause, unless it is done at once."""
    if match := _PATTERN.match(clause):
        task = _GOES_ON.split(match["task"])[0].strip()
        words = task.split()
        if len(words) > 1 and words[0] not in NOT_PROMISED:
            yield Change(Category.QUEST, task)
