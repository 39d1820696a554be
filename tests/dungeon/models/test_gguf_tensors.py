"""Tests of the names and layouts of GGUF tensors."""

import numpy as np
import pytest

from dungeon.errors import InputRefused
from dungeon.models.gguf_tensors import Heads, check_supported, from_gguf, gguf_name, to_gguf
from tests.rows import every_row

HEADS = Heads(query=4, key=2)


@every_row(
    ("architecture", "parameter", "name"),
    [
        ("gpt2", "transformer.h.11.attn.c_attn.bias", "blk.11.attn_qkv.bias"),
        ("gpt2", "transformer.wpe.weight", "position_embd.weight"),
        ("llama", "model.layers.107.self_attn.k_proj.weight", "blk.107.attn_k.weight"),
        ("llama", "lm_head.weight", "output.weight"),
        ("llama", "model.layers.0.no_such_module.weight", None),
        ("llama", "no_such_module.weight", None),
    ],
)
def test_the_name_of_a_parameter(architecture, parameter, name):
    assert gguf_name(architecture, parameter) == name


@every_row(
    ("architecture", "name", "shape"),
    [
        ("gpt2", "blk.0.attn_qkv.weight", (8, 24)),
        ("gpt2", "blk.0.attn_qkv.bias", (24,)),
        ("llama", "blk.3.attn_q.weight", (16, 8)),
        ("llama", "blk.3.attn_k.weight", (8, 8)),
        ("llama", "blk.3.attn_q.bias", (16,)),
        ("llama", "blk.3.attn_v.weight", (8, 8)),
    ],
)
def test_the_layouts_are_inverse(architecture, name, shape):
    weight = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    converted = to_gguf(architecture, name, weight, HEADS)
    assert np.array_equal(from_gguf(architecture, name, converted, HEADS), weight)
    is_changed = name.endswith(("attn_qkv.weight", "attn_q.weight", "attn_k.weight", "attn_q.bias"))
    assert np.array_equal(converted, weight) != is_changed


def test_an_unsupported_architecture_is_refused():
    check_supported("llama")
    with pytest.raises(InputRefused, match=r"“mamba”.*gpt2 and llama"):
        check_supported("mamba")
