"""Tests of the tokens that may be sampled."""

import numpy as np

from dungeon.generator.candidates import exclude_top_choices, find_candidates
from dungeon.settings.sampling import Sampling
from tests.rows import every_row

SHARES = np.array([0.5, 0.25, 0.15, 0.07, 0.03])
LOGITS = np.log(SHARES).astype(np.float32)
OFF = {"top_p": 1.0, "min_p": 0.0}


@every_row(
    ("changes", "left"),
    [
        ({"typical_p": 0.2}, [1]),  # the entropy is 1.27 nats: 0.28 is as surprising as expected
        ({"typical_p": 0.3}, [0, 1]),
        ({"typical_p": 0.8}, [0, 1, 2]),
        ({"top_n_sigma": 1.0}, [0, 1]),  # the deviation of these logits is about 1.01
        ({"top_n_sigma": 1.5}, [0, 1, 2]),
        ({"top_n_sigma": 0.01}, [0]),
        ({"top_n_sigma": 9.0}, [0, 1, 2, 3, 4]),
        ({"typical_p": 0.8, "top_p": 0.6}, [0, 1]),  # shares are those of what is left
        ({"top_n_sigma": 1.5, "min_p": 0.4}, [0, 1]),
    ],
)
def test_each_setting_leaves_the_tokens_it_should(changes, left):
    shuffled = [3, 0, 4, 1, 2]
    tokens, _ = find_candidates(LOGITS[shuffled], Sampling(**OFF | changes))
    assert [shuffled[token] for token in tokens] == left


def test_what_is_impossible_counts_nowhere():
    logits = np.append(LOGITS, [-np.inf, -2000.0]).astype(np.float32)
    for changes in ({"typical_p": 0.9}, {"top_n_sigma": 0.5}):
        tokens, shares = find_candidates(logits, Sampling(**OFF | changes))
        assert 5 not in tokens
        assert np.isfinite(shares).all()


@every_row(
    ("threshold", "left"), [(0.1, [2, 3, 4]), (0.2, [1, 2, 3, 4]), (0.45, [0, 1, 2, 3, 4]),
                            (0.6, [0, 1, 2, 3, 4]), (0.0, [4])]
)  # fmt: skip
def test_xtc_leaves_the_least_likely_of_the_likely(threshold, left):
    tokens, _ = exclude_top_choices(np.arange(5), SHARES, threshold)
    assert tokens.tolist() == left
