"""Provides the two architectures that Grue writes to GGUF and reads from it, GPT-2's and llama's:
what each weight is called on either side, and how its numbers have to be turned.

A table, and two functions that are each other's inverse. Knows nothing of files.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch

from dungeon.errors import InputRefused

Turn = str
"""How a weight differs: `transposed` (Conv1D), `query` and `key` (order of rows), or nothing."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """One family of models."""

    name: str
    """`general.architecture`, which is transformers' `model_type`, too."""
    outside: Mapping[str, str]
    """The weights outside the layers: transformers' module, and the tensor in the file."""
    inside: Mapping[str, tuple[str, Turn]]
    """Those of a layer: transformers' module, the tensor in the file, and how it is turned."""
    layer: str
    """What comes before the layer's number in transformers' names."""
    head: str = "lm_head"
    """The output, absent from the file where it is the embedding again."""


GPT2 = Architecture(
    "gpt2",
    outside=MappingProxyType(
        {
            "transformer.wte": "token_embd",
            "transformer.wpe": "position_embd",
            "transformer.ln_f": "output_norm",
        }
    ),
    inside=MappingProxyType(
        {
            "ln_1": ("attn_norm", ""),
            "attn.c_attn": ("attn_qkv", "transposed"),
            "attn.c_proj": ("attn_output", "transposed"),
            "ln_2": ("ffn_norm", ""),
            "mlp.c_fc": ("ffn_up", "transposed"),
            "mlp.c_proj": ("ffn_down", "transposed"),
        }
    ),
    layer="transformer.h",
)

LLAMA = Architecture(
    "llama",
    outside=MappingProxyType({"model.embed_tokens": "token_embd", "model.norm": "output_norm"}),
    inside=MappingProxyType(
        {
            "input_layernorm": ("attn_norm", ""),
            "self_attn.q_proj": ("attn_q", "query"),
            "self_attn.k_proj": ("attn_k", "key"),
            "self_attn.v_proj": ("attn_v", ""),
            "self_attn.o_proj": ("attn_output", ""),
            "post_attention_layernorm": ("ffn_norm", ""),
            "mlp.gate_proj": ("ffn_gate", ""),
            "mlp.up_proj": ("ffn_up", ""),
            "mlp.down_proj": ("ffn_down", ""),
        }
    ),
    layer="model.layers",
)

_KNOWN = {architecture.name: architecture for architecture in (GPT2, LLAMA)}


def architecture(name: str) -> Architecture:
    """Return the architecture called `name`. Raises InputRefused where Grue cannot convert it."""
    if name not in _KNOWN:
        raise InputRefused(
            f"A model of the architecture {name!r} cannot be turned into GGUF or back here; "
            f"{' and '.join(_KNOWN)} can."
        )
    return _KNOWN[name]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a weight lies in the file."""

    tensor: str
    """Its name there."""
    turn: Turn = ""


def place(known: Architecture, name: str) -> Place | None:
    """Return where transformers' weight `name` lies in the file; None where it has no place."""
    module, _, kind = name.rpartition(".")
    if kind not in ("weight", "bias"):
        return None
    if module == known.head:
        return Place(f"output.{kind}")
    if module in known.outside:
        return Place(f"{known.outside[module]}.{kind}")
    match = re.fullmatch(rf"{re.escape(known.layer)}\.(\d+)\.(.+)", module)
    if match is None or match[2] not in known.inside:
        return None
    tensor, turn = known.inside[match[2]]
    return Place(f"blk.{match[1]}.{tensor}.{kind}", turn if _is_turned(turn, kind) else "")


def to_file(weight: torch.Tensor, turn: Turn, heads: Mapping[str, int]) -> torch.Tensor:
    """Return a weight of transformers in the order the file wants.

    `heads` holds the number of heads for `query` and `key`. transformers rotates a head's first
    half against its second, llama.cpp neighbours.
    """
    if turn == "transposed":
        return weight.T.contiguous()
    if turn not in heads:
        return weight
    halves = weight.reshape(heads[turn], 2, weight.shape[0] // heads[turn] // 2, *weight.shape[1:])
    return halves.transpose(1, 2).reshape(weight.shape).contiguous()


def from_file(weight: torch.Tensor, turn: Turn, heads: Mapping[str, int]) -> torch.Tensor:
    """Return a weight of the file in the order transformers wants: `to_file` undone."""
    if turn == "transposed":
        return weight.T.contiguous()
    if turn not in heads:
        return weight
    pairs = weight.reshape(heads[turn], weight.shape[0] // heads[turn] // 2, 2, *weight.shape[1:])
    return pairs.transpose(1, 2).reshape(weight.shape).contiguous()


def heads_of(config: Any) -> dict[Turn, int]:
    """Return how many heads a model of this config has, for `to_file` and `from_file`."""
    query = int(config.num_attention_heads)
    return {"query": query, "key": int(getattr(config, "num_key_value_heads", None) or query)}


def _is_turned(turn: Turn, kind: str) -> bool:
    """A Conv1D's bias is a plain vector; the rows of a query's bias move with its weight's."""
    return kind == "weight" or turn in ("query", "key")
