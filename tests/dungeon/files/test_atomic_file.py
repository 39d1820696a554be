"""Atomic files: whole under their name, or not there."""

import os
import time
from pathlib import Path

import pytest

from dungeon.errors import InputRefused
from dungeon.files.atomic_file import (
    STALE_AFTER,
    atomic_write,
    commit,
    remove_stale,
    temporary_path,
)


def test_a_finished_block_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    with atomic_write(path) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def fail_half_way() -> None:
        with atomic_write(path) as file:
            file.write(b"ne")
            raise ValueError("half")

    with pytest.raises(ValueError, match="half"):
        fail_half_way()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_commit_replaces_nothing_unless_told_to(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")
    part = temporary_path(path)
    part.write_bytes(b"new")
    with pytest.raises(InputRefused, match="is there already"):
        commit(part, path)
    assert path.read_bytes() == b"old"
    commit(part, path, overwrite=True)
    assert path.read_bytes() == b"new"


def test_only_old_temporary_files_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    old, young = temporary_path(path), temporary_path(path)
    for part in (old, young):
        part.write_bytes(b"")
    then = time.time() - STALE_AFTER - 60
    os.utime(old, (then, then))
    remove_stale(tmp_path)
    assert list(tmp_path.iterdir()) == [young]
