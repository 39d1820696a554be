"""Compute what is reported of evaluations: values, confidence intervals, and differences.

Bits per byte are resampled by works where there are several, because the documents of one work
resemble each other, and otherwise by documents.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from training.evaluation.intervals import (
    Difference,
    Floats,
    Interval,
    ratio_difference,
    ratio_interval,
)
from training.evaluation.metrics import METRICS, Reply
from training.evaluation.perplexity import DocumentLoss, add_up

MIN_CLUSTERS = 5
"""Works from which they are resampled instead of documents."""

Unit = Literal["works", "documents"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric with its confidence interval."""

    value: float | None
    """None where nothing counts."""
    interval: Interval | None

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "value": self.value,
            "interval": self.interval.to_list() if self.interval else None,
        }


@dataclass(frozen=True, slots=True)
class BitsPerByte:
    """Bits per byte of some documents."""

    documents: int
    bytes: int
    estimate: Estimate
    unit: Unit
    """What was resampled for the interval."""

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "documents": self.documents,
            "bytes": self.bytes,
            "bits_per_byte": self.estimate.value,
            "interval": self.estimate.interval.to_list() if self.estimate.interval else None,
            "resampled": self.unit,
        }


@dataclass(frozen=True, slots=True)
class BitsDifference:
    """A model's bits per byte minus the baseline's, on the same documents."""

    absolute: Difference
    relative: Difference
    """As a share of the baseline's."""

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return self.absolute.to_dict() | {"relative": self.relative.to_dict()}


def bits_per_byte(documents: Iterable[DocumentLoss]) -> BitsPerByte | None:
    """Return the bits per byte of `documents`; None where none has trained text."""
    scored = [each for each in documents if each.tally.bytes]
    if not scored:
        return None
    unit, key = _clusters(scored)
    total = add_up(scored)
    value = total.bits_per_byte or 0.0
    interval = ratio_interval(*_sums(scored, key))
    return BitsPerByte(len(scored), total.bytes, Estimate(value, interval), unit)


def bits_difference(
    ours: Sequence[DocumentLoss], theirs: Sequence[DocumentLoss]
) -> BitsDifference | None:
    """Return the difference on the documents that both models have read; None without any."""
    pairs = _pairs(ours, theirs)
    if not pairs:
        return None
    one, other = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    _, key = _clusters(one)
    absolute, quotient = ratio_difference(_sums(one, key), _sums(other, key))
    base = add_up(other).bits_per_byte or 0.0
    relative = absolute.value / base if base else 0.0
    interval = Interval(quotient.low - 1, quotient.high - 1) if quotient else None
    return BitsDifference(absolute, Difference(relative, interval))


def _pairs(
    ours: Sequence[DocumentLoss], theirs: Sequence[DocumentLoss]
) -> list[tuple[DocumentLoss, DocumentLoss]]:
    known = {each.number: each for each in theirs if each.tally.bytes}
    return [
        (each, known[each.number]) for each in ours if each.tally.bytes and each.number in known
    ]


def _clusters(documents: Sequence[DocumentLoss]) -> tuple[Unit, Callable[[DocumentLoss], object]]:
    """Return what is resampled, and the function that says to which cluster a document belongs."""
    if len({each.work for each in documents}) >= MIN_CLUSTERS:
        return "works", lambda each: each.work
    return "documents", lambda each: each.number


def _sums(
    documents: Sequence[DocumentLoss], key: Callable[[DocumentLoss], object]
) -> tuple[Floats, Floats]:
    """Return the bits and the bytes of each cluster, float64 (clusters,)."""
    clusters: dict[object, list[DocumentLoss]] = defaultdict(list)
    for each in documents:
        clusters[key(each)].append(each)
    tallies = [add_up(each) for each in clusters.values()]
    bits = np.array([each.nats for each in tallies]) / np.log(2)
    return bits, np.array([each.bytes for each in tallies], np.float64)


def grouped(
    documents: Iterable[DocumentLoss], name: Callable[[DocumentLoss], str]
) -> dict[str, list[DocumentLoss]]:
    """Return the documents of each group, the group with the most bytes first."""
    groups: dict[str, list[DocumentLoss]] = defaultdict(list)
    for each in documents:
        groups[name(each)].append(each)
    order = sorted(groups, key=lambda group: -add_up(groups[group]).bytes)
    return {group: groups[group] for group in order}


def play_metrics(replies: Sequence[Reply]) -> dict[str, Estimate]:
    """Return each metric of play by its name; none without replies."""
    if not replies:
        return {}
    return {
        name: Estimate(metric(replies), metric.interval(replies))
        for name, metric in METRICS.items()
    }


def play_differences(
    ours: Mapping[int, Reply], theirs: Mapping[int, Reply]
) -> dict[str, Difference | None]:
    """Return the difference of each metric, over the prompts that both models replied to.

    None where no reply of one of them counts.
    """
    common = sorted(ours.keys() & theirs.keys())
    if not common:
        return {}
    one, other = [ours[number] for number in common], [theirs[number] for number in common]
    return {name: metric.difference(one, other) for name, metric in METRICS.items()}
