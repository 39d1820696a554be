from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import InputRefused
from training.trainer import hyperparameters
from training.trainer.hyperparameters import Method, TaskFacts
from training.trainer.plan import make_plan

SMALL = TaskFacts(
    from_scratch=False,
    parameters=124_000_000,
    trainable_parameters=124_000_000,
    num_layers=12,
    hidden_size=768,
    vocab_size=50_257,
    context_length=1_024,
    max_seq_length=1_024,
    rows=7_500,
    trained_tokens=7_500_000,
    held_out_rows=400,
    memory=80 << 30,
    is_gpu=True,
    bf16=True,
)
"""The smallest GPT-2, 30 MB of stories, a large GPU."""

XL = replace(
    SMALL,
    parameters=1_558_000_000,
    trainable_parameters=1_558_000_000,
    num_layers=48,
    hidden_size=1_600,
)


def test_the_plan_for_thirty_megabytes_and_the_smallest_gpt2() -> None:
    made = make_plan(SMALL)
    assert made.batch_size == 16
    assert made.gradient_accumulation_steps == 1
    assert made.learning_rate == pytest.approx(1e-4)
    assert made.epochs == 4
    assert made.max_steps == 4 * 469
    assert made.warmup_steps == 40
    assert not made.gradient_checkpointing


def test_the_learning_rate_of_the_largest_gpt2_is_nanogpts() -> None:
    assert make_plan(XL).learning_rate == pytest.approx(3e-5, rel=0.05)


def test_the_learning_rate_of_an_adapter_is_that_of_our_trial() -> None:
    """100,000 tokens, 135M parameters, rows of 512: 4e-4 with a batch of four rows was best."""
    lora = replace(
        SMALL,
        method="lora",
        parameters=135_000_000,
        trained_tokens=100_000,
        rows=200,
        max_seq_length=512,
    )
    made = make_plan(replace(lora, is_gpu=False, bf16=False, memory=8 << 30))
    assert made.batch_size in (4, 8)
    assert made.learning_rate == pytest.approx(4e-4, rel=0.3)
    assert made.lora_rank == hyperparameters.LORA_RANK
    assert made.weight_decay == 0


def test_an_evaluation_reads_everything_or_what_time_allows() -> None:
    assert make_plan(replace(SMALL, held_out_rows=200)).eval_rows == 200
    short = make_plan(replace(SMALL, rows=40, held_out_rows=4_000))
    assert short.eval_rows == hyperparameters.MIN_EVAL_TOKENS // SMALL.max_seq_length
    assert "evenly" in short.reasons["eval_rows"]
    long = make_plan(replace(SMALL, held_out_rows=4_000))
    read = hyperparameters.EVALUATIONS * long.eval_rows / 3
    assert read <= hyperparameters.EVALUATION_SHARE * long.max_steps * long.batch_size
    assert make_plan(SMALL, {"eval_rows": 7}).eval_rows == 7


def test_more_tokens_mean_larger_batches_and_higher_learning_rates() -> None:
    more = replace(SMALL, trained_tokens=10 * SMALL.trained_tokens, rows=10 * SMALL.rows)
    assert make_plan(more).batch_size > make_plan(SMALL).batch_size
    assert make_plan(more).learning_rate > make_plan(SMALL).learning_rate


def test_gradient_checkpointing_is_used_where_memory_is_short() -> None:
    assert not make_plan(XL).gradient_checkpointing
    tight = make_plan(replace(XL, memory=36 << 30), {"method": "full"})
    assert tight.gradient_checkpointing
    assert "recomputed" in tight.reasons["micro_batch_size"]
    assert tight.micro_batch_size * tight.gradient_accumulation_steps == tight.batch_size


def test_less_memory_means_more_micro_batches_of_the_same_batch() -> None:
    wide = replace(SMALL, trained_tokens=10**9, rows=10**6)
    roomy, tight = make_plan(wide), make_plan(replace(wide, memory=8 << 30))
    assert tight.batch_size == roomy.batch_size
    assert tight.micro_batch_size < roomy.micro_batch_size
    assert tight.gradient_accumulation_steps > roomy.gradient_accumulation_steps


