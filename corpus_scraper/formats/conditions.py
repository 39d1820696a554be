"""Parse the conditions of scripts, so far as is needed to know which of them exclude one another.

The operators of all script languages are understood (`is`, `==`, `eq`, `and`, `&&`, `not`, `!` and
so on). What is no comparison with a literal is an opaque value that is either true or false.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

Value = str | float | bool

MAX_LENGTH = 1_000
"""Characters of a condition; a longer one is opaque."""

MAX_TOKENS = 150
"""Words and signs of a condition; one of more is opaque."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`operand operator value`; `operand is True` where the operand stands alone."""

    operand: str
    operator: str
    """`is`, `<`, `<=`, `>` or `>=`."""
    value: Value


@dataclass(frozen=True, slots=True)
class Not:
    """A negation."""

    inner: "Condition"


@dataclass(frozen=True, slots=True)
class All:
    """Conditions that hold together."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions of which at least one holds."""

    parts: tuple["Condition", ...]


Condition = Comparison | Not | All | AnyOf

_TOKEN = re.compile(
    r"\s*(?:(?P<string>\"(?:[^\"\\]|\\.)*+\"|(?<!\w)'(?:[^'\\]|\\.)*+')"
    r"|(?P<number>(?<![\w.$])-?\d+(?:\.\d+)?(?![\w.]))"
    r"|(?P<word>[$_@]?[^\W\d][\w.]*(?:'s\s+[\w$]+)*)"
    r"|(?P<sign>===|!==|==|!=|<>|>=|<=|&&|\|\||[^\s\w]|\w+))"
)
_OR = frozenset({"or", "||"})
_AND = frozenset({"and", "&&"})
_NOT = frozenset({"not", "!"})
_OPERATORS = {
    **dict.fromkeys(("is", "=", "==", "===", "eq"), "is"),
    **dict.fromkeys(("isnot", "!=", "!==", "<>", "neq", "ne"), "is not"),
    **dict.fromkeys(("<", "lt"), "<"),
    **dict.fromkeys(("<=", "lte"), "<="),
    **dict.fromkeys((">", "gt"), ">"),
    **dict.fromkeys((">=", "gte"), ">="),
}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_DEPTH = {"(": 1, "[": 1, ")": -1, "]": -1}
_WORDS_AFTER_IS = frozenset({"in", "not", "a", "an"})
"""Words with which `is` is another operator: `is in`, `is not`, `is a`."""


@lru_cache(maxsize=4_096)
def parse(written: str) -> Condition:
    """Return the condition that is written; one that is no valid expression is opaque."""
    tokens = [found[0].strip() for found in _TOKEN.finditer(written[: MAX_LENGTH + 1])]
    if len(written) > MAX_LENGTH or len(tokens) > MAX_TOKENS:
        return Comparison(written, "is", True)
    return _either(tokens)


def _either(tokens: Sequence[str]) -> Condition:
    parts = [_both(part) for part in _completed(_split(tokens, _OR))]
    return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))


