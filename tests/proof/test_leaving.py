"""Proves that line mode is left with everything saved, and without a traceback, by any key."""

from pathlib import Path

import pytest

from tests.proof.program import listed, opening, script
from tests.proof.sitting import Sitting


@pytest.mark.parametrize(("key", "code"), [("ctrl+c", 130), ("ctrl+d", 0)])
def test_a_key_leaves_the_game_where_it_asks(tmp_path: Path, key: str, code: int) -> None:
    begin = opening(tmp_path / "gate.txt")
    model = script(tmp_path / "script.json", ["The gate creaks. Nobody comes."])
    with Sitting(tmp_path / "home", model, "--scenario", begin) as game:
        game.ready()
        assert "The gate creaks." in game.play("wait")
        before = len(game.raw)
        game.press(key)
        assert game.end() == code
        written = game.raw[before:].decode()
    assert "Traceback" not in written
    assert "\r\nSaved. Go on with: grue play --adventure" in written


def test_ctrl_d_at_a_question_begins_nothing(tmp_path: Path) -> None:
    model = script(tmp_path / "script.json")
    with Sitting(tmp_path / "home", model, "--scenario", "lamp") as game:
        game.wait_for("]")
        game.press("ctrl+d")
        assert game.end() == 0
        assert game.raw.endswith(b"\r\n")
        assert "Traceback" not in game.text
    assert listed(tmp_path / "home") == []


def test_ctrl_c_at_a_question_leaves_without_a_traceback(tmp_path: Path) -> None:
    model = script(tmp_path / "script.json")
    with Sitting(tmp_path / "home", model, "--scenario", "lamp") as game:
        game.wait_for("]")
        assert game.interrupt() == 130
        assert "Traceback" not in game.text
