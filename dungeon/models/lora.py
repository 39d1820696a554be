"""Read LoRA adapters, in GGUF or as PEFT saves them, as matrices under GGUF tensor names."""

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
import safetensors

from dungeon.errors import WeightsError
from dungeon.models.adapter_weights import read_weights
from dungeon.models.gguf_tensors import Heads, Matrix, gguf_name, permute_rows

_A, _B = ".lora_a", ".lora_b"

_PEFT_KEY = re.compile(
    r"base_model\.model\.(.+)\.(lora_A|lora_B|lora_magnitude_vector)(?:\.weight)?"
)


@dataclass(frozen=True, slots=True)
class LoraDelta:
    """What an adapter does to one weight: it adds `scale * b @ a`."""

    a: Matrix
    """(rank, in), float32"""
    b: Matrix
    """(out, rank), float32, its rows in llama.cpp's order"""
    scale: float
    magnitude: Matrix | None = None
    """(out,), float32: the lengths that DoRA gives the rows of the sum; None without DoRA."""

    def apply(self, weight: Matrix) -> Matrix:
        """Return the weight, (out, in), with the adapter merged. Raises WeightsError on shapes."""
        if weight.shape != (self.b.shape[0], self.a.shape[1]):
            raise WeightsError(
                f"The adapter changes a weight of {self.b.shape[0]} x {self.a.shape[1]}, and the "
                f"model's is {' x '.join(map(str, weight.shape))}. It was made for another model."
            )
        changed: Matrix = weight + np.float32(self.scale) * (self.b @ self.a)
        if self.magnitude is None:
            return changed
        lengths: Matrix = np.linalg.norm(changed, axis=1)
        return changed * (self.magnitude / lengths)[:, None]


Adapter = Mapping[str, LoraDelta]
"""The weights an adapter changes, by GGUF tensor name."""


def read_adapter(path: Path, architecture: str, heads: Heads) -> Adapter:
    """Return the adapter in a GGUF file or a PEFT folder, for a model of this architecture.

    Raises WeightsError where it is neither, or changes more than pairs of matrices can express.
    """
    try:
        adapter = _read_peft(path, architecture, heads) if path.is_dir() else _read_gguf(path)
    except (
        OSError, ValueError, KeyError, TypeError, struct.error, safetensors.SafetensorError
    ) as error:  # fmt: skip
        raise WeightsError(f"{path} is no adapter Grue can read ({error}).") from error
    if not adapter:
        raise WeightsError(f"{path} holds no adapter for this kind of model.")
    return adapter


def _read_gguf(path: Path) -> Adapter:
    reader = gguf.GGUFReader(path)
    field = reader.get_field("adapter.lora.alpha")
    alpha = float(field.contents()) if field else 0.0
    tensors = {
        str(tensor.name): gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        for tensor in reader.tensors
    }
    adapter = {}
    for name in [name.removesuffix(_A) for name in tensors if name.endswith(_A)]:
        a, b = tensors[name + _A], tensors[name + _B]
        adapter[name] = LoraDelta(a, b, alpha / a.shape[0] if alpha else 1.0)
    return adapter


def _read_peft(folder: Path, architecture: str, heads: Heads) -> Adapter:
    """Read a PEFT folder. PEFT keeps A as (rank, in) and B as (out, rank), for a Conv1D, too."""
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    files = sorted(folder.glob("adapter_model*.safetensors"))
    tensors = {name: tensor for file in files for name, tensor in read_weights(file).items()}
    modules: dict[str, dict[str, Matrix]] = {}
    for key, tensor in tensors.items():
        match = _PEFT_KEY.fullmatch(key)
        if match is None or gguf_name(architecture, f"{match[1]}.weight") is None:
            raise ValueError(f"it changes {key}, which has no place in this kind of model")
        modules.setdefault(match[1], {})[match[2]] = tensor
    adapter = {}
    for module, parts in modules.items():
        name = str(gguf_name(architecture, f"{module}.weight"))
        a, b = parts["lora_A"], permute_rows(architecture, name, parts["lora_B"], heads)
        magnitude = parts.get("lora_magnitude_vector")
        if magnitude is not None:
            magnitude = permute_rows(architecture, name, magnitude.reshape(-1, 1), heads)[:, 0]
        adapter[name] = LoraDelta(a, b, peft_scale(config, module, a.shape[0]), magnitude)
    return adapter


def peft_scale(config: Mapping[str, Any], module: str, rank: int) -> float:
    """Return alpha/r, or alpha/sqrt(r) for an adapter that is rank-stabilised."""
    alpha = config["lora_alpha"]
    for pattern, value in (config.get("alpha_pattern") or {}).items():
        if re.match(rf"(.*\.)?({pattern})$", module):
            alpha = value
            break
    return float(alpha) / (math.sqrt(rank) if config.get("use_rslora") else rank)
