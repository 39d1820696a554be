"""Write checkpoints that are complete or not there at all, even after a power cut.

A checkpoint is written into a temporary folder; every file is flushed to the disk, a manifest of
their hashes is written beside them, and the folder is renamed. A checkpoint that does not match its
manifest is ignored. Knows nothing of what a checkpoint contains.
"""

import json
import shutil
from pathlib import Path

from dungeon.files.atomic_file import sync_file, sync_folder
from dungeon.models.hashes import file_sha256

MANIFEST = "hashes.json"

_PREFIX = "checkpoint-"
_PARTIAL = ".part-"


def checkpoint_path(root: Path, step: int) -> Path:
    """Return the folder for the checkpoint after `step`."""
    return root / f"{_PREFIX}{step}"


def partial_path(folder: Path) -> Path:
    """Return the temporary folder in which the checkpoint `folder` is written."""
    return folder.with_name(f"{_PARTIAL}{folder.name}")


def begin(folder: Path) -> Path:
    """Create and return an empty temporary folder for the checkpoint `folder`.

    It is the same one in every process. What interrupted saves left is removed, of other steps too:
    it takes room.
    """
    part = partial_path(folder)
    for left in folder.parent.glob(f"{_PARTIAL}*"):
        shutil.rmtree(left, ignore_errors=True)
    part.mkdir(parents=True)
    return part


def abandon(folder: Path) -> None:
    """Remove what a save that failed has left of the checkpoint `folder`."""
    shutil.rmtree(partial_path(folder), ignore_errors=True)


def commit(part: Path, folder: Path) -> None:
    """Flush `part` to the disk and rename it to `folder`."""
    hashes = {}
    for file in sorted(entry for entry in part.rglob("*") if entry.is_file()):
        sync_file(file)
        hashes[file.relative_to(part).as_posix()] = file_sha256(file)
    manifest = part / MANIFEST
    manifest.write_text(json.dumps(hashes, indent=2), encoding="utf-8")
    sync_file(manifest)
    for inner in [*(entry for entry in part.rglob("*") if entry.is_dir()), part]:
        sync_folder(inner)
    if folder.exists():  # from a run that was interrupted after this step, and resumed before it
        shutil.rmtree(folder)
    part.rename(folder)
    sync_folder(folder.parent)


def is_complete(folder: Path) -> bool:
    """Whether every file of a checkpoint matches the manifest."""
    try:
        hashes = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return isinstance(hashes, dict) and all(
            file_sha256(folder / name) == digest for name, digest in hashes.items()
        )
    except (OSError, ValueError):
        return False


def find_latest(root: Path) -> Path | None:
    """Return the latest complete checkpoint under `root`."""
    return next(filter(is_complete, reversed(list_checkpoints(root))), None)


def list_checkpoints(root: Path) -> list[Path]:
    """Return the checkpoints under `root`, complete or not, ordered by step."""
    found = [folder for folder in root.glob(f"{_PREFIX}*") if checkpoint_step(folder) is not None]
    return sorted(found, key=lambda folder: checkpoint_step(folder) or 0)


def checkpoint_step(folder: Path) -> int | None:
    """Return the step of a checkpoint; None for any other folder."""
    number = folder.name.removeprefix(_PREFIX)
    return int(number) if number.isdecimal() else None


def prune(root: Path, *, best: int | None) -> None:
    """Remove all checkpoints except the latest and the one of step `best`."""
    for folder in list_checkpoints(root)[:-1]:
        if checkpoint_step(folder) != best:
            shutil.rmtree(folder, ignore_errors=True)
