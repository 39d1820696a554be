"""Provides checkpoints that are whole or not there at all, whenever the power goes.

A checkpoint is written into a temporary folder, every file brought to the disk, a manifest of their
hashes written beside them, and the folder renamed; then the parent is brought to the disk as well.
A folder without a manifest that matches is passed over. Knows nothing of what is in a checkpoint.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path

MANIFEST = "hashes.json"

_PREFIX = "checkpoint-"
_PART = ".part-"


def name_of(step: int) -> str:
    """Return what the checkpoint after `step` is called."""
    return f"{_PREFIX}{step}"


def begun(folder: Path) -> Path:
    """Return an empty temporary folder for `folder`, the same one in every process.

    What an earlier, interrupted writing left behind is removed.
    """
    part = part_of(folder)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    return part


def part_of(folder: Path) -> Path:
    """Return where the content of `folder` is written before it is whole."""
    return folder.with_name(_PART + folder.name)


def finish(part: Path, folder: Path) -> None:
    """Make `part` durable, and let it appear as `folder` at once."""
    hashes = {file.relative_to(part).as_posix(): _synced(file) for file in _files(part)}
    manifest = part / MANIFEST
    manifest.write_text(json.dumps(hashes, indent=2), encoding="utf-8")
    _sync(manifest)
    for inner in [*(entry for entry in part.rglob("*") if entry.is_dir()), part]:
        _sync(inner)
    if folder.exists():  # an interrupted run came this far already, and is taken again
        shutil.rmtree(folder)
    part.rename(folder)
    _sync(folder.parent)


def is_whole(folder: Path) -> bool:
    """Whether every file of a checkpoint is there as it was written."""
    try:
        hashes = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return isinstance(hashes, dict) and all(
            _digest(folder / name) == wanted for name, wanted in hashes.items()
        )
    except (OSError, ValueError):
        return False


def newest(root: Path) -> Path | None:
    """Return the newest whole checkpoint under `root`; torn ones are passed over."""
    return next((folder for folder in reversed(listed(root)) if is_whole(folder)), None)


def listed(root: Path) -> list[Path]:
    """Return the checkpoints under `root`, whole or torn, by their step."""
    found = [folder for folder in root.glob(f"{_PREFIX}*") if step_of(folder) is not None]
    return sorted(found, key=lambda folder: step_of(folder) or 0)


def step_of(folder: Path) -> int | None:
    """Return the step a checkpoint was written after; None for another folder."""
    number = folder.name.removeprefix(_PREFIX)
    return int(number) if number.isdecimal() else None


def prune(root: Path, *, best: int | None) -> None:
    """Remove all checkpoints but the newest, and the best where it is another."""
    for folder in listed(root)[:-1]:
        if step_of(folder) != best:
            shutil.rmtree(folder, ignore_errors=True)


def _files(folder: Path) -> list[Path]:
    return sorted(entry for entry in folder.rglob("*") if entry.is_file())


def _synced(file: Path) -> str:
    _sync(file)
    return _digest(file)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Bring a file or a folder's list of names to the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders, and needs no such thing
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
