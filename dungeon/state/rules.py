"""Find changes of the state in a turn by rules, for English in second person.

Few are found, so that those are right: only clauses that plainly state something, with a noun
phrase that is known to be whole. What the player attempts counts where the reply takes it up.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from dungeon.dice import outcome_of
from dungeon.state.clauses import Clause, clauses
from dungeon.state.evidence import Evidence, evidence_of
from dungeon.state.injuries import injuries
from dungeon.state.killing import dies, lives_on
from dungeon.state.people import attitudes, death_of, deaths, is_called_dead
from dungeon.state.phrases import head_noun
from dungeon.state.places import arrivals
from dungeon.state.promises import promises
from dungeon.state.targets import Earlier, find_target
from dungeon.state.things import belongings, breakages, broken, is_portable, things, thrown
from dungeon.story import Kind, Turn
from dungeon.story.state_events import Category, Change

EARLIER_TURNS = 3
"""Turns before one in which it is looked for whom a pronoun means."""

_MAX_CHANGES = 60
"""Of a turn, the last ones: what a reply says of each is looked for."""

Rule = Callable[[Clause], Iterator[Change]]

_RULES: tuple[Rule, ...] = (things, breakages, arrivals, promises, deaths, attitudes, injuries)
_OPENING_RULES: tuple[Rule, ...] = (belongings, *_RULES)
_ATTEMPT_RULES: tuple[Rule, ...] = (things, arrivals, promises)


def find_changes(turn: Turn, before: Sequence[Turn] = ()) -> tuple[Change, ...]:
    """Return what changes in a turn, in the order of the story; prose of the player's counts as
    much as a reply.

    The last turns `before` it tell whom a pronoun of its action means.
    """
    action = turn.action if turn.kind is Kind.DO else ""
    earlier = tuple((each.action, each.text) for each in before[-EARLIER_TURNS:])
    return _find(action, turn.prose, earlier if action else (), turn.kind is Kind.OPENING)


@lru_cache(maxsize=512)
def _find(action: str, reply: str, earlier: Earlier, is_opening: bool) -> tuple[Change, ...]:
    stated = _stated_by_reply(reply, _OPENING_RULES if is_opening else _RULES)
    return tuple(dict.fromkeys([*_attempted(action, reply, earlier), *stated]))


def _attempted(action: str, reply: str, earlier: Earlier) -> Iterator[Change]:
    """Yield what the player's action changes, where the reply lets it."""
    outcome = outcome_of(action)
    if not action:
        return
    if outcome is not None and not outcome.is_success:
        yield from _where(_stated(action, (thrown,)), reply, Evidence.is_thrown)
        return
    yield from _where(_stated(action, (broken,)), reply, Evidence.is_broken)
    for change in _stated(action, _ATTEMPT_RULES):
        if _succeeds(change, reply, has_rolled=outcome is not None):
            yield change
    target = find_target(action, earlier, reply)
    if target is not None and not is_called_dead(target.name) and dies(reply, target):
        yield death_of(target.name)


def _where(
    changes: Iterable[Change], reply: str, is_so: Callable[[Evidence], bool]
) -> Iterator[Change]:
    """Yield the changes of which the evidence in a reply is so."""
    return (each for each in changes if is_so(evidence_of(reply, head_noun(each.name))))


def _succeeds(change: Change, reply: str, *, has_rolled: bool) -> bool:
    """Return whether a reply carries out what the player attempts, where the die lets it."""
    evidence = evidence_of(reply, head_noun(change.name))
    match change.category:
        case Category.ITEM if change.removed:
            return evidence.is_gone()
        case Category.ITEM:
            is_known = is_portable(change.name)
            is_won = has_rolled and is_known and evidence.is_won()
            return is_won or evidence.is_taken(is_known=is_known)
        case Category.PLACE:
            return evidence.is_reached()
        case _:
            return True


def _stated_by_reply(reply: str, rules: tuple[Rule, ...]) -> Iterator[Change]:
    """Yield what a reply states, and does not take back."""
    for change in _stated(reply, rules):
        if change.category is Category.ITEM and not change.removed:
            evidence = evidence_of(reply, head_noun(change.name))
            is_true = evidence.is_kept(is_known=is_portable(change.name))
        else:
            is_true = change != death_of(change.name) or not lives_on(reply, change.name)
        if is_true:
            yield change


def _stated(prose: str, rules: tuple[Rule, ...]) -> Iterator[Change]:
    found = (change for clause in clauses(prose) for rule in rules for change in rule(clause))
    return iter(list(dict.fromkeys(found))[-_MAX_CHANGES:])
