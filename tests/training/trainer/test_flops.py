import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from training.trainer.flops import flop_per_token, peak


def gpt2(**options: int) -> GPT2LMHeadModel:
    with torch.device("meta"):  # no memory, only shapes
        return GPT2LMHeadModel(GPT2Config(**options))


def test_the_smallest_gpt2() -> None:
    assert flop_per_token(gpt2(), 1_024) == pytest.approx(8.55e8, rel=0.01)


def test_the_largest_gpt2() -> None:
    largest = gpt2(n_layer=48, n_embd=1_600, n_head=25)
    assert flop_per_token(largest, 1_024) == pytest.approx(1.03e10, rel=0.01)


def test_frozen_weights_cost_less() -> None:
    model = gpt2()
    whole = flop_per_token(model, 1_024)
    model.requires_grad_(requires_grad=False)
    assert 0.6 * whole < flop_per_token(model, 1_024) < 0.75 * whole


def test_peaks_are_known_by_name() -> None:
    assert peak("NVIDIA H200") == 989e12
    assert peak("NVIDIA A100-SXM4-80GB") == 312e12
    assert peak("NVIDIA L40S") == 362e12
    assert peak("An abacus") is None
