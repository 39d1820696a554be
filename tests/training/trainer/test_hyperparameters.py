from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import InputRefused
from training.trainer import hyperparameters
from training.trainer.hyperparameters import TaskFacts
from training.trainer.plan import plan

SMALL = TaskFacts(
    method="full",
    scratch=False,
    parameters=124_000_000,
    trained=124_000_000,
    layers=12,
    hidden=768,
    vocabulary=50_257,
    width=1_024,
    rows=7_500,
    learned=7_500_000,
    held_rows=400,
    memory=80 << 30,
    is_gpu=True,
    half=True,
)
"""The smallest GPT-2 on 30 MB of stories, on a large GPU."""

XL = replace(SMALL, parameters=1_558_000_000, trained=1_558_000_000, layers=48, hidden=1_600)


def test_thirty_megabytes_on_the_smallest_gpt2() -> None:
    made = plan(SMALL)
    assert made.batch_rows == 16
    assert made.accumulation == 1
    assert made.learning_rate == pytest.approx(1e-4)
    assert made.epochs == 4
    assert made.steps == 4 * 469
    assert made.warmup_steps == 40
    assert not made.checkpoint_activations


def test_the_largest_gpt2_learns_as_nanogpt_tunes_it() -> None:
    assert plan(XL).learning_rate == pytest.approx(3e-5, rel=0.05)


def test_an_adapter_on_a_small_corpus_learns_as_in_our_trial() -> None:
    """100,000 tokens, 135M parameters, rows of 512: 4e-4 with four rows a step was right."""
    lora = replace(
        SMALL, method="lora", parameters=135_000_000, learned=100_000, rows=200, width=512
    )
    made = plan(replace(lora, is_gpu=False, half=False, memory=8 << 30))
    assert made.batch_rows in (4, 8)
    assert made.learning_rate == pytest.approx(4e-4, rel=0.3)
    assert made.rank == hyperparameters.RANK
    assert made.weight_decay == 0


def test_a_look_reads_all_or_as_much_as_there_is_time_for() -> None:
    assert plan(SMALL).look_rows == 400
    short = plan(replace(SMALL, rows=40, held_rows=4_000))
    assert short.look_rows == hyperparameters.LEAST_LOOK // SMALL.width
    assert "evenly" in short.reasons["look_rows"]
    long = plan(replace(SMALL, held_rows=4_000))
    looked = hyperparameters.LOOKS * long.look_rows / 3
    assert looked <= hyperparameters.LOOKING_SHARE * long.steps * long.batch_rows
    assert plan(SMALL, {"look_rows": 7}).look_rows == 7


def test_larger_batches_for_more_tokens_and_higher_rates_for_larger_batches() -> None:
    more = replace(SMALL, learned=10 * SMALL.learned, rows=10 * SMALL.rows)
    assert plan(more).batch_rows > plan(SMALL).batch_rows
    assert plan(more).learning_rate > plan(SMALL).learning_rate


def test_activations_are_computed_again_when_memory_asks() -> None:
    assert not plan(XL).checkpoint_activations
    tight = plan(replace(XL, memory=36 << 30))
    assert tight.checkpoint_activations
    assert "computed again" in tight.reasons["micro_rows"]
    assert tight.micro_rows * tight.accumulation == tight.batch_rows


def test_less_memory_means_more_micro_batches_of_the_same_batch() -> None:
    wide = replace(SMALL, learned=10**9, rows=10**6)
    roomy, tight = plan(wide), plan(replace(wide, memory=8 << 30))
    assert tight.batch_rows == roomy.batch_rows
    assert tight.micro_rows < roomy.micro_rows
    assert tight.accumulation > roomy.accumulation


def test_all_weights_where_they_fit_and_an_adapter_where_not() -> None:
    assert hyperparameters.method(SMALL).value == "full"
    assert hyperparameters.method(replace(XL, memory=24 << 30)).value == "lora"
    assert hyperparameters.method(replace(SMALL, is_gpu=False)).value == "lora"
    assert hyperparameters.method(replace(SMALL, is_gpu=False, scratch=True)).value == "full"


def test_random_weights_want_more_of_a_small_corpus() -> None:
    made = plan(replace(SMALL, scratch=True))
    assert made.epochs == hyperparameters.MOST_EPOCHS
    assert made.learning_rate == pytest.approx(3e-4)


def test_what_is_wished_for_is_taken_and_said() -> None:
    made = plan(SMALL, {"learning_rate": 1e-3, "epochs": 1, "micro_rows": 4, "steps": 10})
    assert (made.learning_rate, made.epochs, made.micro_rows) == (1e-3, 1, 4)
    assert made.accumulation == 4
    assert made.steps == 10
    assert made.reasons["learning_rate"] == "as you said"


def test_a_wish_that_cannot_be_met_names_its_option() -> None:
    with pytest.raises(InputRefused, match="--micro-rows"):
        plan(SMALL, {"micro_rows": 3})
    with pytest.raises(InputRefused, match="--batch-rows"):
        plan(replace(SMALL, devices=4), {"batch_rows": 6})


def test_with_less_keeps_the_batch() -> None:
    made = plan(SMALL, {"batch_rows": 12, "micro_rows": 6})
    less = made.with_less()
    assert (less.micro_rows, less.accumulation) == (3, 4)
    least = less.with_less()
    assert (least.micro_rows, least.accumulation) == (1, 12)


@given(
    learned=st.integers(1, 10**10),
    rows=st.integers(1, 10**6),
    held=st.integers(1, 10**5),
    parameters=st.integers(10**4, 10**10),
    memory=st.integers(2**28, 2**38),
    devices=st.integers(1, 8),
    way=st.sampled_from(hyperparameters.METHODS),
    is_gpu=st.booleans(),
)
def test_every_plan_can_be_carried_out(
    learned: int,
    rows: int,
    held: int,
    parameters: int,
    memory: int,
    devices: int,
    way: hyperparameters.Method,
    is_gpu: bool,
) -> None:
    task = replace(
        SMALL,
        method=way,
        learned=learned,
        rows=rows,
        held_rows=held,
        parameters=parameters,
        trained=parameters,
        memory=memory,
        devices=devices,
        is_gpu=is_gpu,
    )
    made = plan(task)
    assert made.micro_rows * made.accumulation * devices == made.batch_rows
    assert 0 < made.learning_rate <= hyperparameters.HIGHEST_RATE
    assert 1 <= made.evaluate_every <= made.steps
    assert min(1, held) <= made.look_rows <= held
    assert 0 <= made.warmup_steps <= made.steps
