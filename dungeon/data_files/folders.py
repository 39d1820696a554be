"""Find the data files of a folder, and the split of each by the names that the hub has for them.

A folder is what `datasets` saved with `save_to_disk`, or files as a data set on the hub has them:
`train.jsonl`, `data/test-00000-of-00001.parquet`, `validation/part1.csv`.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dungeon.data_files.recognition import DataFormat, recognise
from dungeon.errors import InputRefused
from dungeon.text import clean_path

Split = Literal["train", "validation", "test"]

SUFFIXES = frozenset({".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".arrow", ".txt"})
"""Names of data files end in one of these, or in one of these and `.gz`."""

MAX_FILES = 100_000

_WORDS: dict[Split, str] = {
    "validation": "validation|valid|val|dev",
    "test": "test|testing|eval|evaluation",
    "train": "train|training",
}
_SPLITS = {
    split: re.compile(
        rf"(?:.*[^a-z0-9])?(?:{words})"
        r"(?:[-_ .]?(?:data|set|split|part|file))?(?:[-_ .]?\d[-\dof_]*)?"
    )
    for split, words in _WORDS.items()
}
"""`train-00000-of-00002`, `wiki.test`, `val_set_1`; but not `the test of courage`."""

_PART = re.compile(r"(?:data|part|shard|chunk)?s?[-_]?[\d_-]*(?:of[-_]?\d+)?", re.IGNORECASE)
"""Names of numbered parts: `data-00000-of-00001`."""

DOCUMENTATION = re.compile(
    r"(?:readme|licen[cs]e|copying|notice|citation|changelog)\b.*|requirements\.txt"
    r"|(?-i:[A-Z][A-Z_-]+)\.(?:md|markdown)",  # GUIDE.md, as is the custom of repositories
    re.IGNORECASE,
)
"""Names of files about a folder, which are neither data nor stories."""
_DESCRIPTIONS = frozenset(
    {"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json", "licences.json"}
)
"""What `datasets`, and this program, write about the data."""

SAVED = "state.json"
"""A file in each folder that `save_to_disk` writes a data set to."""


@dataclass(frozen=True, slots=True)
class FolderFile:
    """A data file of a folder."""

    path: Path
    format: DataFormat
    split: Split


@dataclass(slots=True)
class FolderContent:
    """What a folder holds."""

    files: list[FolderFile] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """Places of files that are not read."""
    empty: list[str] = field(default_factory=list)
    """Places of files without a byte in them, which are passed over as an import does."""


def find_files(folder: Path) -> FolderContent:
    """Return the data files under `folder`, in the order of their names.

    Raises InputRefused where one of them is broken, and where there are too many.
    """
    content = FolderContent()
    for path in _walk(folder):
        place = path.relative_to(folder).as_posix()
        if path.name in _DESCRIPTIONS or DOCUMENTATION.fullmatch(path.name):
            continue
        if not path.stat().st_size:
            content.empty.append(place)
        elif _suffix(path) in SUFFIXES:
            content.files.append(FolderFile(path, recognise(path), split_of(place)))
        else:
            content.others.append(place)
        if len(content.files) + len(content.others) > MAX_FILES:
            raise InputRefused(
                f"{clean_path(folder)} has more than {MAX_FILES:,} files. Name the folder with the "
                "data files."
            )
    return content


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files under `folder`; hidden files and caches are passed over.

    Links to files are followed: a download of the hub consists of them.
    """
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        saved = saved_files(Path(parent))
        for name in sorted(names):
            path = Path(parent, name)
            is_hidden = name.startswith((".", "_"))
            if not is_hidden and path.is_file() and (saved is None or path in saved):
                yield path


def saved_files(folder: Path) -> list[Path] | None:
    """Return the Arrow files of a folder that `save_to_disk` wrote; None for another folder.

    Caches of later computations may lie beside them.
    """
    try:
        state = json.loads((folder / SAVED).read_text("utf-8"))
        return [folder / Path(each["filename"]).name for each in state["_data_files"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def split_of(place: str) -> Split:
    """Return the split of a file by its name, else by those of its folders; `train` by default."""
    return next((split for name in _names(place) for split in _splits(name)), "train")


def source_of(place: str, default: str) -> str:
    """Return the name of what a file holds: its own, or that of a folder, and not that of a split.

    Texts in a folder are one source together: a text is a work.
    """
    names = _names(place)[1:] if place.casefold().endswith((".txt", ".txt.gz")) else _names(place)
    telling = (name for name in names if not _PART.fullmatch(name) and not any(_splits(name)))
    return next(telling, default)


def _names(place: str) -> list[str]:
    """Return the name of a file without its suffix, and the names of its folders, inmost first."""
    *folders, name = place.split("/")
    return [re.sub(r"(\.\w+)(?:\.gz)?$", "", name), *reversed(folders)]


def _splits(name: str) -> Iterator[Split]:
    return (split for split, words in _SPLITS.items() if words.fullmatch(name.casefold()))


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    return Path(path.stem).suffix.lower() if suffix == ".gz" else suffix
