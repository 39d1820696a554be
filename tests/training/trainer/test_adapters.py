"""Tests of the variants of LoRA: an adapter that is trained, saved and merged predicts the same."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from dungeon.errors import InputRefused
from tests.training import small_models
from tests.training.recorded import Recorder, finetuning, train
from training.models.loading import load_causal_lm
from training.models.record import BaseModelInfo, CorpusInfo, ModelRecord
from training.models.saving import save_model
from training.trainer.config import StopSignal, TrainConfig
from training.trainer.console import StepStats
from training.trainer.model_setup import prepare_model, target_modules
from training.trainer.plan import EMPTY_PLAN

LORA = replace(
    EMPTY_PLAN, method="lora", lora_rank=4, lora_alpha=6, lora_target_modules="all-linear"
)
IDS = torch.arange(30).unsqueeze(0)


def randomise(model: Any) -> None:
    """Give an adapter weights, as training would; DoRA's lengths change by a tenth."""
    torch.manual_seed(3)
    with torch.no_grad():
        for name, each in model.named_parameters():
            if "lora_magnitude" in name:
                each.mul_(1 + 0.1 * torch.randn_like(each))
            elif "lora_" in name:
                each.normal_(std=0.2)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
@pytest.mark.parametrize(
    ("changes", "freeze_layers"),
    [
        ({}, 0),
        ({"rslora": True}, 0),
        ({"dora": True}, 0),
        ({"dora": True, "rslora": True, "lora_dropout": 0.1}, 1),
    ],
)
def test_a_saved_adapter_merges_into_what_was_trained(
    tmp_path: Path, kind: str, changes: dict[str, Any], freeze_layers: int
) -> None:
    base = getattr(small_models, f"{kind}_folder")(tmp_path / "base")
    model = load_causal_lm(str(base), models=tmp_path).model
    plain = model(IDS).logits
    prepared = prepare_model(
        model, replace(LORA, **changes), freeze_layers=freeze_layers, reference=str(base)
    )
    randomise(prepared.model)
    trained = prepared.model.eval()(IDS).logits
    record = ModelRecord(
        "mine", "lora", BaseModelInfo(str(base)), CorpusInfo("tales", "", {}), 128, {}
    )
    save_model(tmp_path / "mine", prepared, small_models.tokenizer(), record)
    merged = load_causal_lm(str(tmp_path / "mine"), models=tmp_path).model(IDS).logits
    assert (merged - trained).abs().max() < 0.02 * (plain - trained).abs().max()


def test_only_the_matrices_of_an_adapter_are_saved_in_half_precision(tmp_path: Path) -> None:
    """One of DoRA's lengths multiplies a whole row of the weight."""
    base = small_models.gpt2_folder(tmp_path / "base")
    prepared = prepare_model(small_models.gpt2(), replace(LORA, dora=True), reference=str(base))
    record = ModelRecord(
        "mine", "lora", BaseModelInfo(str(base)), CorpusInfo("tales", "", {}), 128, {}
    )
    save_model(tmp_path / "mine", prepared, small_models.tokenizer(), record)
    weights = load_file(tmp_path / "mine" / "adapter_model.safetensors")
    kinds = {name.rpartition("lora_")[2]: weight.dtype for name, weight in weights.items()}
    assert kinds == {
        "A.weight": torch.float16,
        "B.weight": torch.float16,
        "magnitude_vector": torch.float32,
    }


def test_frozen_layers_get_no_adapter() -> None:
    model = prepare_model(small_models.gpt2(), LORA, freeze_layers=1).model
    trained = [name for name, each in model.named_parameters() if each.requires_grad]
    assert trained
    assert all(".h.1." in name for name in trained)


def test_target_modules_are_those_of_the_layers() -> None:
    assert target_modules(small_models.gpt2(), "all-linear") == ["c_attn", "c_fc", "c_proj"]
    assert target_modules(small_models.llama(), "v_proj, q_proj") == ["q_proj", "v_proj"]
    for name in ("lm_head", "q_prj", ""):
        with pytest.raises(InputRefused, match=f"no module “{name}” .*--lora-target-modules"):
            target_modules(small_models.llama(), name)
    with pytest.raises(InputRefused, match="Did you mean `q_proj`"):
        target_modules(small_models.llama(), "q_prj")


def test_a_variant_is_recorded_and_resumed(tmp_path: Path, corpus: Path) -> None:
    out, stop = tmp_path / "out", StopSignal()

    def stop_now(stats: StepStats) -> None:
        stop.stop = True

    variant = {"rslora": True, "dora": True, "lora_alpha": 5, "lora_target_modules": "c_attn"}
    config = finetuning(tmp_path, 4, method=None, overrides=variant)
    recorder = Recorder(on_step=stop_now)
    stopped = train(corpus, out, config, reporter=recorder, stop_signal=stop)
    assert stopped.stopped
    assert any("lora alpha" in message for message in recorder.messages)
    with pytest.raises(InputRefused, match="leave out --lora-alpha"):
        train(corpus, out, TrainConfig(resume=True, device="cpu", overrides={"lora_alpha": 6}))
    done = train(corpus, out, TrainConfig(resume=True, device="cpu"))
    assert not done.stopped
    config_file = json.loads((out / "adapter_config.json").read_text())
    peft = {"use_rslora": True, "use_dora": True, "lora_alpha": 5, "target_modules": ["c_attn"]}
    assert config_file | peft == config_file
    recipe = json.loads((out / "grue.json").read_text())["recipe"]
    assert recipe | variant == recipe


def test_a_module_that_the_model_lacks_is_refused_before_anything_is_written(
    tmp_path: Path, corpus: Path
) -> None:
    config = finetuning(tmp_path, 4, method="lora", overrides={"lora_target_modules": "q_proj"})
    with pytest.raises(InputRefused, match="no module “q_proj”"):
        train(corpus, tmp_path / "out", config)
    assert not (tmp_path / "out").exists()
