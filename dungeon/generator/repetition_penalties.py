"""Provides the guards against repetition as llama.cpp has them, for an engine that has none: which
tokens are recent, and what each would cost that goes on with a sequence word for word.

Works on token ids alone. Knows nothing of tensors.
"""

from collections.abc import Sequence, Set

_BASE = 1.75
"""How much dearer each further token of a repeated sequence is; llama.cpp's default."""

_LONGEST = 50
"""Tokens of a sequence that are looked at; by then its price is beyond any token's worth."""


def recent(history: Sequence[int], last: int) -> set[int]:
    """Return the tokens among the `last` of the history; all of them for -1."""
    if last == 0:
        return set()
    return set(history) if last < 0 else set(history[-last:])


def dry_penalties(
    history: Sequence[int], multiplier: float, allowed: int, breakers: Set[int]
) -> dict[int, float]:
    """Return what is to be taken off the logit of each token that would go on with a repetition.

    A token costs `multiplier * 1.75 ** (length - allowed)`, where `length` is the longest sequence
    at the end of the history that stood before that token earlier (DRY, after p-e-w). A sequence
    never reaches over a breaker: a line's end, a colon, a quotation mark or an asterisk.
    """
    if multiplier <= 0 or not history or history[-1] in breakers:
        return {}
    longest: dict[int, int] = {}
    end, last = len(history) - 1, history[-1]
    for place in range(end):
        if history[place] != last:
            continue
        length = _common(history, place, end, breakers)
        follower = history[place + 1]
        longest[follower] = max(longest.get(follower, 0), length)
    return {
        token: multiplier * _BASE ** (length - allowed)
        for token, length in longest.items()
        if length >= allowed and token not in breakers
    }


def _common(history: Sequence[int], place: int, end: int, breakers: Set[int]) -> int:
    """Return how many tokens before and at `place` are those before and at `end`."""
    length = 0
    while (
        length < min(place + 1, _LONGEST)
        and history[place - length] == history[end - length]
        and history[place - length] not in breakers
    ):
        length += 1
    return length
