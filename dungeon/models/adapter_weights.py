"""Read the weights of a LoRA adapter, as PEFT saves them or in 8 bits.

In 8 bits a matrix is int8, and `NAME_scale` beside it, float32, has a factor for each rank: it is
(rank, 1) for A and (1, rank) for B. The ranks of a joined adapter differ a hundredfold in size, so
one factor for a whole row of B would lose the small ones.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import safetensors
from safetensors.numpy import save_file

from dungeon.models.gguf_tensors import Matrix
from dungeon.models.model_folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS

_SCALE = "_scale"
_LARGEST = 127
_DTYPES = {"F32": "<f4", "F16": "<f2", "I8": "<i1"}


def read_weights(path: Path) -> dict[str, Matrix]:
    """Return the tensors of a safetensors file as float32, those in 8 bits multiplied out.

    Raises OSError, ValueError, KeyError and SafetensorError where it is damaged.
    """
    tensors = {
        name: _to_float(bytes(entry["data"]), str(entry["dtype"])).reshape(entry["shape"])
        for name, entry in safetensors.deserialize(path.read_bytes())
    }
    scales = {name: tensors.pop(name) for name in list(tensors) if name.endswith(_SCALE)}
    for name, scale in scales.items():
        tensors[name.removesuffix(_SCALE)] *= scale
    return tensors


def _to_float(data: bytes, dtype: str) -> Matrix:
    """Return the values as float32. numpy has no bfloat16: its bytes are the upper half of one."""
    if dtype == "BF16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")
    return np.frombuffer(data, _DTYPES[dtype]).astype(np.float32)


def is_a(name: str) -> bool:
    """Whether a tensor is a matrix A, (rank, in), and not a B, (out, rank)."""
    return ".lora_A." in name


def is_b(name: str) -> bool:
    """Whether a tensor is a matrix B, (out, rank)."""
    return ".lora_B." in name


def in_8_bits(weights: Mapping[str, Matrix]) -> dict[str, npt.NDArray[np.generic]]:
    """Return the matrices A and B of an adapter as int8, with their scales."""
    stored: dict[str, npt.NDArray[np.generic]] = {}
    for name, weight in weights.items():
        across = 1 if is_a(name) else 0
        largest = np.abs(weight).max(axis=across, keepdims=True)
        scale = (np.where(largest > 0, largest, 1) / _LARGEST).astype(np.float32)
        stored[name] = np.rint(weight / scale).astype(np.int8)
        stored[name + _SCALE] = scale
    return stored


@contextmanager
def as_peft_saves(folder: Path) -> Iterator[Path]:
    """Yield the adapter folder, or a temporary one without 8 bits, which PEFT does not read."""
    file = folder / ADAPTER_WEIGHTS
    if not has_8_bit_weights(folder):
        yield folder
        return
    with tempfile.TemporaryDirectory() as temporary:
        plain = Path(temporary)
        shutil.copy(folder / ADAPTER_CONFIG, plain)
        save_file(read_weights(file), plain / ADAPTER_WEIGHTS, metadata={"format": "pt"})
        yield plain


def has_8_bit_weights(folder: Path) -> bool:
    """Whether a folder holds an adapter in 8 bits. Raises SafetensorError where it is damaged."""
    file = folder / ADAPTER_WEIGHTS
    if not file.is_file():
        return False
    with safetensors.safe_open(file, framework="numpy") as tensors:
        return any(name.endswith(_SCALE) for name in tensors.keys())  # noqa: SIM118
