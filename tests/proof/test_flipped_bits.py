"""Proves that what the disk changed is found, told, and kept as it is."""

import json
import random
from pathlib import Path

import pytest

from dungeon.saves.library import Library
from dungeon.story import Adventure, Kind, Turn
from tests.proof.program import grue, listed, script
from tests.proof.sitting import Sitting

TURNS = 60


def story_text(number: int) -> str:
    return f"Room {number} of the old mill smells of flour, and {number * 37} rats look up at you."


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with one adventure of many turns, and a good backup of it."""
    adventure = Adventure("a" * 12, "The mill")
    for number in range(TURNS):
        kind, action = (Kind.DO, f"You go to room {number}.") if number else (Kind.OPENING, "")
        turn = Turn(f"{number:012x}", adventure.head, kind, action, story_text(number))
        adventure = adventure.with_turn(turn)
    home = tmp_path / "home"
    with Library.open(home / "adventures.db") as library:
        library.create(adventure)
        library.backup()
    return home


def flip_a_bit_in(saves: Path, numbers: list[int], chance: random.Random) -> None:
    """Flip one bit in the stored text of each of the turns called `numbers`."""
    data = bytearray(saves.read_bytes())
    for number in numbers:
        text = story_text(number).encode()
        at = data.index(text) + chance.randrange(len(text))
        data[at] ^= 1 << chance.randrange(8)
    saves.write_bytes(data)


@pytest.mark.parametrize("seed", range(2))
def test_every_altered_turn_is_reported(home: Path, seed: int) -> None:
    chance = random.Random(seed)
    altered = sorted(chance.sample(range(TURNS), chance.randint(1, 12)))
    saves = home / "adventures.db"
    flip_a_bit_in(saves, altered, chance)
    damaged = saves.read_bytes()

    done = grue("saves", "check", "--json", home=home)

    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert [turn["turn_id"] for turn in report["damaged"]] == [f"{n:012x}" for n in altered]
    [backup] = (home / "backups").iterdir()
    assert report["good_backup"] == str(backup)
    assert str(backup) in done.stderr.decode()
    assert saves.read_bytes() == damaged, "the original was touched"


def test_in_a_pipe_a_damaged_adventure_is_refused_in_a_sentence(home: Path, tmp_path: Path) -> None:
    flip_a_bit_in(home / "adventures.db", [7], random.Random(7))
    damaged = (home / "adventures.db").read_bytes()
    command = ("play", "--plain", "--continue", "--model", script(tmp_path / "script.json"))
    done = grue(*command, home=home, typed="wait\n")
    assert done.returncode == 1
    assert "000000000007" in done.stderr.decode()
    assert "grue saves check" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert (home / "adventures.db").read_bytes() == damaged


def test_at_a_terminal_the_player_may_open_what_is_left(home: Path, tmp_path: Path) -> None:
    flip_a_bit_in(home / "adventures.db", [7], random.Random(7))
    with Sitting(home, script(tmp_path / "script.json"), "--continue") as game:
        game.wait_for("000000000007")
        game.wait_for("[y/N]")
        assert "Room 59 of the old mill" in " ".join(game.play("y").split())
        assert "> You wait." in game.play("wait")
        assert game.leave() == 0
        assert "Traceback" not in game.text


@pytest.mark.parametrize("harm", ["truncated", "no header", "empty", "noise"])
def test_a_ruined_file_is_told_of_and_kept(home: Path, tmp_path: Path, harm: str) -> None:
    saves = home / "adventures.db"
    whole = saves.read_bytes()
    ruined = {
        "truncated": whole[: len(whole) // 2],
        "no header": bytes(100) + whole[100:],
        "empty": b"",
        "noise": random.Random(1).randbytes(len(whole)),
    }[harm]
    saves.write_bytes(ruined)
    check = grue("saves", "check", "--json", home=home)
    play = grue("play", "--plain", "--continue", "--model", script(tmp_path / "s.json"), home=home)
    for done in (check, play):
        assert done.returncode == 1, done.stdout.decode()
        assert "Traceback" not in done.stderr.decode()
    [backup] = (home / "backups").glob("*Z.db")
    assert json.loads(check.stdout)["good_backup"] == str(backup)
    assert saves.read_bytes() == ruined
    assert play.stderr.decode().startswith("grue: ")


def test_the_backup_put_back_is_played_on(home: Path, tmp_path: Path) -> None:
    saves = home / "adventures.db"
    flip_a_bit_in(saves, [3], random.Random(3))
    report = json.loads(grue("saves", "check", "--json", home=home).stdout)
    saves.rename(home / "damaged.db")
    saves.write_bytes(Path(report["good_backup"]).read_bytes())
    model = script(tmp_path / "s.json")
    done = grue("play", "--plain", "--continue", "--model", model, home=home, typed="wait\n")
    assert done.returncode == 0, done.stderr.decode()
    assert listed(home)[0]["turns"] == TURNS + 1
