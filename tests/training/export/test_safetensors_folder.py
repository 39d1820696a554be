"""Tests that a merged folder predicts what its adapter does on its base."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner
from transformers import AutoModelForCausalLM

from dungeon.errors import InputRefused
from tests.training import small_models
from training.cli.export import export
from training.export.gguf import export_gguf
from training.export.safetensors_folder import export_safetensors
from training.models.loading import load_causal_lm

IDS = torch.arange(40).unsqueeze(0)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
@pytest.mark.parametrize("options", [{"use_rslora": True}, {"use_dora": True}])
def test_a_merged_folder_predicts_what_the_adapter_does(
    tmp_path: Path, kind: str, options: dict[str, Any]
) -> None:
    base = getattr(small_models, f"{kind}_folder")(tmp_path / "base")
    model = getattr(small_models, kind)()
    adapter = small_models.adapter_folder(tmp_path / "mine", base, model, **options)
    loaded = load_causal_lm(str(adapter), models=tmp_path)
    expected = loaded.model(IDS).logits
    for weight_type, dtype, tolerance in (("F32", torch.float32, 1e-6), ("F16", torch.float16, 1)):
        folder = tmp_path / weight_type
        export_safetensors(loaded, folder, weight_type)
        again = AutoModelForCausalLM.from_pretrained(folder)
        assert again.dtype == dtype
        assert (again.float()(IDS).logits - expected).abs().max() < tolerance * 0.05
        assert loaded.model.dtype == torch.float32
    assert not (tmp_path / "F32" / "adapter_config.json").exists()


def test_an_adapter_on_a_gguf_base_is_merged(tmp_path: Path) -> None:
    folder = small_models.llama_folder(tmp_path / "folder")
    export_gguf(load_causal_lm(str(folder), models=tmp_path), tmp_path / "base.gguf", "F32")
    adapter = small_models.adapter_folder(
        tmp_path / "mine", tmp_path / "base.gguf", small_models.llama()
    )
    merged = tmp_path / "merged"
    options = ["--safetensors", str(merged), "--type", "F32", "--json"]
    done = CliRunner().invoke(export, [str(adapter), *options])
    assert done.exit_code == 0, done.output
    size = (merged / "model.safetensors").stat().st_size
    assert json.loads(done.stdout) == {"path": str(merged), "type": "F32", "bytes": size}
    expected = load_causal_lm(str(adapter), models=tmp_path).model(IDS).logits
    again = AutoModelForCausalLM.from_pretrained(merged)(IDS).logits
    assert torch.allclose(again, expected, atol=1e-5)
    again = CliRunner().invoke(export, [str(adapter), *options])
    assert "Add --force" in str(again.exception)


def test_the_folder_of_the_model_itself_is_left_alone(tmp_path: Path) -> None:
    folder = small_models.gpt2_folder(tmp_path / "base")
    done = CliRunner().invoke(export, [str(folder), "--safetensors", str(folder), "--force"])
    assert "is the model itself" in str(done.exception)


def test_a_damaged_record_is_refused(tmp_path: Path) -> None:
    folder = small_models.gpt2_folder(tmp_path / "base")
    (folder / "grue.json").write_text('{"base": "gpt2"}')
    loaded = load_causal_lm(str(folder), models=tmp_path)
    with pytest.raises(InputRefused, match=r"record in .* cannot be read"):
        export_safetensors(loaded, tmp_path / "out", source=folder)
    assert not (tmp_path / "out").exists()
