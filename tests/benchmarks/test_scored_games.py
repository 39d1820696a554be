"""Games are played round by round with whoever writes the answers."""

import argparse
import random
import re
from pathlib import Path

import pytest

from benchmarks import game_sheets, scored_games
from benchmarks.game_sheets import Answer, Move
from benchmarks.scored_replies import Position
from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session import Session
from dungeon.settings import Settings
from stories.scored.make_pairs import read_situations

STORY = """---
title: A Well
setting: yard
---

You are Ada. The yard is dry.

> You roll the stone.

The stone stays.
"""
REPLIES = ["A frog sings.", "The rope is wet.", "A hat falls.", "Bo waves back.", "Rain begins."]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    generator = ScriptedGenerator(REPLIES * 4)
    return Session(Home(tmp_path / "home"), Settings(), seed=1, generator=generator)


def options(rounds: int) -> argparse.Namespace:
    return argparse.Namespace(games=1, rounds=rounds, seed=1)


async def test_a_game_goes_on_from_the_answer_to_its_sheet(
    tmp_path: Path, session: Session
) -> None:
    story, folder = tmp_path / "well.txt", tmp_path / "folder"
    story.write_text(STORY, "utf-8")
    folder.mkdir()
    for number in (1, 2):  # written ahead: there are four replies, whatever they are
        (folder / f"answers-{number}.txt").write_text("1 | 3 1 4 0 | c | You look down.\n", "utf-8")
    assert await scored_games.play(session, folder, [story], options(rounds=1)) == 1
    assert await scored_games.play(session, folder, [story], options(rounds=2)) == 2
    [first], [second] = game_sheets.read_rounds(folder)
    assert (first.adventure, first.action) == ("well", "You roll the stone.")
    assert len(first.replies) == 4
    assert set(first.replies) <= set(REPLIES)
    assert second.story == f"{first.story}\n\n> {first.action}\n\n{first.replies[2]}"
    assert second.prompt.endswith("> You look down.")
    assert second.prompt.startswith("You are Ada.")
    await session.close()
    out = tmp_path / "games.jsonl"
    assert scored_games.main(["collect", str(folder), "--output", str(out)]) == 0
    assert [len(each.replies) for each in read_situations(out)] == [4, 4]


async def test_a_sheet_that_an_interruption_cost_is_written_again(
    tmp_path: Path, session: Session
) -> None:
    moves = [Move("t-001", "Dry.", "You call.", "Dry.", ("A.",))]
    game_sheets.add_round(tmp_path, moves)
    sheet = tmp_path / "sheet-1.md"
    whole = sheet.read_text("utf-8")
    sheet.unlink()
    (tmp_path / "answers-1.txt").write_text("1 | 3 | a | You jump.\n", "utf-8")
    assert await scored_games.play(session, tmp_path, [], options(rounds=1)) == 1
    assert sheet.read_text("utf-8") == whole


async def test_adventures_in_which_no_game_begins_are_refused(
    tmp_path: Path, session: Session
) -> None:
    story = tmp_path / "well.txt"
    story.write_text(STORY.replace("stone.\n\nThe", "stone. (You roll 3 of 20 and fail.)\n\nThe"))
    folder = tmp_path / "folder"
    with pytest.raises(InputRefused, match="No adventure has an action"):
        await scored_games.play(session, folder, [story], options(rounds=1))
    assert not folder.exists()


@pytest.mark.parametrize("option", ["--games", "--rounds"])
def test_a_game_has_rounds(tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        scored_games.main(["play", str(tmp_path), option, "0"])
    assert f"argument {option}: must be a whole number" in capsys.readouterr().err


def test_the_die_is_rolled_where_that_is_asked_for() -> None:
    told = [scored_games.rolled("Roll: You jump.", random.Random(seed)) for seed in range(30)]
    assert all(re.fullmatch(r"You jump\. \(You roll \d+ of 20 and [a-z ]+\.\)", t) for t in told)
    assert len(set(told)) > 5
    assert scored_games.rolled("You jump.", random.Random(1)) == "You jump."


def test_a_game_without_a_reply_tries_its_next_action_where_it_was() -> None:
    move = Move("t-001", "The well is dry.", "You call.", "", ())
    position = scored_games.next_position(move, Answer((), 0, "You jump."), random.Random(1))
    assert position == Position("The well is dry.", "You jump.")


def test_an_answer_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    game_sheets.add_round(tmp_path, [Move("t-001", "Dry.", "You call.", "Dry.", ("A.",))])
    (tmp_path / "answers-1.txt").write_text("1 | 9 | a | You jump.\n", "utf-8")
    out = tmp_path / "games.jsonl"
    assert scored_games.main(["collect", str(tmp_path), "-o", str(out)]) == 2
    assert "answers-1.txt, line 1: “9” is not a score" in capsys.readouterr().err
    assert not out.exists()
    (tmp_path / "answers-1.txt").write_text("1 | 3 | a | You jump.\n", "utf-8")
    assert scored_games.main(["collect", str(tmp_path), "-o", str(tmp_path)]) == 2
    assert f"{tmp_path} cannot be written: Is a directory" in capsys.readouterr().err
    (tmp_path / "answers-1.txt").unlink()
    assert scored_games.main(["collect", str(tmp_path), "-o", str(out)]) == 2
    assert "answers-1.txt cannot be read: No such file" in capsys.readouterr().err


def test_folders_without_a_scored_reply_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "player", tmp_path / "games.jsonl"
    assert scored_games.main(["collect", str(folder), "-o", str(out)]) == 2
    assert f"{folder} has no round of games in rounds.jsonl" in capsys.readouterr().err
    game_sheets.add_round(folder, [Move("t-001", "Dry.", "You call.", "Dry.", ("A.",))])
    (folder / "answers-1.txt").write_text("1 | - | a | You jump.\n", "utf-8")
    assert scored_games.main(["collect", str(folder), "-o", str(out)]) == 2
    assert "No reply has a score" in capsys.readouterr().err
    assert not out.exists()
