"""Provides LoRA adapters as pairs of matrices under llama.cpp's names of the weights they change.

Reads a GGUF adapter, or a folder as PEFT saves it. Knows nothing of the model they go into but the
shapes it needs to turn PEFT's order of rows into llama.cpp's.
"""

import json
import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt

from dungeon.errors import WeightsError

Matrix = npt.NDArray[np.float32]

_A, _B = ".lora_a", ".lora_b"

_PEFT_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
"""The llama architecture's weights, as transformers and as llama.cpp calls them."""

_PEFT_KEY = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.(.+)\.lora_([AB])\.weight")

_SAFETENSORS_TYPES = {"F32": "<f4", "F16": "<f2"}

_MAX_HEADER_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Heads:
    """How many attention heads the model has, for queries and for keys."""

    query: int
    key: int


@dataclass(frozen=True, slots=True)
class Delta:
    """What an adapter adds to one weight: `scale * b @ a`."""

    a: Matrix
    """(rank, in)"""
    b: Matrix
    """(out, rank)"""
    scale: float

    def added_to(self, weight: Matrix) -> Matrix:
        """Return the weight, (out, in), with the adapter in it. Raises WeightsError on shapes."""
        if weight.shape != (self.b.shape[0], self.a.shape[1]):
            raise WeightsError(
                f"The adapter changes a weight of {self.b.shape[0]} x {self.a.shape[1]}, and the "
                f"model's is {' x '.join(map(str, weight.shape))}. It was made for another model."
            )
        return weight + np.float32(self.scale) * (self.b @ self.a)


Adapter = Mapping[str, Delta]
"""The weights an adapter changes, by llama.cpp's names."""


def read_adapter(path: Path, heads: Heads) -> Adapter:
    """Return the adapter in a GGUF file or a PEFT folder that Grue ships or the player trained.

    Raises WeightsError where it is neither.
    """
    try:
        found = _from_peft(path, heads) if path.is_dir() else _from_gguf(path)
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise WeightsError(f"{path} is no adapter Grue can read ({error}).") from error
    if not found:
        raise WeightsError(f"{path} holds no adapter for this kind of model.")
    return found


def _from_gguf(path: Path) -> Adapter:
    reader = gguf.GGUFReader(path)
    field = reader.get_field("adapter.lora.alpha")
    alpha = float(field.contents()) if field else 0.0
    halves = {
        str(tensor.name): gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        for tensor in reader.tensors
    }
    adapter = {}
    for name in [name.removesuffix(_A) for name in halves if name.endswith(_A)]:
        a, b = halves[name + _A], halves[name + _B]
        adapter[name] = Delta(a, b, alpha / a.shape[0] if alpha else 1.0)
    return adapter


def _from_peft(folder: Path, heads: Heads) -> Adapter:
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    halves = _safetensors(folder / "adapter_model.safetensors")
    adapter = {}
    for key, a in halves.items():
        match = _PEFT_KEY.fullmatch(key)
        if match is None:
            raise ValueError(f"{key} has no place in this kind of model")
        layer, module, half = match.groups()
        if half == "B":
            continue
        name = f"blk.{layer}.{_PEFT_NAMES[module]}.weight"
        b = _reordered(halves[key.replace("lora_A", "lora_B")], module, heads)
        adapter[name] = Delta(a, b, _peft_scale(config, a.shape[0]))
    return adapter


def _peft_scale(config: Mapping[str, Any], rank: int) -> float:
    """Return alpha/r, or alpha/sqrt(r) for an adapter that is rank-stabilised."""
    return float(config["lora_alpha"]) / (math.sqrt(rank) if config.get("use_rslora") else rank)


def _reordered(b: Matrix, module: str, heads: Heads) -> Matrix:
    """Return the rows of a query or key weight in the order llama.cpp's rotation wants.

    transformers rotates a head's first half against its second, llama.cpp neighbours.
    """
    count = {"self_attn.q_proj": heads.query, "self_attn.k_proj": heads.key}.get(module)
    if count is None:
        return b
    pairs = b.reshape(count, 2, b.shape[0] // count // 2, b.shape[1])
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(b.shape))


def _safetensors(path: Path) -> dict[str, Matrix]:
    """Return the tensors of a safetensors file as float32."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    if length > min(len(data), _MAX_HEADER_BYTES):
        raise ValueError("its header is longer than the file")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    return {name: _tensor(entry, data, 8 + length) for name, entry in header.items()}


def _tensor(entry: Mapping[str, Any], data: bytes, start: int) -> Matrix:
    begin, end = entry["data_offsets"]
    raw = data[start + begin : start + end]
    if entry["dtype"] == "BF16":  # the upper half of a float32
        wide = np.frombuffer(raw, "<u2").astype("<u4") << 16
        values = wide.view("<f4")
    else:
        values = np.frombuffer(raw, _SAFETENSORS_TYPES[entry["dtype"]])
    return values.reshape(entry["shape"]).astype(np.float32)
