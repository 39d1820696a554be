import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from training.trainer.flops import flops_per_token, peak_flops


def gpt2(**options: int) -> GPT2LMHeadModel:
    with torch.device("meta"):  # no memory, only shapes
        return GPT2LMHeadModel(GPT2Config(**options))


def test_flops_of_the_smallest_gpt2() -> None:
    assert flops_per_token(gpt2(), 1_024) == pytest.approx(8.55e8, rel=0.01)


def test_flops_of_the_largest_gpt2() -> None:
    largest = gpt2(n_layer=48, n_embd=1_600, n_head=25)
    assert flops_per_token(largest, 1_024) == pytest.approx(1.03e10, rel=0.01)


def test_frozen_weights_cost_less() -> None:
    model = gpt2()
    whole = flops_per_token(model, 1_024)
    model.requires_grad_(requires_grad=False)
    assert 0.6 * whole < flops_per_token(model, 1_024) < 0.75 * whole


def test_the_peak_is_found_by_device_name() -> None:
    assert peak_flops("NVIDIA H200") == 989e12
    assert peak_flops("NVIDIA A100-SXM4-80GB") == 312e12
    assert peak_flops("NVIDIA L40S") == 362e12
    assert peak_flops("An abacus") is None
