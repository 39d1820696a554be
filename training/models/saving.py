"""Save a trained model as a folder: the files of the Hugging Face libraries, grue.json with its
record, a model card, and plots of the training.

A folder that has a grue.json is complete: that file is written last, and atomically.
"""

import json
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from safetensors import SafetensorError

from dungeon.errors import NotSaved
from dungeon.files.atomic_file import atomic_path, sync_file, sync_folder
from dungeon.files.disk_room import is_disk_full, write_advice, write_failure
from dungeon.models.hashes import file_sha256
from dungeon.models.model_folder import read_json
from training.models import model_card, plots
from training.models.record import ModelRecord


class Savable(Protocol):
    """A model or a tokenizer of the Hugging Face libraries."""

    def save_pretrained(self, save_directory: str, **options: Any) -> Any:
        """Write its files into a folder."""
        ...


def save_model(
    folder: Path,
    model: Savable,
    tokenizer: Savable,
    record: ModelRecord,
    *,
    advice: str = "or name another folder",
) -> None:
    """Write the model folder; other files in `folder`, such as checkpoints, are left alone.

    `model` is a model of transformers, or one of PEFT, of which only the adapter is saved. Files
    are written to a temporary folder and renamed one by one, grue.json last; in the meantime there
    is no grue.json. Raises NotSaved where the folder cannot be written; `advice` ends its sentence.
    """
    with _written_at_once(folder, _weight_bytes(model), advice) as part:
        _save_weights(model, part, record.base.hub_id or record.base.reference)
        tokenizer.save_pretrained(str(part))
        plots.write_plots(part, record)
        _write_json(part / "history.json", [asdict(point) for point in record.history])
        (part / model_card.CARD).write_text(model_card.render_card(record), encoding="utf-8")
        digests = {file.name: file_sha256(file) for file in sorted(part.glob("*.safetensors"))}
        _write_json(part / "grue.json", record.to_dict() | {"files": digests})


def save_without_record(folder: Path, model: Savable, tokenizer: Savable) -> None:
    """Write a model of which nothing is known but its weights, as `save_model` does."""
    with _written_at_once(folder, _weight_bytes(model), "or name another folder") as part:
        model.save_pretrained(str(part))
        tokenizer.save_pretrained(str(part))


@contextmanager
def _written_at_once(folder: Path, needed: int, advice: str) -> Iterator[Path]:
    """Give a temporary folder, whose files are moved to `folder` at the end.

    `needed` is about how many bytes they are; `advice` is what else than making room helps.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
        try:
            yield part
            _share(part)
            _move_files(part, folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except Exception as error:  # tokenizers raises no other where the disk is full
        if not isinstance(error, OSError | SafetensorError) and not is_disk_full(error):
            raise
        raise NotSaved(
            f"The model cannot be written to {folder}: "
            f"{write_failure(error, folder, needed=needed)}. {write_advice(error, advice)}"
        ) from error


def add_metrics(folder: Path, metrics: Mapping[str, Any]) -> None:
    """Add metrics to the grue.json in `folder`, atomically.

    Raises InputRefused where there is none, NotSaved where it cannot be written.
    """
    path = folder / "grue.json"
    document = read_json(path)
    known = document.get("metrics")
    document["metrics"] = (known if isinstance(known, dict) else {}) | dict(metrics)
    try:
        with atomic_path(path) as part:
            _write_json(part, document)
    except OSError as error:
        raise NotSaved(
            f"{path} cannot be written: {write_failure(error, folder)}. "
            f"{write_advice(error, 'or leave out --record')}"
        ) from error


def _save_weights(model: Savable, part: Path, base: str) -> None:
    """Write the weights, without PEFT's question to the hub, and with the base's name for PEFT.

    Grue itself reads the reference in grue.json first.
    """
    options = {"save_embedding_layers": False} if hasattr(model, "peft_config") else {}
    model.save_pretrained(str(part), **options)
    config = part / "adapter_config.json"
    if not config.is_file():
        return
    document = json.loads(config.read_text(encoding="utf-8"))
    modules = sorted(document["target_modules"])  # a set, in another order every time
    _write_json(config, document | {"base_model_name_or_path": base, "target_modules": modules})
    _to_half_precision(part / "adapter_model.safetensors")


def _to_half_precision(adapter: Path) -> None:
    """Rewrite an adapter's matrices as float16.

    They are small numbers that are added to larger ones: the rounding is less than a hundredth of
    that of the 8 bits it is played in, and the file is half as large. DoRA's magnitudes are few,
    and every weight is multiplied by one: they stay as they are.
    """
    from safetensors.torch import load_file, save_file

    weights = load_file(adapter)
    half = {name: each.half() if each.ndim > 1 else each for name, each in weights.items()}
    save_file(half, adapter, metadata={"format": "pt"})


def _weight_bytes(model: Any) -> int:
    """Return about how many bytes the weights are, of an adapter those; 0 where that is unknown."""
    whole = model if hasattr(model, "parameters") else getattr(model, "model", None)
    if whole is None:
        return 0
    is_adapter = hasattr(whole, "peft_config")
    saved = (each for each in whole.parameters() if each.requires_grad or not is_adapter)
    return sum(each.numel() * each.element_size() for each in saved)


def _share(part: Path) -> None:
    """Give every file the mode of any new file: safetensors lets nobody else read its own."""
    usual = part / ".mode"
    usual.touch()
    mode = stat.S_IMODE(usual.stat().st_mode)
    usual.unlink()
    for file in part.rglob("*"):
        if file.is_file():
            file.chmod(mode)


def _move_files(part: Path, folder: Path) -> None:
    """Move the files to `folder`, those in folders too: a tokenizer may have one with templates.

    Shards of older weights would be loaded, and are removed.
    """
    found = (file for file in part.rglob("*") if file.is_file())
    files = sorted(found, key=lambda file: file.name == "grue.json")
    for file in files:
        sync_file(file)
    (folder / "grue.json").unlink(missing_ok=True)
    for older in folder.glob("*.safetensors*"):
        older.unlink()
    sync_folder(folder)
    for file in files:
        place = folder / file.relative_to(part)
        place.parent.mkdir(parents=True, exist_ok=True)
        file.replace(place)
    sync_folder(folder)


def _write_json(path: Path, document: Any) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
