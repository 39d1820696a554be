"""Test that a text goes through the player's editor and comes back."""

import shlex
import sys
from pathlib import Path

import pytest

from dungeon.errors import InputRefused
from dungeon.files.external_editor import write_in_editor

_EDIT = (
    "import pathlib, sys; p = pathlib.Path(sys.argv[-1]); p.write_bytes({}); "
    "open({!r}, 'w').write(str(p))"
)


def set_editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str) -> Path:
    """Make an editor that writes `written`, an expression, and notes the name it was given."""
    noted = tmp_path / "noted"
    code = _EDIT.format(written, str(noted))
    monkeypatch.setenv("VISUAL", shlex.join([sys.executable, "-c", code]))
    return noted


def test_a_text_is_edited_and_its_file_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    noted = set_editor(monkeypatch, tmp_path, "p.read_bytes() + b'\\r\\nand run\\x1b[2J\\n'")
    monkeypatch.setenv("EDITOR", "no-such-editor")
    assert write_in_editor("öffne die Tür") == "öffne die Tür\nand run[2J"
    assert not Path(noted.read_text()).exists()


@pytest.mark.parametrize(
    ("editor", "problem"),
    [
        ("", "No editor is set"),
        ("no-such-editor-here", "cannot be started"),
        (shlex.join([sys.executable, "-c", "raise SystemExit(3)"]), "ended with code 3"),
        ("'unclosed", "cannot be read"),
    ],
)
def test_an_editor_that_fails_is_named(
    monkeypatch: pytest.MonkeyPatch, editor: str, problem: str
) -> None:
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setenv("VISUAL", editor)
    with pytest.raises(InputRefused, match=problem):
        write_in_editor("look")


def test_only_text_of_one_turn_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for written in ("b'\\xff\\xfe\\xff' * 3", "b'x' * 100_000"):
        set_editor(monkeypatch, tmp_path, written)
        with pytest.raises(InputRefused):
            write_in_editor("look")
