"""Pairs of one prompt come together, in another order in every epoch."""

from training.preferences.pair_order import PromptSampler

PROMPTS = [number // 3 for number in range(30)]


def test_pairs_of_one_prompt_come_together() -> None:
    order = list(PromptSampler(PROMPTS, seed=1))
    assert sorted(order) == list(range(30))
    assert [PROMPTS[number] for number in order[::3]] == [PROMPTS[number] for number in order[2::3]]


def test_epochs_differ_and_come_again() -> None:
    sampler = PromptSampler(PROMPTS, seed=1)
    first = list(sampler)
    sampler.set_epoch(1)
    second = list(sampler)
    assert first != second
    sampler.set_epoch(0)
    assert list(sampler) == first
    assert list(PromptSampler(PROMPTS, seed=2)) != first
    assert len(sampler) == 30
