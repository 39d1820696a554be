"""What repetition costs, as llama.cpp reckons it: the repeat, frequency and presence penalties, and
DRY.
"""

from collections import Counter
from collections.abc import Sequence, Set

import numpy as np
import numpy.typing as npt

from dungeon.settings.sampling import Sampling

Logits = npt.NDArray[np.float32]
"""(vocabulary,), before softmax"""

_DRY_MAX_LENGTH = 50
"""Tokens of a sequence that are compared; by then the penalty excludes any token."""


def penalise_repetition(
    logits: Logits, history: Sequence[int], sampling: Sampling, dry_breakers: Set[int]
) -> None:
    """Apply all penalties of `sampling` to `logits`, in place."""
    _penalise_recent(logits, history, sampling)
    if sampling.dry_penalty_last_n > 0:
        within = history[-sampling.dry_penalty_last_n :]
        for token, value in dry_penalties(within, sampling, dry_breakers).items():
            logits[token] -= value


def _penalise_recent(logits: Logits, history: Sequence[int], sampling: Sampling) -> None:
    penalty = sampling.repeat_penalty
    frequency, presence = sampling.frequency_penalty, sampling.presence_penalty
    if penalty == 1 and not frequency and not presence:
        return
    counts = recent_tokens(history, sampling.repeat_last_n)
    tokens = list(counts)
    old = logits[tokens]
    changed = np.where(old > 0, old / penalty, old * penalty)
    times = np.fromiter(counts.values(), np.float32, len(counts))
    logits[tokens] = changed - times * np.float32(frequency) - np.float32(presence)


def recent_tokens(history: Sequence[int], last: int) -> Counter[int]:
    """Return how often each token occurs among the `last` ones of the history; in all for -1."""
    if last == 0:
        return Counter()
    return Counter(history) if last < 0 else Counter(history[-last:])


def dry_penalties(
    history: Sequence[int], sampling: Sampling, breakers: Set[int]
) -> dict[int, float]:
    """Return what to subtract from the logit of each token that would continue a repetition.

    The penalty is `multiplier * base ** (length - allowed)`, where `length` is that of the longest
    sequence at the end of the history that stood before the token earlier (DRY, after p-e-w). A
    sequence never reaches over a breaker.
    """
    if sampling.dry_multiplier <= 0 or not history or history[-1] in breakers:
        return {}
    longest: dict[int, int] = {}
    end, last = len(history) - 1, history[-1]
    for place in range(end):
        if history[place] != last:
            continue
        length = _common_suffix(history, place, end, breakers)
        follower = history[place + 1]
        longest[follower] = max(longest.get(follower, 0), length)
    allowed = sampling.dry_allowed_length
    return {
        token: sampling.dry_multiplier * sampling.dry_base ** (length - allowed)
        for token, length in longest.items()
        if length >= allowed and token not in breakers
    }


def _common_suffix(history: Sequence[int], place: int, end: int, breakers: Set[int]) -> int:
    """Return how many tokens up to and with `place` are equal to those up to and with `end`."""
    length = 0
    while (
        length < min(place + 1, _DRY_MAX_LENGTH)
        and history[place - length] == history[end - length]
        and history[place - length] not in breakers
    ):
        length += 1
    return length
