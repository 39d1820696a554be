"""A tiny model learns to score replies, is stopped, resumed, and saved as an adapter."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from dungeon.errors import InputRefused
from dungeon.generator.reward_prompt import reward_prompt
from dungeon.models.model_folder import read_folder
from tests.training import small_models
from tests.training.recorded import Recorder
from training.models.loading import load_causal_lm
from training.rewards.encoding import score_ids
from training.rewards.loss import expected_scores
from training.rewards.objective import Objective
from training.rewards.train import RewardResult, train_reward_model
from training.trainer.config import StopSignal, TrainConfig
from training.trainer.run_folder import RunFolder

WORDS = ("door", "key", "lamp", "rope", "oar", "fox", "bell", "well", "cart", "coin")
GOOD, SLIP, BAD = "The {} is yours.", "The {}.", "Behind it the rain runs down the grey wall."


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return small_models.llama_folder(tmp_path / "base")


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    """Replies that give what is taken are good, and others are not."""
    lines = [
        {
            "adventure": word,
            "prompt": f"You see a {word}.\n\n> You take the {other}.",
            "replies": [
                {"text": GOOD.format(word), "score": 4},
                {"text": BAD, "score": 0},
                {"text": SLIP.format(word), "score": 2},
                {"text": "Nobody judged this.", "score": None},
            ],
        }
        for word in WORDS
        for other in WORDS[:3]
    ]
    file = tmp_path / "scores.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def config(base: Path, freeze_layers: int | None = None, **overrides: Any) -> TrainConfig:
    settings = {"max_seq_length": 96, "batch_size": 4, "learning_rate": 1e-2, "max_steps": 12}
    return TrainConfig(
        base=str(base), device="cpu", freeze_layers=freeze_layers, overrides=settings | overrides
    )


def run(scores: Path, out: Path, config: TrainConfig, **rest: Any) -> RewardResult:
    return train_reward_model([scores], out, config, load=load_causal_lm, **rest)


def adapter(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter_model.safetensors")


def test_good_replies_are_told_from_bad_ones_by_the_saved_adapter(
    tmp_path: Path, base: Path, scores: Path
) -> None:
    recorder, out = Recorder(), tmp_path / "judge"
    result = run(scores, out, config(base), reporter=recorder)
    assert (result.situations, result.held_out_situations) == (24, 6)
    assert result.pair_accuracy == 1.0
    assert (result.good_best_of_n, result.good_possible) == (1.0, 1.0)
    assert result.good_random == pytest.approx(1 / 3)
    messages = "\n".join(recorder.messages)
    assert "24 situations to train on, 6 held out, with 90 scored replies" in messages
    assert "Left out: 30 replies without a score." in messages
    assert "100.0% of held-out pairs in their order, the best of n is good in 100.0%" in messages
    loaded = load_causal_lm(str(out))
    assert loaded.base is not None
    assert loaded.base.name == "base"
    expected = []
    for reply in (BAD, SLIP.format("well"), GOOD.format("well")):
        text = reward_prompt("You see a well.\n\n> You take the key.", reply)
        ids = loaded.tokenizer(text, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            logits = loaded.model(input_ids=ids).logits[:, -1, score_ids(loaded.tokenizer)]
        expected.append(float(expected_scores(logits)[0]))
    assert expected == sorted(expected)
    assert expected[0] < 1 < 2.5 < expected[2]


def test_the_folder_says_that_it_is_a_reward_model(
    tmp_path: Path, base: Path, scores: Path
) -> None:
    out = tmp_path / "judge"
    result = run(scores, out, config(base, max_steps=1), objective=Objective(0.5))
    record = json.loads((out / "grue.json").read_text(encoding="utf-8"))
    assert record["kind"] == "reward model"
    assert read_folder(out).is_reward_model
    assert record["recipe"]["ranking_weight"] == result.ranking_weight == 0.5
    assert record["metrics"]["held_out_situations"] == 6
    assert record["metrics"]["pair_accuracy"] == result.pair_accuracy
    assert record["corpus"]["licences"] == {"unknown": 24}
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "A reward model: a LoRA adapter on base" in card
    assert "text = prompt + '\\n\\n' + reply + '\\n\\nScore:'" in card
    assert "grue play" not in card
    assert not (out / ".training").exists()
    assert result.to_dict()["folder"] == str(out)


@pytest.mark.parametrize(("steps", "stop_at"), [(6, 3), (10, 8)])
def test_a_stopped_run_continues_as_if_nothing_had_been(
    tmp_path: Path, base: Path, scores: Path, steps: int, stop_at: int
) -> None:
    """In the first epoch, of six steps, and in the second one, whose order is another."""
    run(scores, tmp_path / "whole", config(base, max_steps=steps))
    stop_signal, out = StopSignal(), tmp_path / "stopped"
    recorder = Recorder(on_step=lambda stats: setattr(stop_signal, "stop", stats.step >= stop_at))
    settings = config(base, max_steps=steps)
    stopped = run(scores, out, settings, reporter=recorder, stop_signal=stop_signal)
    assert (stopped.stopped, stopped.steps) == (True, stop_at)
    resumed = run(scores, out, TrainConfig(resume=True, device="cpu"))
    assert (resumed.stopped, resumed.steps) == (False, steps)
    before, after = adapter(tmp_path / "whole"), adapter(out)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_frozen_layers_get_no_adapter(tmp_path: Path, base: Path, scores: Path) -> None:
    out = tmp_path / "judge"
    result = run(scores, out, config(base, freeze_layers=1))
    assert result.good_best_of_n == 1.0
    assert {name.split(".layers.")[1][0] for name in adapter(out)} == {"1"}
    load_causal_lm(str(out))


def test_what_cannot_be_resumed_is_refused(tmp_path: Path, base: Path, scores: Path) -> None:
    out, stop = tmp_path / "out", StopSignal()
    recorder = Recorder(on_step=lambda _stats: setattr(stop, "stop", True))
    run(scores, out, config(base), reporter=recorder, stop_signal=stop)
    with pytest.raises(InputRefused, match=r"grue train --scores FILE -o .* --resume"):
        RunFolder(out).recorded_corpus()
    again = TrainConfig(
        resume=True, device="cpu", freeze_layers=1, overrides={"learning_rate": 1.0}
    )
    with pytest.raises(
        InputRefused, match="leave out --freeze-layers, --ranking-weight, --learning-rate"
    ):
        run(scores, out, again, objective=Objective(0.5))
    scores.write_text("\n".join(scores.read_text(encoding="utf-8").splitlines()[1:]), "utf-8")
    with pytest.raises(InputRefused, match="what it is trained on changed"):
        run(scores, out, TrainConfig(resume=True, device="cpu"))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"from_scratch": True}, "--from-scratch does not apply to --scores"),
        ({"train_on": "replies"}, "--train-on does not apply to --scores"),
        ({"freeze_layers": 2}, "The model has 2 layers; with 2 frozen nothing is left"),
        ({"overrides": {"method": "full"}}, "every held-out situation is read"),
        ({"overrides": {"max_seq_length": 999}}, "context length of the base is 128"),
        ({"overrides": {"max_seq_length": 8}}, "which stands behind every reply"),
        ({"overrides": {"lora_target_modules": "none"}}, "have no module"),
        ({"overrides": {"micro_batch_size": 3}}, "8 situations cannot be divided into micro-b"),
    ],
)
def test_what_does_not_apply_is_refused_with_nothing_written(
    tmp_path: Path, base: Path, scores: Path, options: dict[str, Any], problem: str
) -> None:
    settings = TrainConfig(**{"base": str(base), "device": "cpu"} | options)
    with pytest.raises(InputRefused, match=problem):
        run(scores, tmp_path / "out", settings)
    assert not (tmp_path / "out").exists()
