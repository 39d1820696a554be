"""Compute confidence intervals, all at 95 %: of shares, of ratios of sums, and of differences.

Each method is chosen for what it is used for: Wilson's interval for shares, because it is right
where none or all of the replies count; a percentile bootstrap for bits per byte; a jackknife for
the share of distinct n-grams, because a reply that a bootstrap draws twice repeats itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95
"""The confidence level."""

_Z = 1.959963984540054
"""The standard normal quantile of (1 + LEVEL) / 2."""

_RESAMPLES = 2000
_BLOCK = 1_000_000
"""Numbers that are drawn at once, which bounds the memory."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval."""

    low: float
    high: float

    def to_list(self) -> list[float]:
        """Return both ends, JSON-ready."""
        return [self.low, self.high]

    def within(self, lowest: float, highest: float) -> "Interval":
        """Return the part that the measured quantity can reach."""
        return Interval(max(self.low, lowest), min(self.high, highest))


@dataclass(frozen=True, slots=True)
class Difference:
    """A model's value minus the baseline's, measured on the same texts."""

    value: float
    interval: Interval | None
    """None where there is only one text or cluster."""

    def to_dict(self) -> dict[str, float | list[float] | None]:
        """Return it JSON-ready."""
        return {
            "value": self.value,
            "interval": self.interval.to_list() if self.interval else None,
        }


# Shares -------------------------------------------------------------------------------------------


def wilson(share: float, count: int) -> Interval | None:
    """Return Wilson's score interval of a share of `count` cases; None without cases."""
    if not count:
        return None
    middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    spread = math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    half = _Z * spread / (1 + _Z**2 / count)
    return Interval(max(middle - half, 0.0), min(middle + half, 1.0))


def share_difference(ours: Sequence[float | None], theirs: Sequence[float | None]) -> Difference:
    """Return the difference of two mean shares over the same cases.

    None is a case that does not count. The interval is Newcombe's for paired proportions: it
    combines both Wilson intervals with the correlation of the cases, and so has a width even where
    every case agrees.
    """
    one, other = (np.array([v for v in values if v is not None]) for values in (ours, theirs))
    share, base = (float(v.mean()) if len(v) else 0.0 for v in (one, other))
    first, second = wilson(share, len(one)), wilson(base, len(other))
    if first is None or second is None:
        return Difference(share - base, None)
    correlation = _correlation(ours, theirs)
    low = _combine(share - first.low, second.high - base, correlation)
    high = _combine(first.high - share, base - second.low, correlation)
    return Difference(share - base, Interval(share - base - low, share - base + high))


def _combine(one: float, other: float, correlation: float) -> float:
    """Return the half-width of a difference from the half-widths of its two sides."""
    return math.sqrt(max(one**2 + other**2 - 2 * correlation * one * other, 0.0))


def _correlation(ours: Sequence[float | None], theirs: Sequence[float | None]) -> float:
    """Return the correlation of both means; cases that count on one side only are independent."""
    both = [(a, b) for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None]
    if len(both) < 2:
        return 0.0
    one, other = np.array(both).T
    spread = float(one.std() * other.std())
    if spread == 0:
        return 0.0
    covariance = float(((one - one.mean()) * (other - other.mean())).mean())
    counts = (sum(v is not None for v in values) for values in (ours, theirs))
    return covariance / spread * len(both) / math.sqrt(math.prod(counts))


# Ratios of sums -----------------------------------------------------------------------------------


def ratio_interval(numerators: Floats, denominators: Floats) -> Interval | None:
    """Return the bootstrap interval of sum(numerators) / sum(denominators).

    Both are float64 (clusters,); the clusters are resampled. None with fewer than two.
    """
    if len(numerators) < 2:
        return None
    return _percentiles(_resampled_ratios(numerators, denominators))


def ratio_difference(
    ours: tuple[Floats, Floats], theirs: tuple[Floats, Floats]
) -> tuple[Difference, Interval | None]:
    """Return the difference of two ratios over the same clusters, and their quotient's interval.

    Each is a pair of numerators and denominators, float64 (clusters,). Both ratios are computed
    from the same resamples, so what makes a text hard for both models cancels out.
    """
    value = ours[0].sum() / ours[1].sum() - theirs[0].sum() / theirs[1].sum()
    if len(ours[0]) < 2:
        return Difference(float(value), None), None
    one, other = _resampled_ratios(*ours), _resampled_ratios(*theirs)
    return Difference(float(value), _percentiles(one - other)), _percentiles(one / other)


def _resampled_ratios(numerators: Floats, denominators: Floats) -> Floats:
    """Return the ratio of each resample, (resamples,); the same resamples for equal lengths."""
    count = len(numerators)
    rng = np.random.default_rng(0)
    rows = max(_BLOCK // count, 1)
    ratios: list[Floats] = []
    for start in range(0, _RESAMPLES, rows):
        drawn = rng.integers(0, count, (min(rows, _RESAMPLES - start), count))
        ratios.append(numerators[drawn].sum(axis=1) / denominators[drawn].sum(axis=1))
    return np.concatenate(ratios)


def _percentiles(values: Floats) -> Interval:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


# Jackknife ----------------------------------------------------------------------------------------


def jackknife_interval(value: float, left_out: Floats) -> Interval | None:
    """Return the interval of `value` from its values without each case, float64 (cases,)."""
    count = len(left_out)
    if count < 2:
        return None
    deviations = left_out - left_out.mean()
    error = math.sqrt((count - 1) / count * float((deviations**2).sum()))
    return Interval(value - _Z * error, value + _Z * error)
