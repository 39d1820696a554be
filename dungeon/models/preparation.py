"""Prepare a downloaded model for play: merge the adapters into it and requantise it.

Merged, because an adapter applied at run time costs an eighth of the speed; requantised, because
the quantisation that a model is shipped in is seldom the fastest.
"""

import hashlib
from contextlib import suppress
from pathlib import Path

from dungeon.errors import WeightsError
from dungeon.files.atomic_file import atomic_path, atomic_write
from dungeon.files.disk_room import write_advice, write_failure
from dungeon.models.catalog import CatalogEntry
from dungeon.models.hashes import sha256_of
from dungeon.models.model_folder import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from dungeon.models.progress import Progress, no_progress

RECIPE = 1
"""Increased when the same input gives another file: models are then prepared again."""


_ADAPTER_FILES = (ADAPTER_CONFIG, ADAPTER_WEIGHTS)
"""The files of an adapter folder that matter; a card or a checkpoint beside them does not."""


def prepared_path(entry: CatalogEntry, folder: Path, adapter: Path | None = None) -> Path:
    """Return the path of the prepared model, different for each base, adapter and recipe."""
    merged = [entry.adapter_sha256, _config_digest(entry.adapter)] if entry.adapter else []
    merged += [_adapter_digest(adapter)] if adapter else []
    recipe = f"{RECIPE}\n{entry.sha256}\n{' '.join(merged) or 'none'}\n{entry.target_quantisation}"
    key = hashlib.sha256(recipe.encode()).hexdigest()[:12]
    return folder / "prepared" / f"{entry.name}-{entry.target_quantisation}-{key}.gguf"


def is_prepared(path: Path, folder: Path, progress: Progress = no_progress) -> bool:
    """Whether the prepared model is there and undamaged."""
    expected = prepared_sha256(path)
    if not path.is_file() or not expected:
        return False
    return expected == sha256_of(path, folder, progress)


def prepared_sha256(path: Path) -> str:
    """Return the hex digest that a prepared model must have, empty where none was prepared."""
    digest = path.with_suffix(".sha256")
    return digest.read_text(encoding="ascii", errors="replace") if digest.is_file() else ""


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
    from dungeon.models.requantisation import requantise  # it imports numpy, which is slow

    adapters = [*_own_adapter(entry), *([adapter] if adapter else [])]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as part:
            requantise(base, part, entry.target_quantisation, adapters=adapters, progress=progress)
        with atomic_write(path.with_suffix(".sha256")) as file:
            file.write(sha256_of(path, folder).encode("ascii"))
    except OSError as error:
        with suppress(OSError):  # of a disk that can only be read, or where its folder is a file
            path.unlink(missing_ok=True)  # without its digest it counts for nothing
        reason = write_failure(error, path.parent, needed=base.stat().st_size)
        raise WeightsError(
            f"The model cannot be prepared in {path.parent}: {reason}. "
            f"{write_advice(error, 'or name another folder with --data-dir')}"
        ) from error
    return path


def _own_adapter(entry: CatalogEntry) -> list[Path]:
    """Return the adapter that ships with the entry. Raises WeightsError where it is damaged."""
    if entry.adapter is None:
        return []
    weights = entry.adapter / ADAPTER_WEIGHTS
    digest = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else "missing"
    if digest != entry.adapter_sha256:
        raise WeightsError(
            f"{weights} is not the adapter Grue came with: its SHA-256 is {digest}, and "
            f"{entry.adapter_sha256} was expected. Reinstall Grue, or play {entry.base}."
        )
    return [entry.adapter]


def _config_digest(adapter: Path) -> str:
    """Return the digest of the adapter's scale; its weights are pinned by the catalog."""
    config = adapter / ADAPTER_CONFIG
    return hashlib.sha256(config.read_bytes()).hexdigest() if config.is_file() else "missing"


def _adapter_digest(adapter: Path) -> str:
    files = [adapter / name for name in _ADAPTER_FILES] if adapter.is_dir() else [adapter]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
