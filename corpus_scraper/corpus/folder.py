"""The corpus folder on disk: write it as a whole, read it back."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corpus_scraper.graph import numbered_lines
from dungeon.errors import GrueError, InputRefused
from dungeon.files.atomic_file import sync_file

MANIFEST = "manifest.json"
CARD = "README.md"
WORKS = "works.jsonl"
EXCLUDED = "excluded.jsonl"
PICTURE = "report.png"

FORMAT = "grue-corpus"
VERSION = 1

_OURS = {MANIFEST, CARD, WORKS, EXCLUDED, PICTURE, "train.jsonl", "validation.jsonl", "test.jsonl"}
"""What may lie in a corpus folder that a new build may take the place of."""


@contextmanager
def fresh(target: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` where the block ends well, and else vanishes.

    An earlier corpus gives way. Raises InputRefused where something else is there.
    """
    target = target.resolve()
    refuse_foreign(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        making.chmod(0o755)
        yield making
        for file in making.iterdir():
            sync_file(file)
        _take_place(making, target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)


def refuse_foreign(target: Path) -> None:
    """Raise InputRefused where `target` is anything but absent, empty or an earlier corpus."""
    if not target.exists():
        return
    if not target.is_dir():
        raise InputRefused(f"{target} is a file. Name a folder that is not there yet.")
    names = {path.name for path in target.iterdir()}
    if not names:
        return
    foreign = sorted(names - _OURS)
    if MANIFEST not in names or foreign or not _is_corpus(target):
        what = f"{foreign[0]} lies in it" if foreign else "it is no corpus of Grue's"
        raise InputRefused(
            f"{target} is not replaced, for {what}. Name a folder that is not there yet."
        )


def _is_corpus(folder: Path) -> bool:
    try:
        read_manifest(folder)
    except InputRefused:
        return False
    return True


def _take_place(making: Path, target: Path) -> None:
    """Give `making` the name of `target`, and take away what had it."""
    if not target.exists():
        making.rename(target)
        return
    refuse_foreign(target)  # the build took its time
    former = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.former-"))
    target.rename(former)
    try:
        making.rename(target)
    except OSError:
        former.rename(target)
        raise
    shutil.rmtree(former, ignore_errors=True)


def _unwritable(target: Path, error: OSError) -> GrueError:
    return GrueError(
        f"The corpus could not be written to {target}: {error.strerror}. Nothing is half written."
    )


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file. Raises InputRefused where it cannot be read."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise InputRefused(f"{file} cannot be read: {error.strerror}.") from error


def write_json(file: Path, value: dict[str, Any]) -> None:
    """Write a document for people to read, too."""
    file.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a corpus. Raises InputRefused where there is none."""
    try:
        value = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputRefused(
            f"{folder} is no corpus: {MANIFEST} cannot be read ({error.strerror}). "
            "`grue corpus build` makes one."
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{folder / MANIFEST} is damaged: {error}.") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise InputRefused(f"{folder / MANIFEST} is no manifest of a corpus.")
    if value.get("version") != VERSION:
        raise InputRefused(
            f"{folder} was built by another version of Grue. Build it anew with this one."
        )
    return value


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the documents of a file of JSON lines. Raises InputRefused where it is damaged."""
    for number, line in numbered_lines(file):
        try:
            document = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputRefused(f"{file}, line {number} is damaged: {error}.") from error
        yield document


def trained_texts(record: dict[str, Any]) -> list[str]:
    """Return the trained texts of a record."""
    return [span["text"] for span in record["spans"] if span["train"]]
