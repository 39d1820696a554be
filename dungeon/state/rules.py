"""Find changes of the state in a turn by rules, for English in second person.

Few are found, so that those are right: only clauses that plainly state something, with a noun
phrase that is known to be whole. What the player attempts counts where the reply takes it up.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from dungeon.state.clauses import Clause, clauses, is_denied
from dungeon.state.injuries import injuries
from dungeon.state.people import attitudes, deaths
from dungeon.state.phrases import head_noun
from dungeon.state.places import arrivals
from dungeon.state.promises import promises
from dungeon.state.things import gains, losses
from dungeon.story import Kind, Turn
from dungeon.story.state_events import Category, Change

Rule = Callable[[Clause], Iterator[Change]]

_RULES: tuple[Rule, ...] = (gains, losses, arrivals, promises, deaths, attitudes, injuries)
_ATTEMPT_RULES: tuple[Rule, ...] = (gains, losses, arrivals, promises)
_FAILED = re.compile(r"\(You roll [^)]* fail")


def find_changes(turn: Turn) -> tuple[Change, ...]:
    """Return what changes in a turn, in the order of the story."""
    return _find(turn.action if turn.kind is Kind.DO else "", turn.text)


@lru_cache(maxsize=512)
def _find(action: str, reply: str) -> tuple[Change, ...]:
    return tuple(dict.fromkeys([*_attempted(action, reply), *_told(reply, _RULES)]))


def _attempted(action: str, reply: str) -> Iterator[Change]:
    """Yield what the player's action changes, where the reply mentions it and denies nothing."""
    if not action or _FAILED.search(action):
        return
    for change in _told(action, _ATTEMPT_RULES):
        if change.category is Category.QUEST or not is_denied(reply, head_noun(change.name)):
            yield change


def _told(prose: str, rules: tuple[Rule, ...]) -> Iterator[Change]:
    for clause in clauses(prose):
        for rule in rules:
            yield from rule(clause)
