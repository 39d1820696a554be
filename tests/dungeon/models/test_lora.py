"""Tests that LoRA adapters are read with their dtype and scale, or refused."""

import json

import numpy as np
import pytest

from dungeon.errors import WeightsError
from dungeon.models.gguf_tensors import Heads
from dungeon.models.lora import read_adapter
from tests.dungeon.models.tiny import write_peft_adapter

KEY = "base_model.model.model.layers.0.mlp.{}.lora_{}.weight"
HEADS = Heads(4, 2)


def tensors(*modules):
    rng = np.random.default_rng(6)
    return {
        KEY.format(module, half): rng.normal(size=shape)
        for module in modules
        for half, shape in (("A", (3, 8)), ("B", (16, 3)))
    }


def test_bfloat16_is_read_as_float32(tmp_path):
    (tmp_path / "peft").mkdir()
    (tmp_path / "peft" / "adapter_config.json").write_text('{"lora_alpha": 3}')
    values = np.array([1.0, -2.5, 0.15625], dtype="<f4")
    upper_halves = values.view("<u2")[1::2].tobytes()
    names = (KEY.format("up_proj", "A"), KEY.format("up_proj", "B"))
    header = {
        name: {"dtype": "BF16", "shape": shape, "data_offsets": [6 * n, 6 * n + 6]}
        for n, (name, shape) in enumerate(zip(names, ([1, 3], [3, 1]), strict=True))
    }
    text = json.dumps(header).encode()
    content = len(text).to_bytes(8, "little") + text + upper_halves * 2
    (tmp_path / "peft" / "adapter_model.safetensors").write_bytes(content)
    delta = read_adapter(tmp_path / "peft", "llama", HEADS)["blk.0.ffn_up.weight"]
    assert delta.a.dtype == np.float32
    assert delta.a.tolist() == [values.tolist()]
    assert (
        delta.apply(np.zeros((3, 3), np.float32)).tolist()
        == (3 * np.outer(values, values)).tolist()
    )


def test_a_module_may_have_its_own_alpha(tmp_path):
    config = {"lora_alpha": 6, "alpha_pattern": {"up_proj": 12}}
    write_peft_adapter(tmp_path / "peft", tensors("up_proj", "gate_proj"), **config)
    adapter = read_adapter(tmp_path / "peft", "llama", HEADS)
    scales = {name: delta.scale for name, delta in adapter.items()}
    assert scales == {"blk.0.ffn_up.weight": 4, "blk.0.ffn_gate.weight": 2}


@pytest.mark.parametrize("size", [0, 7, 60, 500])
def test_a_truncated_adapter_is_refused(tmp_path, size):
    write_peft_adapter(tmp_path / "peft", tensors("up_proj"), lora_alpha=1)
    weights = tmp_path / "peft" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:size])
    with pytest.raises(WeightsError, match="no adapter Grue can read"):
        read_adapter(tmp_path / "peft", "llama", HEADS)
