"""Prepare a downloaded model for play: merge the adapters into it and requantise it.

Merged, because an adapter applied at run time costs an eighth of the speed; requantised, because
the quantisation that a model is shipped in is seldom the fastest.
"""

import hashlib
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dungeon.atomic_file import atomic_path
from dungeon.errors import WeightsError
from dungeon.models.catalog import CatalogEntry
from dungeon.models.hashes import sha256_of
from dungeon.models.progress import Progress, no_progress

if TYPE_CHECKING:
    import gguf
    import numpy as np

    from dungeon.models.lora import Adapter

RECIPE = 1
"""Increased when the same input gives another file: models are then prepared again."""

_ADAPTER_WEIGHTS = "adapter_model.safetensors"
_ADAPTER_CONFIG = "adapter_config.json"
_ADAPTER_FILES = (_ADAPTER_CONFIG, _ADAPTER_WEIGHTS)
"""The files of an adapter folder that matter; a card or a checkpoint beside them does not."""

_EMBEDDING = "token_embd.weight"
"""Read once a token and, in small models, the output too: kept at 8 bits, as in llama.cpp."""


def prepared_path(entry: CatalogEntry, folder: Path, adapter: Path | None = None) -> Path:
    """Return the path of the prepared model, different for each base, adapter and recipe."""
    merged = [entry.adapter_sha256, _config_digest(entry.adapter)] if entry.adapter else []
    merged += [_adapter_digest(adapter)] if adapter else []
    recipe = f"{RECIPE}\n{entry.sha256}\n{' '.join(merged) or 'none'}\n{entry.prepared}"
    key = hashlib.sha256(recipe.encode()).hexdigest()[:12]
    return folder / "prepared" / f"{entry.name}-{entry.prepared}-{key}.gguf"


def is_prepared(path: Path, folder: Path, progress: Progress = no_progress) -> bool:
    """Whether the prepared model is there and undamaged."""
    digest = path.with_suffix(".sha256")
    if not path.is_file() or not digest.is_file():
        return False
    return digest.read_text(encoding="ascii", errors="replace") == sha256_of(path, folder, progress)


def prepare(
    entry: CatalogEntry,
    base: Path,
    folder: Path,
    *,
    adapter: Path | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Return the path of the prepared model, made from `base` unless it is there already.

    The entry's own adapter is merged first, then `adapter`, the user's, which was trained on top of
    it. Raises WeightsError where it cannot be prepared; nothing is left behind then.
    """
    path = prepared_path(entry, folder, adapter)
    if is_prepared(path, folder, progress):
        return path
    adapters = [*_own_adapter(entry), *([adapter] if adapter else [])]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as part:
            write_prepared(base, part, entry.prepared, adapters=adapters, progress=progress)
        path.with_suffix(".sha256").write_text(sha256_of(path, folder), encoding="ascii")
    except OSError as error:
        raise WeightsError(
            f"The model cannot be prepared in {path.parent}: {error.strerror}. "
            "Make room there, or name another folder with --data-dir."
        ) from error
    return path


def write_prepared(
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
    import gguf

    reader = gguf.GGUFReader(base)
    wanted = gguf.GGMLQuantizationType[quantisation]
    merged = [_read_adapter(adapter, reader) for adapter in adapters]
    plan = [(tensor, _target_type(tensor, wanted)) for tensor in reader.tensors]
    total = sum(int(tensor.n_bytes) for tensor in reader.tensors)
    done = 0
    architecture = _metadata(reader, "general.architecture")
    with closing(gguf.GGUFWriter(target, architecture)) as writer:
        _copy_metadata(reader, writer, wanted)
        for tensor, target_type in plan:
            _add_tensor_info(writer, tensor, target_type)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor, target_type in plan:
            writer.write_tensor_data(_convert(tensor, target_type, merged))
            done += int(tensor.n_bytes)
            progress("Preparing", done, total)


def _own_adapter(entry: CatalogEntry) -> list[Path]:
    """Return the adapter that ships with the entry. Raises WeightsError where it is damaged."""
    if entry.adapter is None:
        return []
    weights = entry.adapter / _ADAPTER_WEIGHTS
    digest = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else "missing"
    if digest != entry.adapter_sha256:
        raise WeightsError(
            f"{weights} is not the adapter Grue came with: its SHA-256 is {digest}, and "
            f"{entry.adapter_sha256} was expected. Reinstall Grue, or play {entry.base}."
        )
    return [entry.adapter]


def _config_digest(adapter: Path) -> str:
    """Return the digest of the adapter's scale; its weights are pinned by the catalog."""
    config = adapter / _ADAPTER_CONFIG
    return hashlib.sha256(config.read_bytes()).hexdigest() if config.is_file() else "missing"


def _adapter_digest(adapter: Path) -> str:
    files = [adapter / name for name in _ADAPTER_FILES] if adapter.is_dir() else [adapter]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _metadata(reader: "gguf.GGUFReader", key: str) -> Any:
    field = reader.get_field(key)
    if field is None:
        raise WeightsError(f"The model file does not state its {key}; it cannot be prepared.")
    return field.contents()


def _copy_metadata(
    reader: "gguf.GGUFReader", writer: "gguf.GGUFWriter", wanted: "gguf.GGMLQuantizationType"
) -> None:
    import gguf

    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        writer.add_key_value(name, field.contents(), field.types[0], sub_type=_sub_type(field))
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{wanted.name}"])


def _sub_type(field: Any) -> Any:
    return field.types[-1] if len(field.types) > 1 else None


def _target_type(tensor: Any, wanted: "gguf.GGMLQuantizationType") -> "gguf.GGMLQuantizationType":
    """Return the type to write a tensor in: `wanted` for a matrix whose rows fit its blocks."""
    import gguf

    block, _ = gguf.GGML_QUANT_SIZES[wanted]
    if len(tensor.shape) < 2 or int(tensor.shape[0]) % block:
        return gguf.GGMLQuantizationType(tensor.tensor_type)
    return gguf.GGMLQuantizationType.Q8_0 if tensor.name == _EMBEDDING else wanted


def _add_tensor_info(
    writer: "gguf.GGUFWriter", tensor: Any, target_type: "gguf.GGMLQuantizationType"
) -> None:
    import gguf
    import numpy as np

    shape = tuple(int(size) for size in reversed(tensor.shape))
    block, block_bytes = gguf.GGML_QUANT_SIZES[target_type]
    size = int(np.prod(shape)) // block * block_bytes
    writer.add_tensor_info(tensor.name, shape, np.dtype(np.float32), size, raw_dtype=target_type)


def _read_adapter(adapter: Path, reader: "gguf.GGUFReader") -> "Adapter":
    """Return the adapter. Raises WeightsError where it changes weights the model does not have."""
    from dungeon.models.gguf_tensors import Heads, check_supported
    from dungeon.models.lora import read_adapter

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
    tensor: Any, target_type: "gguf.GGMLQuantizationType", adapters: "Sequence[Adapter]"
) -> "np.ndarray[Any, Any]":
    """Return the tensor with the adapters merged, as bytes of `target_type`: (rows, row bytes)."""
    import gguf
    import numpy as np

    deltas = [found for each in adapters if (found := each.get(str(tensor.name))) is not None]
    if not deltas and target_type == tensor.tensor_type:
        return np.asarray(tensor.data)
    weight = gguf.dequantize(tensor.data, tensor.tensor_type)  # (out, in), float32
    for delta in deltas:
        weight = delta.apply(weight)
    return gguf.quantize(weight, target_type)
