"""Provides the SHA-256 of a model file, worked out once and remembered while the file is unchanged.

Knows nothing of what the files hold. What is remembered lies in `hashes.json` in the models folder.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from dungeon.errors import WeightsError
from dungeon.models.progress import Progress, no_progress

_CHUNK = 4 << 20


def sha256_of(path: Path, folder: Path, progress: Progress = no_progress) -> str:
    """Return the hex digest of the file at `path`, remembered in `folder` by size and time.

    Raises WeightsError where the file cannot be read.
    """
    known = _remembered(folder)
    mark = _mark(path)
    key = str(path.resolve())
    match known.get(key):
        case [seen, str(digest)] if seen == mark:
            return digest
    digest = _hash(path, mark[0], progress)
    still_there = {file: entry for file, entry in known.items() if Path(file).exists()}
    _remember(folder, still_there | {key: [mark, digest]})
    return digest


def sha256_of_all(paths: Sequence[Path], folder: Path, progress: Progress = no_progress) -> str:
    """Return the hex digest of one file, or of the list of the digests of several.

    Raises WeightsError where one cannot be read.
    """
    digests = [sha256_of(path, folder, progress) for path in paths]
    if len(digests) == 1:
        return digests[0]
    listed = "".join(f"{d}  {path.name}\n" for d, path in zip(digests, paths, strict=True))
    return hashlib.sha256(listed.encode()).hexdigest()


def _mark(path: Path) -> list[int]:
    try:
        found = path.stat()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}.") from error
    return [found.st_size, found.st_mtime_ns]


def _hash(path: Path, size: int, progress: Progress) -> str:
    digest = hashlib.sha256()
    done = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                done += len(chunk)
                progress("Checking", done, size)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()


def _remembered(folder: Path) -> dict[str, Any]:
    try:
        known = json.loads((folder / "hashes.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}  # nothing is lost: the files are hashed again
    return known if isinstance(known, dict) else {}


def _remember(folder: Path, known: dict[str, Any]) -> None:
    """Write what is known as a whole. A folder that cannot be written costs time, not the game."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".hashes-", dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(known, file)
            Path(temporary).replace(folder / "hashes.json")
        finally:
            Path(temporary).unlink(missing_ok=True)
