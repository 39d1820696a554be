"""Confidence intervals agree with published values, and pairing narrows a difference."""

import numpy as np
import pytest

from tests.rows import every_row
from training.evaluation.intervals import (
    jackknife_interval,
    ratio_difference,
    ratio_interval,
    share_difference,
    wilson,
)
from training.evaluation.metrics import METRICS, Reply


@every_row(
    ("share", "count", "low", "high"),
    [  # Newcombe 1998, table I
        (81 / 263, 263, 0.2553, 0.3662),
        (15 / 148, 148, 0.0624, 0.1605),
        (0.0, 20, 0.0, 0.1611),
        (1 / 29, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval(share, count, low, high):
    assert wilson(share, count).to_list() == pytest.approx([low, high], abs=5e-5)


def test_there_is_no_interval_without_cases():
    assert wilson(0.0, 0) is None
    assert ratio_interval(np.array([1.0]), np.array([2.0])) is None
    assert jackknife_interval(0.5, np.array([0.5])) is None
    assert share_difference([None], [1.0]).interval is None


def test_a_paired_difference_of_shares_is_newcombes():
    # Newcombe 1998 (paired), table III: 36 both, 12 first only, 2 second only, 0 neither
    ours = [1.0] * 36 + [1.0] * 12 + [0.0] * 2
    theirs = [1.0] * 36 + [0.0] * 12 + [1.0] * 2
    found = share_difference(ours, theirs)
    assert found.value == pytest.approx(0.2)
    assert found.interval.to_list() == pytest.approx([0.0569, 0.3404], abs=5e-4)


def test_a_difference_has_a_width_where_every_case_agrees():
    found = share_difference([0.0] * 12, [0.0] * 12)
    assert found.value == 0
    assert found.interval.low < 0 < found.interval.high


def test_cases_that_do_not_count_are_left_out_of_a_difference():
    found = share_difference([1.0, None, 1.0, 0.0], [1.0, 1.0, None, 0.0])
    assert found.value == 0
    assert found.interval.low == pytest.approx(-found.interval.high)


def test_the_bootstrap_has_the_width_of_the_normal_interval():
    rng = np.random.default_rng(1)
    bits, sizes = rng.normal(100, 20, 400), np.full(400, 100.0)
    found = ratio_interval(bits, sizes)
    error = bits.std() / 100 / np.sqrt(400)
    assert found.low < bits.mean() / 100 < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert ratio_interval(bits, sizes) == found


def test_pairing_cancels_what_makes_a_text_hard():
    rng = np.random.default_rng(2)
    hard, sizes = rng.normal(100, 30, 50), np.full(50, 100.0)
    difference, quotient = ratio_difference((hard * 0.98, sizes), (hard, sizes))
    assert difference.value == pytest.approx(-0.02 * hard.mean() / 100)
    assert quotient.to_list() == pytest.approx([0.98, 0.98])
    alone = ratio_interval(hard, sizes)
    assert difference.interval.high < 0
    width = difference.interval.high - difference.interval.low
    assert width < (alone.high - alone.low) / 10


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(3).normal(0, 1, 30)
    left_out = (values.sum() - values) / 29
    found = jackknife_interval(values.mean(), left_out)
    error = values.std(ddof=1) / np.sqrt(30)
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=1e-3)


def test_the_interval_of_distinct_ngrams_contains_its_value():
    texts = ("The door opens.", "The door opens and shuts.", "A key turns.", "It is the key.")
    replies = [Reply(text, True, "You wait.") for text in texts]
    metric = METRICS["distinct_2"]
    found = metric.interval(replies)
    assert 0 <= found.low < metric(replies) < found.high <= 1
    assert metric.difference(replies, replies).value == 0
    assert metric.difference(replies, replies).interval.to_list() == [0, 0]


def test_every_metric_has_an_interval_and_a_difference():
    replies = [Reply("You open the door.", True, "You open the door.", ("You sing.",))] * 3
    for name, metric in METRICS.items():
        assert metric.interval(replies) is not None, name
        assert metric.difference(replies, replies).value == 0, name
        assert metric.difference(replies, replies).interval is not None, name
