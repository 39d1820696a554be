"""Requantise a GGUF file, with LoRA adapters merged into it."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt

from dungeon.errors import WeightsError
from dungeon.models.gguf_tensors import Heads, check_supported, write_header
from dungeon.models.lora import Adapter, read_adapter
from dungeon.models.progress import Progress, no_progress

_EMBEDDING = "token_embd.weight"
"""Read once a token and, in small models, the output too: kept at 8 bits, as in llama.cpp."""


def requantise(
    base: Path,
    target: Path,
    quantisation: str,
    *,
    adapters: Sequence[Path] = (),
    progress: Progress = no_progress,
) -> None:
    """Write `base` with `adapters` merged into it to `target`, its matrices in `quantisation`.

    Metadata and tokenizer are copied. One weight at a time is in memory. Raises WeightsError where
    an adapter does not fit.
    """
    reader = gguf.GGUFReader(base)
    wanted = gguf.GGMLQuantizationType[quantisation]
    merged = [_read_adapter(adapter, reader) for adapter in adapters]
    plan = [(tensor, _target_type(tensor, wanted)) for tensor in reader.tensors]
    total = sum(int(tensor.n_bytes) for tensor in reader.tensors)
    done = 0
    architecture = _metadata(reader, "general.architecture")
    with closing(gguf.GGUFWriter(target, architecture)) as writer:
        _copy_metadata(reader, writer, wanted)
        write_header(writer, [(str(t.name), _shape(t), target_type) for t, target_type in plan])
        for tensor, target_type in plan:
            writer.write_tensor_data(_convert(tensor, target_type, merged))
            done += int(tensor.n_bytes)
            progress("Preparing", done, total)


def _metadata(reader: gguf.GGUFReader, key: str) -> Any:
    field = reader.get_field(key)
    if field is None:
        raise WeightsError(f"The model file does not state its {key}; it cannot be prepared.")
    return field.contents()


def _copy_metadata(
    reader: gguf.GGUFReader, writer: gguf.GGUFWriter, wanted: gguf.GGMLQuantizationType
) -> None:
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        writer.add_key_value(name, field.contents(), field.types[0], sub_type=_sub_type(field))
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{wanted.name}"])


def _sub_type(field: Any) -> Any:
    return field.types[-1] if len(field.types) > 1 else None


def _target_type(tensor: Any, wanted: gguf.GGMLQuantizationType) -> gguf.GGMLQuantizationType:
    """Return the type to write a tensor in: `wanted` for a matrix whose rows fit its blocks."""
    block, _ = gguf.GGML_QUANT_SIZES[wanted]
    if len(tensor.shape) < 2 or int(tensor.shape[0]) % block:
        return gguf.GGMLQuantizationType(tensor.tensor_type)
    return gguf.GGMLQuantizationType.Q8_0 if tensor.name == _EMBEDDING else wanted


def _shape(tensor: Any) -> tuple[int, ...]:
    """Return the shape with the rows first; GGUF has the innermost dimension first."""
    return tuple(int(size) for size in reversed(tensor.shape))


def _read_adapter(adapter: Path, reader: gguf.GGUFReader) -> Adapter:
    """Return the adapter. Raises WeightsError where it changes weights the model does not have."""
    architecture = _metadata(reader, "general.architecture")
    check_supported(architecture)
    query = int(_metadata(reader, f"{architecture}.attention.head_count"))
    key = reader.get_field(f"{architecture}.attention.head_count_kv")
    heads = Heads(query, int(key.contents()) if key else query)
    found = read_adapter(adapter, architecture, heads)
    unknown = set(found) - {str(tensor.name) for tensor in reader.tensors}
    if unknown:
        raise WeightsError(
            f"The adapter {adapter.name} changes {min(unknown)}, which the model does not have. "
            "It was made for another model."
        )
    return found


def _convert(
    tensor: Any, target_type: gguf.GGMLQuantizationType, adapters: Sequence[Adapter]
) -> npt.NDArray[Any]:
    """Return the tensor with the adapters merged, as bytes of `target_type`: (rows, row bytes)."""
    deltas = [found for each in adapters if (found := each.get(str(tensor.name))) is not None]
    if not deltas and target_type == tensor.tensor_type:
        return np.asarray(tensor.data)
    weight = gguf.dequantize(tensor.data, tensor.tensor_type)  # (out, in), float32
    for delta in deltas:
        weight = delta.apply(weight)
    return gguf.quantize(weight, target_type)