def test_the_vocabulary_takes_memory_only_where_all_logits_are_held() -> None:
    def row_bytes(**facts: Any) -> int:
        return hyperparameters.row_bytes(replace(SMALL, **facts), gradient_checkpointing=False)

    assert row_bytes() == row_bytes(vocab_size=256_000)
    assert row_bytes(chunked_loss=False) > 2 * row_bytes()


def test_a_frozen_base_takes_two_bytes_a_weight_where_bfloat16_is_fast() -> None:
    adapter = replace(SMALL, method="lora", trainable_parameters=0)
    assert hyperparameters.state_bytes(adapter) == 2 * SMALL.parameters
    assert hyperparameters.state_bytes(replace(adapter, bf16=False)) == 4 * SMALL.parameters


def test_all_weights_are_trained_where_they_fit() -> None:
    assert hyperparameters.choose_method(SMALL).value == "full"
    assert hyperparameters.choose_method(replace(XL, memory=24 << 30)).value == "lora"
    assert hyperparameters.choose_method(replace(SMALL, is_gpu=False)).value == "lora"
    assert (
        hyperparameters.choose_method(replace(SMALL, is_gpu=False, from_scratch=True)).value
        == "full"
    )


def test_random_weights_get_more_epochs_of_a_small_corpus() -> None:
    made = make_plan(replace(SMALL, from_scratch=True))
    assert made.epochs == hyperparameters.MAX_EPOCHS
    assert made.learning_rate == pytest.approx(3e-4)


def test_overrides_are_taken_and_marked() -> None:
    made = make_plan(
        SMALL, {"learning_rate": 1e-3, "epochs": 1, "micro_batch_size": 4, "max_steps": 10}
    )
    assert (made.learning_rate, made.epochs, made.micro_batch_size) == (1e-3, 1, 4)
    assert made.gradient_accumulation_steps == 4
    assert made.max_steps == 10
    assert made.reasons["learning_rate"] == "set by you"


def test_an_impossible_override_names_its_option() -> None:
    with pytest.raises(InputRefused, match="--micro-batch-size"):
        make_plan(SMALL, {"micro_batch_size": 3})
    with pytest.raises(InputRefused, match="--batch-size"):
        make_plan(replace(SMALL, devices=4), {"batch_size": 6})


def test_a_smaller_micro_batch_keeps_the_batch_size() -> None:
    made = make_plan(SMALL, {"batch_size": 12, "micro_batch_size": 6})
    less = made.with_smaller_micro_batch()
    assert (less.micro_batch_size, less.gradient_accumulation_steps) == (3, 4)
    least = less.with_smaller_micro_batch()
    assert (least.micro_batch_size, least.gradient_accumulation_steps) == (1, 12)


@given(
    trained_tokens=st.integers(1, 10**10),
    rows=st.integers(1, 10**6),
    held=st.integers(1, 10**5),
    parameters=st.integers(10**4, 10**10),
    memory=st.integers(2**28, 2**38),
    devices=st.integers(1, 8),
    method=st.sampled_from(get_args(Method)),
    is_gpu=st.booleans(),
)
def test_every_plan_is_consistent(
    trained_tokens: int,
    rows: int,
    held: int,
    parameters: int,
    memory: int,
    devices: int,
    method: hyperparameters.Method,
    is_gpu: bool,
) -> None:
    task = replace(
        SMALL,
        trained_tokens=trained_tokens,
        rows=rows,
        held_out_rows=held,
        parameters=parameters,
        trainable_parameters=parameters,
        memory=memory,
        devices=devices,
        is_gpu=is_gpu,
    )
    made = make_plan(task, {"method": method})
    assert made.micro_batch_size * made.gradient_accumulation_steps * devices == made.batch_size
    assert 0 < made.learning_rate <= hyperparameters.MAX_LEARNING_RATE
    assert 1 <= made.eval_steps <= made.max_steps
    assert min(1, held) <= made.eval_rows <= held
    assert 0 <= made.warmup_steps <= made.max_steps
