"""Tests of the saved model folder: it loads, states where it came from, and is complete."""

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from dungeon import transcript
from dungeon.errors import InputRefused, NotSaved
from tests.training import small_models
from training.models.loading import load_causal_lm
from training.models.record import (
    BaseModelInfo,
    CorpusInfo,
    HistoryPoint,
    ModelRecord,
    Sample,
    TrainingCost,
)
from training.models.saving import add_metrics, save_model

HISTORY = (
    HistoryPoint(1, 100, loss=5.0),
    HistoryPoint(2, 200, loss=4.0, bits_per_byte=1.9),
    HistoryPoint(3, 300, loss=3.5, bits_per_byte=1.7),
)


def record(**changes):
    values = {
        "name": "mine",
        "method": "full",
        "base": BaseModelInfo("gpt2", "ab" * 32, "MIT", "openai-community/gpt2"),
        "corpus": CorpusInfo("tales", "cd" * 32, {"CC0-1.0": 7, "CC-BY-4.0": 2}),
        "context_length": 96,
        "recipe": {"learning_rate": 1e-4, "epochs": 3},
        "metrics": {"held_out_bits_per_byte": {"before": 2.1, "after": 1.7}},
        "cost": TrainingCost(3600.0, 7_200_000, "1 x H200", per_hour=3.5, mfu=0.51),
        "history": HISTORY,
        "samples": (Sample("You wait.\n\n> You *knock*.", "Nobody comes."),),
    }
    return ModelRecord(**values | changes)


def written(path, **changes):
    save_model(path, small_models.gpt2(), small_models.tokenizer(), record(**changes))
    return path


def test_a_saved_model_loads_again(tmp_path):
    path = written(tmp_path / "mine")
    loaded = load_causal_lm(str(path), models=tmp_path / "models")
    assert (loaded.name, loaded.licence, loaded.context_length) == ("mine", "other", 96)
    wte = small_models.gpt2().transformer.wte.weight
    assert torch.equal(loaded.model.transformer.wte.weight, wte)


def test_grue_json_states_the_model_and_its_origin(tmp_path):
    path = written(tmp_path / "mine")
    notes = json.loads((path / "grue.json").read_text())
    base = {"reference": "gpt2", "sha256": "ab" * 32, "licence": "MIT"}
    assert notes["base"] == base | {"hub_id": "openai-community/gpt2"}
    assert notes["licence"] == "other"
    assert notes["corpus"]["sha256"] == "cd" * 32
    assert notes["transcript_version"] == transcript.VERSION
    assert notes["recipe"] == {"learning_rate": 1e-4, "epochs": 3}
    assert notes["metrics"]["held_out_bits_per_byte"]["after"] == 1.7
    assert notes["cost"]["price"] == 3.5
    assert notes["files"] == {
        "model.safetensors": load_causal_lm(str(path), models=tmp_path / "models").sha256
    }
    assert [p["loss"] for p in json.loads((path / "history.json").read_text())] == [5.0, 4.0, 3.5]


def test_the_model_card(tmp_path):
    card = (written(tmp_path / "mine") / "README.md").read_text()
    for text in (
        "| CC0-1.0 | 7 |",
        "| learning rate | 0.0001 |",
        "| held out bits per byte, after | 1.7 |",
        "7,200,000 tokens in 60 min on 1 x H200: 2,000 tokens per second, 51% of the device's peak",
        "At 3.50 an hour that is 3.50.",
        "![Loss by step](loss.png)",
        "> \\> You \\*knock\\*.",
        "> **Nobody comes.**",
    ):
        assert text in card


def test_the_plots_show_the_measurements(tmp_path):
    path = written(tmp_path / "mine")
    for name in ("loss.png", "bits_per_byte.png"):
        data = (path / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert struct.unpack(">II", data[16:24]) == (770, 440)
    other = written(
        tmp_path / "other", history=(HistoryPoint(1, loss=1.0), HistoryPoint(2, loss=9.0))
    )
    assert (other / "loss.png").read_bytes() != (path / "loss.png").read_bytes()
    assert not (other / "bits_per_byte.png").exists()


def test_an_adapter_is_saved_alone_and_names_its_base(tmp_path):
    from peft import LoraConfig, get_peft_model

    base = load_causal_lm(
        str(small_models.llama_folder(tmp_path / "base")), models=tmp_path / "models"
    )
    adapted = get_peft_model(
        base.model, LoraConfig(target_modules=["q_proj", "o_proj", "v_proj"], r=2)
    )
    path = tmp_path / "mine"
    save_model(
        path,
        adapted,
        base.tokenizer,
        record(method="lora", base=BaseModelInfo(base.reference, base.sha256, base.licence)),
    )
    assert not (path / "model.safetensors").exists()
    config = json.loads((path / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(tmp_path / "base")
    assert config["target_modules"] == ["o_proj", "q_proj", "v_proj"]
    halves = load_file(path / "adapter_model.safetensors")
    assert {weight.dtype for weight in halves.values()} == {torch.float16}
    whole = adapted.base_model.model.model.layers[0].self_attn.q_proj.lora_A["default"].weight
    name = next(name for name in halves if "layers.0.self_attn.q_proj.lora_A" in name)
    assert torch.equal(halves[name], whole.half())
    assert load_causal_lm(str(path), models=tmp_path / "models").base.sha256 == base.sha256
    assert 'library_name: "peft"' in (path / "README.md").read_text()


def test_an_older_model_is_replaced_and_other_files_stay(tmp_path):
    path = tmp_path / "mine"
    small_models.gpt2(seed=9).save_pretrained(path, max_shard_size="100KB")
    (path / "checkpoints").mkdir()
    written(path)
    assert sorted(file.name for file in path.glob("*.safetensors*")) == ["model.safetensors"]
    assert (path / "checkpoints").is_dir()
    assert not list(path.glob(".part-*"))


def test_templates_that_a_tokenizer_saves_in_a_folder_are_kept(tmp_path):
    class WithTemplates:
        def save_pretrained(self, folder, **_):
            small_models.tokenizer().save_pretrained(folder)
            templates = Path(folder) / "additional_chat_templates"
            templates.mkdir(mode=0o755)
            (templates / "tool_use.jinja").write_text("{{ messages }}")

    path = tmp_path / "mine"
    for _ in range(2):
        save_model(path, small_models.gpt2(), WithTemplates(), record())
        templates = path / "additional_chat_templates"
        assert (templates / "tool_use.jinja").read_text() == "{{ messages }}"
        assert templates.stat().st_mode & 0o111
    assert not list(path.glob(".part-*"))


def test_a_failed_write_leaves_the_older_model_whole(tmp_path):
    class Broken:
        def save_pretrained(self, _folder, **_):
            raise OSError(28, "No space left on device")

    path = written(tmp_path / "mine")
    before = (path / "grue.json").read_bytes()
    with pytest.raises(NotSaved, match=r"the disk is full .*or name another folder"):
        save_model(path, Broken(), small_models.tokenizer(), record())
    assert (path / "grue.json").read_bytes() == before
    assert not list(path.glob(".part-*"))


def test_metrics_are_added_to_the_existing_ones(tmp_path):
    path = written(tmp_path / "mine")
    add_metrics(path, {"loops": 0.01})
    notes = json.loads((path / "grue.json").read_text())
    assert notes["metrics"] == {
        "held_out_bits_per_byte": {"before": 2.1, "after": 1.7},
        "loops": 0.01,
    }
    assert notes["name"] == "mine"
    with pytest.raises(InputRefused, match="cannot be read"):
        add_metrics(tmp_path / "nowhere", {})
