"""The metrics of a reward model on held-out situations."""

import pytest

from training.rewards.metrics import (
    EVAL_ACCURACY,
    EVAL_BEST_OF_N,
    EVAL_POSSIBLE,
    EVAL_RANDOM,
    ScoredSituation,
    describe,
    summarise,
)
from training.trainer.checkpointed import EVAL_LOSS

RIGHT = ScoredSituation(1.0, [3.5, 1.0, 0.5, 0.0], [4, 2, 1, 0])
WRONG = ScoredSituation(2.0, [0.5, 1.0], [3, 1])
TIED = ScoredSituation(3.0, [1.0, 1.0], [2, 1])
ALIKE = ScoredSituation(2.0, [0.1, 0.2], [3, 3])


def test_choices_are_compared_with_chance_and_with_the_best() -> None:
    metrics = summarise([RIGHT, WRONG, TIED, ALIKE])
    assert metrics[EVAL_LOSS] == 2.0
    assert metrics[EVAL_ACCURACY] == pytest.approx((6 + 0 + 0.5) / 8)
    assert metrics[EVAL_BEST_OF_N] == 0.5  # RIGHT and ALIKE
    assert metrics[EVAL_RANDOM] == pytest.approx((0.25 + 0.5 + 0 + 1) / 4)
    assert metrics[EVAL_POSSIBLE] == 0.75
    assert describe(metrics) == (
        "81.2% of held-out pairs in their order, the best of n is good in 50.0% of held-out "
        "situations (a random reply in 43.8%, any of them in 75.0%)"
    )


def test_without_pairs_there_is_no_accuracy() -> None:
    metrics = summarise([ALIKE])
    assert EVAL_ACCURACY not in metrics
    assert describe(metrics).startswith("the best of n is good in 100.0%")
