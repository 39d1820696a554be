"""What is known at a place of a story about its variables, from the conditions on the way there."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from corpus_scraper.formats.conditions import (
    All,
    AnyOf,
    Comparison,
    Condition,
    Not,
    follows,
    negated,
    parse,
)

MAX_OPERANDS = 200
"""Operands about which facts are kept; the first."""

MAX_PER_OPERAND = 8
"""Facts that are kept about one operand; the first."""

MAX_ALTERNATIVES = 4
"""Facts of the form `a or b` that are kept."""

_UNKNOWN = ("", "otherwise")
"""Conditions that tell nothing by themselves."""

_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(slots=True)
class Facts:
    """Conditions that hold."""

    _known: dict[str, tuple[tuple[Comparison, bool], ...]] = field(default_factory=dict)
    """By operand: comparisons, and whether they hold."""
    _alternatives: tuple[AnyOf, ...] = ()

    def __bool__(self) -> bool:
        return bool(self._known or self._alternatives)

    def copy(self) -> "Facts":
        """Return facts that can be changed without changing these."""
        return Facts(dict(self._known), self._alternatives)

    def add(self, condition: str, *, holds: bool = True) -> None:
        """Add that `condition`, as an author wrote it, holds or does not."""
        if condition not in _UNKNOWN:
            self._add(parse(condition), holds)

    def judge(self, condition: str) -> bool | None:
        """Return whether `condition` holds; None where that is not known."""
        if not self or condition in _UNKNOWN:
            return None
        wanted = parse(condition)
        verdict = self._judge(wanted)
        for each in self._alternatives if verdict is None else ():
            verdicts = {self._with(part)._judge(wanted) for part in each.parts}
            if len(verdicts) == 1 and (verdict := verdicts.pop()) is not None:
                break
        return verdict

    def forget(self, names: Iterable[str]) -> None:
        """Drop what is known about variables, since they are changed."""
        changed = {name.lstrip("$_@") for name in names}
        if not changed or not self:
            return
        self._known = {
            operand: facts
            for operand, facts in self._known.items()
            if changed.isdisjoint(_names(operand))
        }
        self._alternatives = tuple(
            each
            for each in self._alternatives
            if changed.isdisjoint(n for operand in _operands(each) for n in _names(operand))
        )

    def keep_common(self, others: Iterable["Facts"]) -> None:
        """Drop what does not hold in each of `others` as well."""
        for other in others:
            self._known = {
                operand: facts
                for operand, facts in self._known.items()
                if set(facts) <= set(other._known.get(operand, ()))
            }
            self._alternatives = tuple(
                each for each in self._alternatives if each in other._alternatives
            )

    def _with(self, condition: Condition) -> "Facts":
        copy = Facts(dict(self._known))
        copy._add(condition, holds=True)
        return copy

    def _add(self, condition: Condition, holds: bool) -> None:
        match condition:
            case Not(inner):
                self._add(inner, not holds)
            case All(parts) if holds:
                for part in parts:
                    self._add(part, holds)
            case AnyOf(parts) if not holds:
                for part in parts:
                    self._add(part, holds)
            case All(parts):
                self._add(AnyOf(tuple(map(Not, parts))), holds=True)
            case AnyOf() if len(self._alternatives) < MAX_ALTERNATIVES:
                self._alternatives = (*self._alternatives, condition)
            case Comparison(operand):
                known = self._known.get(operand, ())
                is_room = known or len(self._known) < MAX_OPERANDS
                if is_room and len(known) < MAX_PER_OPERAND:
                    self._known[operand] = (*known, (condition, holds))

    def _judge(self, condition: Condition) -> bool | None:
        match condition:
            case Not(inner):
                verdict = self._judge(inner)
                return None if verdict is None else not verdict
            case All(parts) | AnyOf(parts):
                decisive = isinstance(condition, AnyOf)
                verdicts = [self._judge(part) for part in parts]
                if decisive in verdicts:
                    return decisive
                return None if None in verdicts else not decisive
        return self._compare(condition)

    def _compare(self, comparison: Comparison) -> bool | None:
        for known, holds in self._known.get(comparison.operand, ()):
            verdict = _verdict(known, holds, comparison)
            if verdict is not None:
                return verdict
        return None


def _verdict(known: Comparison, holds: bool, comparison: Comparison) -> bool | None:
    fact = known if holds else negated(known)
    if fact is not None:
        return follows(fact, comparison)
    # `x` is not the value that it is compared with.
    opposite = follows(comparison, known)
    return False if opposite else None


def _operands(condition: Condition) -> Iterable[str]:
    match condition:
        case Comparison(operand):
            yield operand
        case Not(inner):
            yield from _operands(inner)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from _operands(part)


def _names(operand: str) -> set[str]:
    """Return the names in an operand, without signs of variables."""
    return {name.lstrip("_") for name in _NAME.findall(operand)}
