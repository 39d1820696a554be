"""Names, layouts and infos of the tensors in GGUF files, against those of transformers.

`gguf.get_tensor_name_map` has the names. What it cannot say is added here: GPT-2's Conv1D weights
are transposed, and the rows of llama's query and key weights have another order, because
transformers rotates the first half of a head against its second, and llama.cpp neighbouring rows.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import gguf
import numpy as np
import numpy.typing as npt

from dungeon.errors import InputRefused
from dungeon.text.error_words import in_quotes

Matrix = npt.NDArray[np.float32]

SUPPORTED = ("gpt2", "llama")
"""The architectures that can be converted. GGUF's names are transformers' `model_type`, too."""

_CONV1D = re.compile(r"blk\.\d+\.(attn_qkv|attn_output|ffn_up|ffn_down)\.weight")
_QUERY_OR_KEY = re.compile(r"blk\.\d+\.attn_([qk])\.(weight|bias)")


@dataclass(frozen=True, slots=True)
class Heads:
    """The number of attention heads, for queries and for keys."""

    query: int
    key: int


def check_supported(architecture: str) -> None:
    """Raise InputRefused where weights of this architecture cannot be converted."""
    if architecture not in SUPPORTED:
        raise InputRefused(
            f"A model of the architecture {in_quotes(architecture)} cannot be converted to or from "
            f"GGUF here; {' and '.join(SUPPORTED)} can. Choose a model of one of these."
        )


def gguf_name(architecture: str, name: str) -> str | None:
    """Return the GGUF name of transformers' parameter `name`, or None where it has none."""
    layer = re.search(r"\.(\d+)\.", name)
    first = name if layer is None else f"{name[: layer.start()]}.0.{name[layer.end() :]}"
    found = _name_map(architecture).get_name(first, try_suffixes=(".weight", ".bias"))
    if found is None or layer is None:
        return found
    return found.replace("blk.0.", f"blk.{layer[1]}.", 1)


@cache
def _name_map(architecture: str) -> gguf.TensorNameMap:
    """Return the map for one layer; the others differ in their number only."""
    known = {name: number for number, name in gguf.MODEL_ARCH_NAMES.items()}
    return gguf.get_tensor_name_map(known[architecture], 1)


def is_transposed(architecture: str, tensor: str) -> bool:
    """Whether GGUF stores `tensor`, given by its GGUF name, transposed."""
    return architecture == "gpt2" and _CONV1D.fullmatch(tensor) is not None


def to_gguf(architecture: str, tensor: str, weight: Matrix, heads: Heads) -> Matrix:
    """Return a weight of transformers in GGUF's layout; `tensor` is its GGUF name.

    (in, out) becomes (out, in) for a Conv1D; other shapes stay.
    """
    if is_transposed(architecture, tensor):
        return np.ascontiguousarray(weight.T)
    return permute_rows(architecture, tensor, weight, heads)


def from_gguf(architecture: str, tensor: str, weight: Matrix, heads: Heads) -> Matrix:
    """Return a weight of a GGUF file in transformers' layout: the inverse of `to_gguf`."""
    if is_transposed(architecture, tensor):
        return np.ascontiguousarray(weight.T)
    count = _head_count(architecture, tensor, heads)
    return weight if count is None else _swap_row_axes(weight, (count, -1, 2))


def permute_rows(architecture: str, tensor: str, weight: Matrix, heads: Heads) -> Matrix:
    """Return (out, …) with its rows in llama.cpp's order, for `tensor` a query or key weight.

    Anything else comes back as it is. LoRA's B, (out, rank), has the rows of its weight.
    """
    count = _head_count(architecture, tensor, heads)
    return weight if count is None else _swap_row_axes(weight, (count, 2, -1))


def write_header(
    writer: gguf.GGUFWriter,
    tensors: Iterable[tuple[str, tuple[int, ...], gguf.GGMLQuantizationType]],
) -> None:
    """Write metadata and tensor infos, from name, shape (rows first) and type of each tensor.

    The data follow in the same order, converted one tensor at a time to save memory.
    """
    for name, shape, dtype in tensors:
        block, block_bytes = gguf.GGML_QUANT_SIZES[dtype]
        size = math.prod(shape) // block * block_bytes
        writer.add_tensor_info(name, shape, np.dtype(np.float32), size, raw_dtype=dtype)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()


def _head_count(architecture: str, tensor: str, heads: Heads) -> int | None:
    found = _QUERY_OR_KEY.fullmatch(tensor) if architecture == "llama" else None
    if found is None:
        return None
    return heads.query if found[1] == "q" else heads.key


def _swap_row_axes(weight: Matrix, split: tuple[int, int, int]) -> Matrix:
    """Split the rows into three axes, swap the last two of them, and flatten them again."""
    rows = weight.reshape(*split, *weight.shape[1:]).swapaxes(1, 2)
    return np.ascontiguousarray(rows.reshape(weight.shape))
