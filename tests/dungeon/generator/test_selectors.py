"""Tests of Mirostat and adaptive-p: what they draw comes to what they aim at."""

import math

import numpy as np
import pytest

from dungeon.generator.sampler import Sampler
from dungeon.generator.selectors import AdaptiveP, Mirostat, Multinomial, make_selector
from dungeon.settings.sampling import Sampling
from tests.rows import every_row

ZIPF = np.log(1 / np.arange(1, 2001)).astype(np.float32)
SHARES = np.exp(ZIPF) / np.exp(ZIPF).sum()


FREE = {"temperature": 1.0, "top_p": 1.0, "min_p": 0.0, "dry_multiplier": 0.0}


def drawn(count=3000, **changes):
    sampler = Sampler(Sampling(**FREE | changes), 3, [], set())
    return [SHARES[sampler.next(ZIPF)] for _ in range(count)]


@pytest.mark.parametrize(("aim", "least", "most"), [(2.0, 1.5, 4.0), (5.0, 4.4, 6.6)])
def test_mirostat_2_keeps_the_surprise_near_its_aim(aim, least, most):
    surprise = [-math.log2(share) for share in drawn(mirostat=2, mirostat_tau=aim)[500:]]
    assert least <= np.mean(surprise) <= most  # by the probabilities before it cuts, thus higher


def test_mirostat_1_takes_more_tokens_the_more_surprise_it_aims_at():
    few, many = (len(set(drawn(mirostat=1, mirostat_tau=tau))) for tau in (1.0, 6.0))
    assert few < many


@every_row("version", [1, 2])
@every_row("shares", [[1.0], [0.5, 0.5], [1.0, 0.0, 0.0], [1e-300, 1e-308]])
@every_row("tau", [0.0, 20.0])
def test_mirostat_leaves_one_token_at_least(version, shares, tau):
    selector = Mirostat(Sampling(mirostat=version, mirostat_tau=tau))
    shares = np.array(shares)
    for _ in range(3):
        applied = selector.apply(shares)
        assert applied.sum() == pytest.approx(1)
        selector.accept(shares, applied, 0)


@pytest.mark.parametrize("target", [0.15, 0.3, 0.45])
def test_adaptive_p_draws_tokens_that_are_as_probable_as_its_target_on_the_average(target):
    shares = np.array([0.5, 0.25, 0.15, 0.07, 0.03])
    sampler = Sampler(Sampling(**FREE, adaptive_target=target), 3, [], set())
    found = [shares[sampler.next(np.log(shares).astype(np.float32))] for _ in range(3000)]
    assert np.mean(found) == pytest.approx(target, abs=0.06)


def test_a_selector_is_made_of_the_settings():
    assert isinstance(make_selector(Sampling()), Multinomial)
    assert isinstance(make_selector(Sampling(adaptive_target=0.4)), AdaptiveP)
    assert isinstance(make_selector(Sampling(mirostat=1, adaptive_target=0.4)), Mirostat)
