"""Tests of what repetition costs."""

import numpy as np
import pytest

from dungeon.generator.penalties import dry_penalties, penalise_repetition, recent_tokens
from dungeon.settings.sampling import Sampling
from tests.rows import every_row


def penalised(logits, history, **changes):
    result = np.array(logits, dtype=np.float32)
    sampling = Sampling(**{"repeat_penalty": 1.0, "dry_multiplier": 0.0} | changes)
    penalise_repetition(result, history, sampling, set())
    return result.tolist()


def dry(history, multiplier, allowed, breakers, **changes):
    sampling = Sampling(dry_multiplier=multiplier, dry_allowed_length=allowed, **changes)
    return dry_penalties(history, sampling, breakers)


def test_recent_tokens_are_penalised_on_either_side_of_zero():
    logits = [2.0, -2.0, 1.0]
    assert penalised(logits, [0, 1], repeat_penalty=2.0) == [1.0, -4.0, 1.0]
    assert penalised(logits, [0, 1, 2], repeat_penalty=2.0, repeat_last_n=1) == [2.0, -2.0, 0.5]
    assert recent_tokens([1, 2, 3], 0) == {}
    assert recent_tokens([1, 2, 3, 3], -1) == {1: 1, 2: 1, 3: 2}


def test_frequency_counts_every_time_and_presence_only_that_there_is_one():
    logits = [2.0, 2.0, 2.0]
    assert penalised(logits, [0, 0, 1], frequency_penalty=0.5) == [1.0, 1.5, 2.0]
    assert penalised(logits, [0, 0, 1], presence_penalty=0.5) == [1.5, 1.5, 2.0]
    assert penalised(logits, [0, 0, 1], presence_penalty=-1.0) == [3.0, 3.0, 2.0]
    both = penalised(logits, [0, 0, 1], frequency_penalty=0.5, repeat_last_n=2)
    assert both == [1.5, 1.5, 2.0]
    assert penalised(logits, [0, 0], repeat_penalty=2.0, frequency_penalty=0.25)[0] == 0.5


def test_the_dry_penalty_grows_with_the_length_of_the_repetition():
    assert dry([1, 2, 3, 9, 1, 2], 1.0, 3, set()) == {}
    assert dry([1, 2, 3, 9, 1, 2], 1.0, 2, set()) == {3: 1.0}
    assert dry([5, 1, 2, 3, 9, 5, 1, 2], 0.8, 2, set()) == {3: pytest.approx(0.8 * 1.75)}
    assert dry([5, 1, 2, 3, 9, 5, 1, 2], 0.8, 2, set(), dry_base=3.0) == {3: pytest.approx(2.4)}
    assert dry([1, 2, 3, 9, 1, 2], 0.0, 1, set()) == {}
    assert dry([4, 1, 5, 4, 1, 6, 4, 1], 1.0, 2, set()) == {5: 1.0, 6: 1.0}


def test_a_sequence_does_not_reach_over_a_breaker():
    assert dry([1, 2, 3, 9, 1, 2], 1.0, 2, {1}) == {}
    assert dry([1, 2, 3, 9, 1, 2], 1.0, 1, {2}) == {}
    assert dry([1, 2, 3, 9, 1, 2], 1.0, 2, {3}) == {}


@every_row(("last", "penalty"), [(6, 1.0), (5, 0.0), (0, 0.0)])
def test_a_repetition_is_looked_for_as_far_back_as_the_range_says(last, penalty):
    found = penalised(
        [0.0] * 10, [1, 2, 3, 9, 1, 2], dry_multiplier=1.0, dry_allowed_length=2,
        dry_penalty_last_n=last,
    )  # fmt: skip
    assert found[3] == -penalty
