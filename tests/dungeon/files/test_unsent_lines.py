"""Test that a line that was typed and not sent is kept with its adventure."""

from pathlib import Path

from dungeon.files.unsent_lines import MAX_ADVENTURES, UnsentLine, UnsentLines


def test_a_line_is_taken_once_and_by_its_adventure(tmp_path: Path) -> None:
    path = tmp_path / "home" / "unsent.json"
    UnsentLines(path).keep("a", UnsentLine("  go east ", "do"))
    UnsentLines(path).keep("b", UnsentLine("Who is there?", "say"))
    lines = UnsentLines(path)
    assert lines.take("c") is None
    assert lines.take("a") == UnsentLine("go east", "do")
    assert lines.take("a") is None
    assert lines.take("b") == UnsentLine("Who is there?", "say")


def test_an_empty_line_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    lines = UnsentLines(tmp_path / "unsent.json")
    lines.keep("a", UnsentLine("go"))
    lines.keep("a", UnsentLine(" "))
    assert lines.take("a") is None


def test_the_oldest_lines_go_and_a_broken_file_holds_none(tmp_path: Path) -> None:
    path = tmp_path / "unsent.json"
    lines = UnsentLines(path)
    for number in range(MAX_ADVENTURES + 1):
        lines.keep(str(number), UnsentLine("go"))
    assert lines.take("0") is None
    assert lines.take("1") == UnsentLine("go")
    for broken in (b"{", b"\xff", b"[1]", b'{"a": 1, "b": ["x"], "c": [1, 2]}'):
        path.write_bytes(broken)
        assert [lines.take(name) for name in "abc"] == [None] * 3


def test_a_file_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    UnsentLines(tmp_path / "file" / "unsent.json").keep("a", UnsentLine("go"))
