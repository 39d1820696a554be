"""Compute the SHA-256 of model files, cached in `hashes.json` while size and time are unchanged."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from dungeon.errors import WeightsError
from dungeon.files.atomic_file import atomic_write
from dungeon.models.progress import Progress, no_progress

_CHUNK = 4 << 20


def sha256_of(path: Path, folder: Path, progress: Progress = no_progress) -> str:
    """Return the hex digest of the file at `path`, cached in `folder`.

    Raises WeightsError where the file cannot be read.
    """
    if cached := cached_sha256(path, folder):
        return cached
    digest = _hash(path, _size_and_time(path)[0], progress)
    remember_sha256(path, folder, digest)
    return digest


def cached_sha256(path: Path, folder: Path) -> str:
    """Return the hex digest of the file at `path` where it is cached in `folder`, else nothing.

    Raises WeightsError where there is no such file.
    """
    size_and_time = _size_and_time(path)
    match _read_cache(folder).get(str(path.resolve())):
        case [cached, str(digest)] if cached == size_and_time:
            return digest
    return ""


def remember_sha256(path: Path, folder: Path, digest: str) -> None:
    """Cache the hex digest of the file at `path`, which was computed while it was written."""
    existing = {file: entry for file, entry in _read_cache(folder).items() if Path(file).exists()}
    _write_cache(folder, existing | {str(path.resolve()): [_size_and_time(path), digest]})


def sha256_of_all(paths: Sequence[Path], folder: Path, progress: Progress = no_progress) -> str:
    """Return the hex digest of one file, or of the list of digests of several.

    Raises WeightsError where one cannot be read.
    """
    digests = [sha256_of(path, folder, progress) for path in paths]
    if len(digests) == 1:
        return digests[0]
    listed = "".join(f"{d}  {path.name}\n" for d, path in zip(digests, paths, strict=True))
    return hashlib.sha256(listed.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the hex digest of the file at `path`, uncached. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size_and_time(path: Path) -> list[int]:
    try:
        stat = path.stat()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}.") from error
    return [stat.st_size, stat.st_mtime_ns]


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


def _read_cache(folder: Path) -> dict[str, Any]:
    try:
        cache = json.loads((folder / "hashes.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}  # nothing is lost: the files are hashed again
    return cache if isinstance(cache, dict) else {}


def _write_cache(folder: Path, cache: dict[str, Any]) -> None:
    with suppress(OSError):  # without a cache the game only starts more slowly
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_write(folder / "hashes.json") as file:
            file.write(json.dumps(cache).encode())
