"""A batch in which each prompt stands once gives what the whole batch gives."""

from typing import Any

import torch
from transformers import GPTNeoConfig, GPTNeoForCausalLM

from tests.rows import every_row
from tests.training import small_models
from training.preferences.shared_prompts import (
    IGNORE_INDEX,
    can_share_prompts,
    read_shared,
    share_prompts,
)

# Two pairs of different length; the second one has the prompt 9, 8.
SEQUENCES = ([1, 2, 3, 4, 5], [9, 8, 6], [1, 2, 3, 4, 7, 7], [9, 8, 5, 5])
PROMPTS = (4, 2, 4, 2)


def batch(sequences: Any = SEQUENCES, prompts: Any = PROMPTS) -> tuple[torch.Tensor, ...]:
    """Return input_ids, attention_mask and labels as trl's collator and trainer make them."""
    length = max(map(len, sequences))
    ids = torch.tensor([[*each, *[0] * (length - len(each))] for each in sequences])
    mask = torch.tensor([[1] * len(each) + [0] * (length - len(each)) for each in sequences])
    labels = ids.masked_fill(mask == 0, IGNORE_INDEX)
    for row, start in enumerate(prompts):
        labels[row, :start] = IGNORE_INDEX
    return ids, mask, labels


def test_each_prompt_stands_once_before_its_replies() -> None:
    shared = share_prompts(*batch())
    assert shared.input_ids.tolist() == [[1, 2, 3, 4, 5, 9, 8, 6, 7, 7, 5, 5]]
    assert shared.position_ids.tolist() == [[0, 1, 2, 3, 4, 0, 1, 2, 4, 5, 2, 3]]
    assert shared.places.tolist() == [
        [0, 1, 2, 3, 4, 0],
        [5, 6, 7, 0, 0, 0],
        [0, 1, 2, 3, 8, 9],
        [5, 6, 10, 11, 0, 0],
    ]


def test_a_token_sees_its_own_sequence_only() -> None:
    ids, mask, labels = batch()
    shared = share_prompts(ids, mask, labels)
    for row, length in enumerate(mask.sum(dim=1).tolist()):
        places = shared.places[row, :length]
        for at, place in enumerate(places):
            seen = shared.visible[0, 0, place].nonzero()[:, 0].tolist()
            assert sorted(seen) == sorted(places[: at + 1].tolist())


def test_replies_without_a_prompt_do_not_see_each_other() -> None:
    shared = share_prompts(*batch(([1, 2], [3, 4]), (0, 0)))
    assert shared.input_ids.tolist() == [[1, 2, 3, 4]]
    assert shared.visible[0, 0].tolist() == [
        [True, False, False, False],
        [True, True, False, False],
        [False, False, True, False],
        [False, False, True, True],
    ]


@every_row("build", [small_models.llama, small_models.gpt2])
@every_row("attention", ["sdpa", "eager"])
def test_states_and_gradients_are_those_of_the_whole_batch(build: Any, attention: str) -> None:
    ids, mask, labels = batch()
    results = []
    for shares in (False, True):
        model = build()
        model.set_attn_implementation(attention)
        assert can_share_prompts(model)
        if shares:
            hidden = read_shared(model, ids, mask, labels)
        else:
            hidden = model.base_model(input_ids=ids, attention_mask=mask).last_hidden_state
        hidden[mask.bool()].square().sum().backward()
        results.append((hidden[mask.bool()], model.get_input_embeddings().weight.grad))
    for whole, shared in zip(*results, strict=True):
        torch.testing.assert_close(shared, whole, rtol=1e-4, atol=1e-5)


def test_prompts_are_read_one_after_another() -> None:
    """In one row attention costs the square of all prompts together."""
    model, lengths = small_models.llama(), []
    forward = model.model.forward

    def recorded(**named: Any) -> Any:
        lengths.append(tuple(named["input_ids"].shape))
        return forward(**named)

    model.model.forward = recorded
    assert read_shared(model, *batch()).shape[:2] == (4, 6)
    assert lengths == [(1, 7), (1, 5)]


def test_a_model_that_ignores_the_mask_is_found_out() -> None:
    model = small_models.llama()
    forward = model.model.forward
    model.model.forward = lambda attention_mask=None, **named: forward(**named)
    assert not can_share_prompts(model)


def test_a_model_that_ignores_positions_is_found_out() -> None:
    model = small_models.llama()
    for weight in model.model.layers.parameters():
        weight.data /= 2  # so that positions change about as little as in a trained model
    assert can_share_prompts(model)
    forward = model.model.forward
    model.model.forward = lambda position_ids=None, **named: forward(**named)
    assert not can_share_prompts(model)


def test_a_model_that_takes_no_positions_is_read_as_it_is() -> None:
    model = small_models.llama()
    forward = model.model.forward
    model.model.forward = lambda input_ids, attention_mask, use_cache: forward(
        input_ids=input_ids, attention_mask=attention_mask, use_cache=use_cache
    )
    assert not can_share_prompts(model)


def test_a_model_that_sees_a_window_is_read_as_it_is() -> None:
    model = small_models.llama()
    model.config.sliding_window = 64
    assert not can_share_prompts(model)
    model.config.sliding_window = None
    model.config.layer_types = ["sliding_attention"]
    assert not can_share_prompts(model)


def test_a_model_with_a_mask_of_its_own_is_read_as_it_is() -> None:
    """GPT-Neo, as TinyStories models are, looks at a window of 256 tokens in every second layer."""
    config = GPTNeoConfig(
        vocab_size=64,
        hidden_size=32,
        num_layers=2,
        num_heads=2,
        attention_types=[[["global", "local"], 1]],
        max_position_embeddings=512,
    )
    assert not can_share_prompts(GPTNeoForCausalLM(config))


def test_the_check_leaves_a_model_in_training_mode() -> None:
    model = small_models.llama().train()
    can_share_prompts(model)
    assert model.training
