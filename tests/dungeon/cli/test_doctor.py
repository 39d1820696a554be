"""Tests of `grue doctor`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dungeon.cli import doctor
from dungeon.files.home import Home
from dungeon.saves.library import Library
from tests.dungeon.saves import tales


def examine(tmp_path: Path, *options: str) -> Result:
    arguments = ["--data-dir", str(tmp_path), *options]
    return CliRunner().invoke(doctor.doctor, arguments, catch_exceptions=False)


def findings(tmp_path: Path, *options: str) -> dict[str, tuple[str, str]]:
    rows = json.loads(examine(tmp_path, "--json", *options).stdout)
    return {row["subject"]: (row["level"], row["sentence"]) for row in rows}


def test_a_new_machine_has_no_problem_and_nothing_is_written(tmp_path: Path) -> None:
    ended = examine(tmp_path / "data")
    assert ended.exit_code == 0
    assert "grue models pull grue-135m" in ended.stdout
    assert "No adventures yet." in ended.stdout
    assert not (tmp_path / "data").exists()


def test_saves_are_counted(tmp_path: Path) -> None:
    with Library.open(Home(tmp_path).saves) as library:
        library.create(tales.branched())
    assert findings(tmp_path)["saves"][1].startswith("Adventures: 1, turns: ")


def test_every_problem_is_a_sentence_and_ends_with_1(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.settings.write_text("preset = 7", encoding="utf-8")
    home.saves.write_bytes(b"SQLite format 3" + bytes(2000))
    found = findings(tmp_path, "--model", "no such model")
    assert [subject for subject, (level, _) in found.items() if level == "problem"] == [
        "settings",
        "model",
        "saves",
    ]
    assert examine(tmp_path).exit_code == 1


def test_a_wrong_key_is_a_note(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.settings.write_text('[keys]\nretry = "f12"', encoding="utf-8")
    assert findings(tmp_path)["settings"][0] == "good"
    home.settings.write_text('[keys]\nrety = "f12"\nundo = "ctrl+R"', encoding="utf-8")
    level, sentence = findings(tmp_path)["settings"]
    assert level == "note"
    assert "`keys.rety` in the settings is no binding. Did you mean `retry`?" in sentence
    assert "names “ctrl+R”, which is no key" in sentence
    assert examine(tmp_path).exit_code == 0


def test_a_file_that_is_no_theme_is_a_note(tmp_path: Path) -> None:
    themes = Home(tmp_path).themes
    themes.mkdir(parents=True)
    (themes / "moor.toml").write_text('primary = "#88aa66"', encoding="utf-8")
    assert findings(tmp_path)["settings"][0] == "good"
    (themes / "mire.toml").write_text('primary = "mud"', encoding="utf-8")
    level, sentence = findings(tmp_path)["settings"]
    assert level == "note"
    assert "mire.toml: `primary` must be a colour" in sentence


def test_the_engine_that_plays_files_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert findings(tmp_path)["engine"][0] == "good"
    Home(tmp_path).settings.write_text('engine = "llama-server"', encoding="utf-8")
    level, sentence = findings(tmp_path)["engine"]
    assert level == "note"
    assert sentence.endswith("run in the built-in engine. There is no llama-server on PATH.")


@pytest.mark.parametrize(
    ("columns", "term", "level"),
    [("80", "xterm", "good"), ("39", "xterm", "note"), ("80", "dumb", "note")],
)
def test_a_terminal_that_is_too_small_or_dumb_is_named(
    monkeypatch: pytest.MonkeyPatch, columns: str, term: str, level: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    found, sentence = doctor._check_terminal()
    assert found == level
    assert columns in sentence
