"""Provides `prepare()`: a model as fetched, with Grue's adapter merged in, in the form it plays in.

Merged, because an adapter applied while running costs an eighth of the speed; requantised, because
the form a model is shipped in is seldom the quickest. Knows nothing of where models come from.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dungeon.errors import WeightsError
from dungeon.models.catalog import CatalogEntry
from dungeon.models.hashes import sha256_of
from dungeon.models.progress import Progress, no_progress

if TYPE_CHECKING:
    import gguf
    import numpy as np

    from dungeon.models.lora import Adapter

RECIPE = 1
"""To be raised when the same input comes out otherwise: prepared files are then made anew."""

_ADAPTER_WEIGHTS = "adapter_model.safetensors"
_ADAPTER_CONFIG = "adapter_config.json"
_ADAPTER_FILES = (_ADAPTER_CONFIG, _ADAPTER_WEIGHTS)
"""What counts of a folder; a card or a checkpoint beside them changes nothing."""

_EMBEDDING = "token_embd.weight"
"""Read once a token and, in small models, the output too: kept at 8 bits, as llama.cpp does."""


def prepared_path(entry: CatalogEntry, folder: Path, adapter: Path | None = None) -> Path:
    """Return where the prepared model lies. Another base, adapter or recipe is another file."""
    merged = [entry.adapter_sha256, _config_digest(entry.adapter)] if entry.adapter else []
    merged += [_digest_of(adapter)] if adapter else []
    recipe = f"{RECIPE}\n{entry.sha256}\n{' '.join(merged) or 'none'}\n{entry.prepared}"
    key = hashlib.sha256(recipe.encode()).hexdigest()[:12]
    return folder / "prepared" / f"{entry.name}-{entry.prepared}-{key}.gguf"


def is_prepared(path: Path, folder: Path, progress: Progress = no_progress) -> bool:
    """Whether the prepared model is there, as it was written."""
    noted = _note(path)
    if not path.is_file() or not noted.is_file():
        return False
    return noted.read_text(encoding="ascii", errors="replace") == sha256_of(path, folder, progress)


def prepare(
    entry: CatalogEntry,
    base: Path,
    folder: Path,
    *,
    adapter: Path | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Return the path of the prepared model, made from `base` unless it is there already.

    The entry's own adapter is merged in first, then `adapter`, the player's, which was trained on
    top of it. Raises WeightsError where it cannot be made; nothing is left behind then.
    """
    path = prepared_path(entry, folder, adapter)
    if is_prepared(path, folder, progress):
        return path
    adapters = [*_own_adapter(entry), *([adapter] if adapter else [])]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _part(path) as part:
            write_prepared(base, part, entry.prepared, adapters=adapters, progress=progress)
            part.replace(path)
        _note(path).write_text(sha256_of(path, folder), encoding="ascii")
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
    """Write `base` with `adapters` merged in to `target`, its matrices in `quantisation`.

    Metadata and tokenizer are copied. One weight at a time is held in memory.
    """
    import gguf

    reader = gguf.GGUFReader(base)
    wanted = gguf.GGMLQuantizationType[quantisation]
    deltas = [_deltas(adapter, reader) for adapter in adapters]
    plan = [(tensor, _kind(tensor, wanted)) for tensor in reader.tensors]
    total = sum(int(tensor.n_bytes) for tensor in reader.tensors)
    done = 0
    architecture = _value(reader, "general.architecture")
    with closing(gguf.GGUFWriter(target, architecture)) as writer:
        _copy_metadata(reader, writer, wanted)
        for tensor, kind in plan:
            _announce(writer, tensor, kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for tensor, kind in plan:
            writer.write_tensor_data(_converted(tensor, kind, deltas))
            done += int(tensor.n_bytes)
            progress("Preparing", done, total)
        _sync(writer)


def _own_adapter(entry: CatalogEntry) -> list[Path]:
    """Return the adapter that ships with the entry. Raises WeightsError where it is damaged."""
    if entry.adapter is None:
        return []
    weights = entry.adapter / _ADAPTER_WEIGHTS
    digest = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else "missing"
    if digest != entry.adapter_sha256:
        raise WeightsError(
            f"{weights} is not the adapter Grue came with: its SHA-256 is {digest}, and "
            f"{entry.adapter_sha256} was expected. Install Grue anew, or play {entry.base}."
        )
    return [entry.adapter]


def _config_digest(adapter: Path) -> str:
    """Return the digest of what says how strongly the adapter counts; its weights are pinned."""
    config = adapter / _ADAPTER_CONFIG
    return hashlib.sha256(config.read_bytes()).hexdigest() if config.is_file() else "missing"


def _digest_of(adapter: Path) -> str:
    files = [adapter / name for name in _ADAPTER_FILES] if adapter.is_dir() else [adapter]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _note(path: Path) -> Path:
    return path.with_suffix(".sha256")


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    """Give a name beside `path` for a file that is gone afterwards unless it was renamed."""
    handle, name = tempfile.mkstemp(prefix=".part-", suffix=".gguf", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _value(reader: "gguf.GGUFReader", key: str) -> Any:
    field = reader.get_field(key)
    if field is None:
        raise WeightsError(f"The model file says nothing of its {key}; it cannot be prepared.")
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


def _kind(tensor: Any, wanted: "gguf.GGMLQuantizationType") -> "gguf.GGMLQuantizationType":
    """Return the type a tensor gets: vectors keep theirs, matrices whose rows fit get `wanted`."""
    import gguf

    block, _ = gguf.GGML_QUANT_SIZES[wanted]
    if len(tensor.shape) < 2 or int(tensor.shape[0]) % block:
        return gguf.GGMLQuantizationType(tensor.tensor_type)
    return gguf.GGMLQuantizationType.Q8_0 if tensor.name == _EMBEDDING else wanted


def _announce(writer: "gguf.GGUFWriter", tensor: Any, kind: "gguf.GGMLQuantizationType") -> None:
    import gguf
    import numpy as np

    shape = tuple(int(size) for size in reversed(tensor.shape))
    block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    size = int(np.prod(shape)) // block * block_bytes
    writer.add_tensor_info(tensor.name, shape, np.dtype(np.float32), size, raw_dtype=kind)


def _deltas(adapter: Path, reader: "gguf.GGUFReader") -> "Adapter":
    """Return what the adapter changes. Raises WeightsError where the model has no such weights."""
    from dungeon.models.gguf_tensors import Heads, check_supported
    from dungeon.models.lora import read_adapter

    architecture = _value(reader, "general.architecture")
    check_supported(architecture)
    query = int(_value(reader, f"{architecture}.attention.head_count"))
    key = reader.get_field(f"{architecture}.attention.head_count_kv")
    heads = Heads(query, int(key.contents()) if key else query)
    deltas = read_adapter(adapter, architecture, heads)
    unknown = set(deltas) - {str(tensor.name) for tensor in reader.tensors}
    if unknown:
        raise WeightsError(
            f"The adapter {adapter.name} changes {min(unknown)}, which the model does not have. "
            "It was made for another model."
        )
    return deltas


def _converted(
    tensor: Any, kind: "gguf.GGMLQuantizationType", adapters: "Sequence[Adapter]"
) -> "np.ndarray[Any, Any]":
    import gguf
    import numpy as np

    deltas = [found for each in adapters if (found := each.get(str(tensor.name))) is not None]
    if not deltas and kind == tensor.tensor_type:
        return np.asarray(tensor.data)
    weight = gguf.dequantize(tensor.data, tensor.tensor_type)
    for delta in deltas:
        weight = delta.apply(weight)
    return gguf.quantize(weight, kind)


def _sync(writer: "gguf.GGUFWriter") -> None:
    writer.flush()
    for file in writer.fout or []:
        os.fsync(file.fileno())