def _completed(parts: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Yield the parts of an `or`; in Harlowe, `$x is 1 or 2` compares both."""
    before: Sequence[str] = ()
    for part in parts:
        goes_on = (
            len(before) > 2 and _literal(part) is not None and _literal(before[-1:]) is not None
        )
        before = [*before[:-1], *part] if goes_on else part
        yield before


def _both(tokens: Sequence[str]) -> Condition:
    parts = [_single(part) for part in _split(tokens, _AND)]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _single(tokens: Sequence[str]) -> Condition:
    if tokens and tokens[0].lower() in _NOT:
        return Not(_single(tokens[1:]))
    if tokens and tokens[0].lower() == "ndef":
        return Not(_opaque(["def", *tokens[1:]]))
    if len(tokens) > 1 and tokens[0] == "(" and _closing(tokens) == len(tokens) - 1:
        return _either(tokens[1:-1])
    return _comparison(tokens)


def _comparison(tokens: Sequence[str]) -> Condition:
    depth = 0
    for at, token in enumerate(tokens):
        depth += _DEPTH.get(token, 0)
        operator = _OPERATORS.get(token.lower())
        if depth or operator is None or not at:
            continue
        right = list(tokens[at + 1 :])
        if operator == "is" and right[:1] == ["not"] and right[1:2] != ["in"]:
            operator, right = "is not", right[1:]
        if right and right[0].lower() in _WORDS_AFTER_IS:
            break
        return _compare(list(tokens[:at]), operator, right)
    return _opaque(tokens)


def _compare(left: list[str], operator: str, right: list[str]) -> Condition:
    value = _literal(right)
    if value is None and (value := _literal(left)) is not None:
        left, operator = right, _FLIPPED.get(operator, operator)
    if value is None or not left or (operator in _FLIPPED and not isinstance(value, float)):
        relation = operator.removesuffix(" not")
        compared: Condition = _opaque([*left, relation, *right])
    else:
        compared = _compared(left, operator.removesuffix(" not"), value)
    return Not(compared) if operator == "is not" else compared


def _compared(left: list[str], operator: str, value: Value) -> Condition:
    if isinstance(value, bool):
        inner = _single(left)
        return inner if value else Not(inner)
    return Comparison(" ".join(left), operator, value)


def _opaque(tokens: Sequence[str]) -> Comparison:
    return Comparison(" ".join(tokens), "is", True)


def _literal(tokens: Sequence[str]) -> Value | None:
    if len(tokens) != 1:
        return None
    token = tokens[0]
    if token.lower() in ("true", "false"):
        return token.lower() == "true"
    if token[0] in "\"'" and len(token) > 1:
        return token[1:-1]
    try:
        return float(token)
    except ValueError:
        return None


def _split(tokens: Sequence[str], signs: frozenset[str]) -> list[Sequence[str]]:
    """Return the parts of `tokens` between signs outside of brackets."""
    parts: list[Sequence[str]] = []
    begin = depth = 0
    for at, token in enumerate(tokens):
        depth += _DEPTH.get(token, 0)
        if not depth and token.lower() in signs:
            parts.append(tokens[begin:at])
            begin = at + 1
    return [*parts, tokens[begin:]]


def _closing(tokens: Sequence[str]) -> int:
    """Return the index of the bracket that closes the first one; -1 where none does."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += _DEPTH.get(token, 0)
        if not depth:
            return at
    return -1


# ── What follows from what ────────────────────────────────────────────────────────────────────────


def negated(comparison: Comparison) -> Comparison | None:
    """Return the comparison that holds where this one does not; None where there is none."""
    if operator := _NEGATED.get(comparison.operator):
        return Comparison(comparison.operand, operator, comparison.value)
    if isinstance(comparison.value, bool):
        return Comparison(comparison.operand, "is", not comparison.value)
    return None


def follows(fact: Comparison, other: Comparison) -> bool | None:
    """Return whether `other` holds where `fact` does; None where it may or may not.

    Both have the same operand.
    """
    if fact.operator == "is":
        return _for_value(fact.value, other)
    if not isinstance(fact.value, float):
        return None
    if other.operator == "is":
        value = 0.0 if isinstance(other.value, bool) else other.value
        if not isinstance(value, float) or _holds(value, fact.operator, fact.value):
            return None
        return other.value is True
    return _for_range(fact, other)


def _for_value(value: Value, other: Comparison) -> bool | None:
    """Return whether a comparison holds for a value; that of True is unknown, but not zero."""
    if other.operator != "is":
        if isinstance(value, float) and isinstance(other.value, float):
            return _holds(value, other.operator, other.value)
        return None
    if isinstance(other.value, bool):
        return _is_true(value) == other.value
    if isinstance(value, bool):
        return False if _is_true(other.value) != value else None
    return _same(value, other.value)


def _is_true(value: Value) -> bool:
    return value not in (0.0, "", False)


def _same(one: Value, other: Value) -> bool:
    if isinstance(one, float) != isinstance(other, float):
        one, other = (f"{each:g}" if isinstance(each, float) else each for each in (one, other))
    return one == other


def _for_range(fact: Comparison, other: Comparison) -> bool | None:
    """Return whether one inequality follows from another."""
    bound, wanted = float(fact.value), float(other.value)
    upward = fact.operator[0] == ">"
    if upward == (other.operator[0] == ">"):
        beyond = bound > wanted if upward else bound < wanted
        is_as_strict = fact.operator == other.operator or "=" in other.operator
        return True if beyond or (bound == wanted and is_as_strict) else None
    apart = bound > wanted if upward else bound < wanted
    touches = "=" in fact.operator and "=" in other.operator
    return False if apart or (bound == wanted and not touches) else None


def _holds(value: float, operator: str, bound: float) -> bool:
    match operator:
        case "<":
            return value < bound
        case "<=":
            return value <= bound
        case ">":
            return value > bound
        case _:
            return value >= bound
