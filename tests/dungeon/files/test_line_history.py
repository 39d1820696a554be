"""Test that what was typed outlasts the session, whatever the file holds."""

import json
from pathlib import Path

import pytest

from dungeon.files.line_history import MAX_CHARACTERS, MAX_LINES, LineHistory


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "history.jsonl"


def test_lines_outlast_the_session(path: Path) -> None:
    first = LineHistory(path)
    for line in ("look", "look", "", "öffne\ndie Tür", "/undo"):
        assert first.add(line) == ""
    other = LineHistory(path)  # another window
    other.add("wait")
    first.add("run")
    assert LineHistory(path).lines == ["look", "öffne\ndie Tür", "/undo", "wait", "run"]
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "data",
    [
        b'"look"\n{"a": 1}\n\xff\xfe"\n[[[[\n"wait"\n',
        b'"look"\n"wait"\n"half of a li',
        b'"look"\r\n\n\n"wait"',
        b"\x00\x00" + b"[" * 70_000 + b'\n"look"\n"wait"\n',
    ],
)
def test_a_damaged_file_loses_its_damaged_lines_only(path: Path, data: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(data)
    history = LineHistory(path)
    assert history.lines == ["look", "wait"]
    history.add("run")
    assert LineHistory(path).lines == ["look", "wait", "run"]


def test_the_file_has_a_limit(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("".join(f"{json.dumps(str(n))}\n" for n in range(2 * MAX_LINES)))
    LineHistory(path).add("last")
    assert len(path.read_text().splitlines()) == MAX_LINES + 1
    assert LineHistory(path).lines[-2:] == [str(2 * MAX_LINES - 1), "last"]


def test_what_may_not_be_stored_is_recalled_in_this_session_only(path: Path) -> None:
    history = LineHistory(path)
    forbidden = "have sex with the child"
    for line in (forbidden, "x" * (MAX_CHARACTERS + 1), "wait"):
        history.add(line)
    assert len(history.lines) == 3
    assert LineHistory(path).lines == ["wait"]


def test_a_file_that_cannot_be_written_is_said_once(path: Path) -> None:
    path.parent.write_text("a file where the folder should be")
    history = LineHistory(path)
    assert "not kept for the next session" in history.add("look")
    assert history.add("wait") == ""
    assert history.lines == ["look", "wait"]
