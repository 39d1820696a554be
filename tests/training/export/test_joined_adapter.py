"""Tests that an adapter on an adapter becomes one that changes the lowest base as much."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from huggingface_hub import ModelCard
from safetensors.numpy import load_file, save_file

from dungeon.errors import InputRefused, NotSaved
from dungeon.models.model_folder import read_json
from tests.training import small_models
from training.cli.export import export
from training.export.joined_adapter import find_adapters, write_joined
from training.models.loading import load_causal_lm
from training.models.record import BaseModelInfo, CorpusInfo, ModelRecord, read_record

QUERY = "model.layers.1.self_attn.q_proj.weight"


def two_adapters(folder: Path, first_options: Any = (), **options: Any) -> Path:
    """Return the folder of an adapter on an adapter on a llama."""
    base = small_models.llama_folder(folder / "base")
    first = small_models.adapter_folder(
        folder / "first", base, small_models.llama(), **dict(first_options)
    )
    return small_models.adapter_folder(
        folder / "second", first, small_models.llama(seed=3), **options
    )


@pytest.mark.parametrize("options", [{}, {"use_rslora": True}])
def test_the_joined_adapter_changes_what_both_change(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    second, out = two_adapters(tmp_path, **options), tmp_path / "joined"
    done = CliRunner().invoke(export, [str(second), "--safetensors", str(out), "--adapter-only"])
    assert done.exit_code == 0, done.output
    assert "8 bits" in done.output
    base, both, joined = (
        load_causal_lm(str(each), models=tmp_path) for each in (tmp_path / "base", second, out)
    )
    before, wanted, found = (each.model.state_dict()[QUERY] for each in (base, both, joined))
    assert (found - wanted).norm() < 0.02 * (wanted - before).norm()
    assert joined.base is not None
    assert joined.base.name == "base"
    assert (out / "adapter_model.safetensors").stat().st_mode & 0o044


@pytest.mark.parametrize("frozen", ["first", "second"])
def test_adapters_of_other_layers_are_joined(tmp_path: Path, frozen: str) -> None:
    later = {"layers_to_transform": [1]}
    first, second = (later, {}) if frozen == "first" else ({}, later)
    folder, out = two_adapters(tmp_path, first, **second), tmp_path / "joined"
    write_joined(find_adapters(str(folder)), out)
    base, both, joined = (
        load_causal_lm(str(each), models=tmp_path).model.state_dict()
        for each in (tmp_path / "base", folder, out)
    )
    for name in (QUERY, QUERY.replace("layers.1", "layers.0")):
        changed = (both[name] - base[name]).norm()
        assert changed > 0
        assert (joined[name] - both[name]).norm() < 0.02 * changed


def test_the_record_names_the_lowest_base_and_the_weights(tmp_path: Path) -> None:
    second, out = two_adapters(tmp_path), tmp_path / "joined"
    for name, base in (("first", "base"), ("second", "first")):
        record = {"name": name, "base": {"reference": str(tmp_path / base)}, "files": {"x": "y"}}
        (tmp_path / name / "grue.json").write_text(json.dumps(record), encoding="utf-8")
    write_joined(find_adapters(str(second)), out)
    record = read_json(out / "grue.json")
    weights = (out / "adapter_model.safetensors").read_bytes()
    assert record["base"] == {"reference": str(tmp_path / "base")}
    assert record["files"] == {"adapter_model.safetensors": hashlib.sha256(weights).hexdigest()}
    assert record["name"] == "joined"


def write_records(folder: Path) -> None:
    """Let both adapters have records, the lower one of data under a licence of its own."""
    hub = BaseModelInfo(str(folder / "base"), "ab" * 32, "MIT", "owner/base")
    lower = ModelRecord("first", "lora", hub, CorpusInfo("a", "", {"CC-BY-SA-4.0": 1}), 64, {})
    base = BaseModelInfo(str(folder / "first"), "cd" * 32, lower.licence)
    upper = ModelRecord("second", "lora", base, CorpusInfo("b", "", {"CC0-1.0": 2}), 64, {"x": 1})
    for record in (lower, upper):
        content = json.dumps(record.to_dict())
        (folder / record.name / "grue.json").write_text(content, encoding="utf-8")


def test_a_joined_adapter_has_a_model_card(tmp_path: Path) -> None:
    second, out = two_adapters(tmp_path), tmp_path / "joined"
    write_records(tmp_path)
    write_joined(find_adapters(str(second)), out)
    card = ModelCard((out / "README.md").read_text(encoding="utf-8"))
    assert card.data.base_model == "owner/base"
    assert card.data.to_dict()["base_model_relation"] == "adapter"
    assert card.data.license == "other", "the lower one's data still counts"
    assert "# joined" in card.text
    assert "which Grue reads and\nPEFT does not" in card.text
    assert str(tmp_path) not in card.content
    record = read_record(read_json(out / "grue.json"), ())
    assert (record.base.hub_id, record.licence) == ("owner/base", "other")


def test_biases_cannot_be_joined(tmp_path: Path) -> None:
    second = two_adapters(tmp_path)
    config = second / "adapter_config.json"
    config.write_text(json.dumps(read_json(config) | {"lora_bias": True}), "utf-8")
    with pytest.raises(InputRefused, match="no plain LoRA adapter"):
        write_joined(find_adapters(str(second)), tmp_path / "joined")


def test_dora_cannot_be_joined(tmp_path: Path) -> None:
    second = two_adapters(tmp_path, use_dora=True)
    done = CliRunner().invoke(
        export, [str(second), "--safetensors", str(tmp_path / "joined"), "--adapter-only"]
    )
    assert isinstance(done.exception, InputRefused)
    assert "no plain LoRA adapter" in str(done.exception)
    assert not (tmp_path / "joined").exists()


def test_an_adapter_that_changes_more_than_pairs_of_matrices_cannot_be_joined(
    tmp_path: Path,
) -> None:
    second = two_adapters(tmp_path)
    file = second / "adapter_model.safetensors"
    save_file(load_file(file) | {"base_model.model.lm_head.weight": np.ones((2, 2), "f4")}, file)
    with pytest.raises(InputRefused, match="no plain LoRA adapter"):
        write_joined(find_adapters(str(second)), tmp_path / "joined")
    file.write_bytes(b"damaged")
    with pytest.raises(InputRefused, match="is no adapter Grue can read"):
        write_joined(find_adapters(str(second)), tmp_path / "joined")
    config = second / "adapter_config.json"
    config.write_text(config.read_text("utf-8").replace('"r":', '"rank":'), "utf-8")
    with pytest.raises(InputRefused, match="no plain LoRA adapter"):
        write_joined(find_adapters(str(second)), tmp_path / "joined")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    second = two_adapters(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(NotSaved, match=r"cannot be written: Not a directory\. Name another folder"):
        write_joined(find_adapters(str(second)), tmp_path / "file" / "joined")
