"""A tiny model is tuned on pairs, stopped, resumed, and saved as an adapter that can be loaded."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from dungeon.errors import InputRefused
from tests.training import small_models
from tests.training.recorded import Recorder
from training.models.loading import load_causal_lm
from training.preferences.objective import Objective
from training.preferences.shared_prompts import read_shared, share_prompts
from training.preferences.tune import PreferenceResult, tune
from training.trainer.config import StopSignal, TrainConfig

WORDS = ("door", "key", "lamp", "rope", "oar", "fox", "bell", "well", "cart", "coin")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return small_models.llama_folder(tmp_path / "base")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Pairs of a player who prefers short replies."""
    lines = [
        {
            "prompt": f"You see a {word}.\n\n> You take the {other}.",
            "chosen": f"\n\nThe {word} is yours.",
            "rejected": f"\n\nThe {word} is yours. Behind it the rain runs down the grey wall.",
            "adventure": word,
        }
        for word in WORDS
        for other in WORDS[:3]
    ]
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def config(base: Path, **overrides: Any) -> TrainConfig:
    settings = {"max_seq_length": 96, "batch_size": 4, "learning_rate": 3e-3, "max_steps": 6}
    return TrainConfig(base=str(base), device="cpu", overrides=settings | overrides)


def run(pairs: Path, out: Path, config: TrainConfig, **rest: Any) -> PreferenceResult:
    return tune(pairs, out, config, load=load_causal_lm, **rest)


def adapter(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "adapter_model.safetensors")


def test_a_clear_preference_is_learnt_and_the_adapter_can_be_loaded(
    tmp_path: Path, base: Path, pairs: Path
) -> None:
    recorder, out = Recorder(), tmp_path / "mine"
    result = run(pairs, out, config(base), reporter=recorder)
    assert (result.pairs, result.held_out_pairs) == (24, 6)
    assert result.accuracy == 1.0
    assert result.margin is not None
    assert result.margin > 0
    assert any("100.0% of the held-out pairs" in message for message in recorder.messages)
    record = json.loads((out / "grue.json").read_text(encoding="utf-8"))
    assert record["metrics"]["pair_accuracy"] == 1.0
    assert record["recipe"]["beta"] == 0.1
    assert record["corpus"]["licences"] == {"private": 24}
    assert not (out / ".training").exists()
    loaded = load_causal_lm(str(out))
    assert loaded.base is not None
    assert loaded.base.name == "base"
    assert loaded.tokenizer.pad_token is None
    assert result.to_dict()["folder"] == str(out)


@pytest.mark.parametrize(("steps", "stop_at"), [(6, 3), (10, 8)])
def test_a_stopped_run_continues_as_if_nothing_had_been(
    tmp_path: Path, base: Path, pairs: Path, steps: int, stop_at: int
) -> None:
    """In the first epoch, of six steps, and in the second one, whose order is another."""
    whole = run(pairs, tmp_path / "whole", config(base, max_steps=steps))
    stop_signal, out = StopSignal(), tmp_path / "stopped"
    recorder = Recorder(on_step=lambda stats: setattr(stop_signal, "stop", stats.step >= stop_at))
    settings = config(base, max_steps=steps)
    stopped = run(pairs, out, settings, reporter=recorder, stop_signal=stop_signal)
    assert (stopped.stopped, stopped.steps) == (True, stop_at)
    resumed = run(pairs, out, TrainConfig(resume=True, device="cpu"))
    assert (resumed.stopped, resumed.steps) == (False, steps)
    assert resumed.margin == pytest.approx(whole.margin, rel=1e-4)
    before, after = adapter(tmp_path / "whole"), adapter(out)
    assert all(torch.allclose(before[name], after[name], atol=1e-4) for name in before)


def test_pairs_of_one_prompt_are_read_together(
    tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [
        {
            "prompt": f"You see a {word}.\n\n> You take it.",
            "chosen": f"\n\nThe {word} is yours.",
            "rejected": f"\n\nA {other} is there.",
        }
        for other in WORDS[:4]
        for word in WORDS  # those of one prompt are far apart in the file
    ]
    file, read = tmp_path / "pairs.jsonl", []
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    def recorded(model: Any, ids: Any, mask: Any, labels: Any) -> Any:
        batch = share_prompts(ids, mask, labels)
        read.append((torch.is_grad_enabled(), int((batch.position_ids == 0).sum()), len(ids)))
        return read_shared(model, ids, mask, labels)

    monkeypatch.setattr("training.preferences.scoring.read_shared", recorded)
    run(file, tmp_path / "mine", config(base, micro_batch_size=4, max_steps=5))
    assert [step for step in read if step[0]] == [(True, 1, 8)] * 5


def test_the_likelihood_of_chosen_replies_counts_as_much_as_it_is_weighted(
    tmp_path: Path, base: Path, pairs: Path
) -> None:
    losses = []
    for weight in (0.0, 1.0):
        out, recorder = tmp_path / str(weight), Recorder()
        objective = Objective(beta=0.1, sft_weight=weight)
        result = run(pairs, out, config(base, max_steps=1), reporter=recorder, objective=objective)
        assert (result.sft_weight, result.lm_weight) == (weight, None)
        losses.append(json.loads((out / "history.json").read_text("utf-8"))[0]["loss"])
    dpo, both = losses
    assert dpo == pytest.approx(math.log(2), abs=1e-3)  # nothing is preferred yet
    assert both - dpo > 2  # nats per token of a model with random weights


def test_a_stop_while_the_base_reads_the_pairs_can_be_resumed(
    tmp_path: Path, base: Path, pairs: Path
) -> None:
    out = tmp_path / "out"
    stopped = run(pairs, out, config(base), stop_signal=StopSignal(stop=True))
    assert (stopped.stopped, stopped.steps, stopped.accuracy) == (True, 0, None)
    assert run(pairs, out, TrainConfig(resume=True, device="cpu")).steps == 6


def test_what_cannot_be_resumed_is_refused(tmp_path: Path, base: Path, pairs: Path) -> None:
    out = tmp_path / "out"
    run(pairs, out, config(base), stop_signal=StopSignal(stop=True))
    again = TrainConfig(resume=True, device="cpu", overrides={"learning_rate": 1.0})
    with pytest.raises(InputRefused, match="leave out --beta, --learning-rate"):
        run(pairs, out, again, objective=Objective(beta=0.5))
    pairs.write_text("\n".join(pairs.read_text(encoding="utf-8").splitlines()[1:]), "utf-8")
    with pytest.raises(InputRefused, match="what it is trained on changed"):
        run(pairs, out, TrainConfig(resume=True, device="cpu"))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"from_scratch": True}, "--from-scratch does not apply"),
        ({"train_on": "replies"}, "--train-on is for the text next to --preferences"),
        ({"overrides": {"method": "full"}}, "--method does not apply"),
        ({"overrides": {"max_seq_length": 999}}, "context length of the base is 128"),
        ({"overrides": {"micro_batch_size": 3}}, "cannot be divided into micro-batches of 3"),
    ],
)
def test_options_that_do_not_apply_are_refused(
    tmp_path: Path, base: Path, pairs: Path, options: dict[str, Any], problem: str
) -> None:
    settings = TrainConfig(**{"base": str(base), "device": "cpu"} | options)
    with pytest.raises(InputRefused, match=problem):
        run(pairs, tmp_path / "out", settings)
    assert not (tmp_path / "out").exists()
