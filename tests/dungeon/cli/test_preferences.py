"""Tests of `grue saves preferences`, as a user runs it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dungeon.cli import main
from dungeon.files.home import Home
from dungeon.saves.library import Library
from dungeon.story import Adventure
from tests.dungeon.turns.test_preferences import next_turn, played, reply

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "data")


@pytest.fixture
def run(home: Home, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command; return exit code, output and messages."""

    def run_it(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["saves", "--data-dir", str(home.root), "preferences", *map(str, arguments)])
        return int(ended.value.code or 0), *capfd.readouterr()

    return run_it


def save(home: Home, *adventures: Adventure) -> None:
    with Library.open(home.saves, back_up=False) as library:
        for adventure in adventures:
            library.create(adventure)


def retried(id_: str = "a1") -> Adventure:
    adventure = played(reply("rope"), reply("oar"), next_turn("oar"))
    return Adventure(id_, "Tale", turns=adventure.turns, head=adventure.head, tip=adventure.tip)


def test_the_file_is_in_the_preference_format_and_is_never_overwritten(
    home: Home, run: Run, tmp_path: Path
) -> None:
    save(home, retried())
    file = tmp_path / "pairs.jsonl"
    code, out, err = run("-o", file)
    assert (code, out) == (0, "")
    assert "1 pair (1 retry)" in err
    assert "word for word" in err
    [line] = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert line["prompt"] == "You wake in a boathouse.\n\n> You look."
    assert line["chosen"] == "\n\nThe oar lies still."
    assert line["rejected"] == "\n\nThe rope lies still."
    assert (line["chosen_turn"], line["rejected_turn"]) == ("oar", "rope")

    code, _, err = run("-o", file)
    assert code == 2
    assert "is there already" in err
    assert run("-o", file, "--force")[0] == 0


def test_named_adventures_and_a_date_choose_the_pairs(home: Home, run: Run) -> None:
    save(home, retried("a1"), retried("b2"))
    lines = run("b2")[1].splitlines()
    assert [json.loads(line)["adventure"] for line in lines] == ["b2"]
    assert len(run("b", "b2")[1].splitlines()) == 1, "an adventure named twice is read once"
    assert run("--since", "2026-06-01")[0] == 2
    assert run("zzz")[0] == 2


def test_a_copy_of_an_adventure_gives_no_further_pairs(home: Home, run: Run) -> None:
    save(home, retried("a1"), retried("b2"))
    _, out, err = run()
    assert len(out.splitlines()) == 1
    assert "1 pair (1 retry)" in err
    assert "Left out: 1 in a fork or an imported copy as well." in err


def test_saves_without_a_pair_say_what_makes_one(home: Home, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    code, _, err = run("-o", file)
    assert code == 2
    assert "Retry, edit, undo or stop a reply" in err
    assert not home.root.exists()
    save(home, played(reply("rope"), reply("oar")))
    code, _, err = run("-o", file)
    assert code == 2
    assert "Left out: 1 not played on from." in err
    assert not file.exists()
