"""Test that what is typed at a terminal is recalled, and that a pipe leaves no history."""

import builtins
import io
from pathlib import Path

import pytest

from dungeon.files.line_history import LineHistory
from dungeon.plain.line_reader import LineReader

readline = pytest.importorskip("readline")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_typed_at_a_terminal_are_recalled(tmp_path: Path) -> None:
    history = LineHistory(tmp_path / "history.jsonl")
    history.add("one\ntwo")
    reader = LineReader(Terminal(), history)
    reader.remember("look")
    assert [readline.get_history_item(n) for n in (1, 2)] == ["one two", "look"]
    assert LineHistory(tmp_path / "history.jsonl").lines == ["one\ntwo", "look"]


async def test_ctrl_d_ends_the_line_of_the_prompt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def press_ctrl_d(prompt: str) -> str:
        print(prompt, end="")
        raise EOFError

    monkeypatch.setattr(builtins, "input", press_ctrl_d)
    assert await LineReader(Terminal()).ask("What is your name? ") is None
    assert capsys.readouterr().out == "What is your name? \n"


def test_a_pipe_leaves_no_history(tmp_path: Path) -> None:
    reader = LineReader(io.StringIO("look\n"), LineHistory(tmp_path / "history.jsonl"))
    assert reader.remember("look") == ""
    assert not (tmp_path / "history.jsonl").exists()
