"""Test what `grue play` hands to its front ends, and what it ends with."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dungeon.cli import play
from dungeon.files.home import Home


def start(folder: Path, *options: str) -> Result:
    arguments = ["--data-dir", str(folder), "--model", "scripted:", *options]
    return CliRunner().invoke(play.play, arguments, catch_exceptions=False)


def test_line_mode_is_told_of_wrong_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def run(_session: Any, _options: Any, notices: tuple[str, ...]) -> int:
        said.extend(notices)
        return 0

    monkeypatch.setattr("dungeon.plain.run", run)
    Home(tmp_path).settings.write_text('[keys]\nrety = "f12"', encoding="utf-8")
    assert start(tmp_path, "--plain").exit_code == 0
    assert said == ["`keys.rety` in the settings is no binding. Did you mean `retry`?"]


def test_the_exit_code_of_the_app_is_that_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play, "_is_full_terminal", lambda: True)
    monkeypatch.setattr("dungeon.tui.app.run", lambda _session, _options: 1)
    assert start(tmp_path).exit_code == 1
