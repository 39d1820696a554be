"""Replies are sampled in adventures that may be trained on, and scored ones come out of it."""

import json
import random
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import judge_sheets, scored_replies
from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session import Session
from dungeon.settings import Settings
from stories import check
from stories.scored.make_pairs import read_situations
from tests.rows import every_row

ACTIONS = 12
ROLLED = "You roll the stone. (You roll 7 of 20 and fail.)"
STORY = f"""---
title: A Well
setting: yard
memory: The well is a mouth.
note: Dry.
---

You are Ada. The yard is dry.

> {ROLLED}

The stone stays.
""" + "".join(f"\n> You go {n}.\n\nPace {n} ends.\n" for n in range(ACTIONS))

REPLIES = [
    "The bucket goes down into the dark.",
    "Bo waves his hat over the wall.",
    "A frog sits on the rope and sings.",
]


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "well.txt"
    path.write_text(STORY, "utf-8")
    return path


def session(home: Path, replies: list[str]) -> Session:
    return Session(Home(home), Settings(), seed=1, generator=ScriptedGenerator(replies))


def test_a_position_is_early_or_later_and_never_at_a_die_roll(story: Path) -> None:
    adventure = check.read(story)
    chosen = Counter()
    for seed in range(300):
        position = scored_replies.choose_position(adventure, random.Random(seed))
        assert position is not None
        assert position.story.startswith("You are Ada.")
        assert position.story.endswith(("stays.", "ends."))
        chosen[position.action] += 1
    assert set(chosen) == {f"You go {n}." for n in (0, *scored_replies.LATER)}
    assert 70 < chosen["You go 0."] < 130


def test_there_is_no_position_where_every_action_rolls(tmp_path: Path) -> None:
    path = tmp_path / "well.txt"
    path.write_text(STORY.partition("\n> You go")[0], "utf-8")
    assert scored_replies.choose_position(check.read(path), random.Random(1)) is None


async def test_replies_are_different_and_the_prompt_is_that_of_the_game(
    tmp_path: Path, story: Path
) -> None:
    generator = ScriptedGenerator(REPLIES)
    played = Session(Home(tmp_path), Settings(), seed=1, generator=generator)
    sample = await scored_replies.sample_replies(played, story, (0.5, 0.8, 0.5), seed=1)
    assert sample is not None
    assert sample.adventure == "well"
    assert sample.replies == tuple(REPLIES)
    assert sample.prompt.startswith("The well is a mouth.")
    assert "[Author's note: Dry.]" in sample.prompt
    assert "> You roll the stone. (You roll 7 of 20 and fail.)" in sample.prompt
    assert sample.prompt.rpartition("\n")[2].startswith("> You go ")
    assert {request.sampling.temperature for request in generator.requests} >= {0.5, 0.8}
    await played.close()


def test_in_its_own_story_the_player_lets_it_go_on_at_times(story: Path) -> None:
    adventure = check.read(story)
    positions = [
        scored_replies.choose_position(adventure, random.Random(seed), own_replies=True)
        for seed in range(300)
    ]
    assert all(each and each.story == "You are Ada. The yard is dry." for each in positions)
    assert 25 < sum(each.action == "" for each in positions if each) < 80
    assert all(each.played[:2] == (ROLLED, "You go 0.") for each in positions if each)


async def test_the_story_goes_on_without_an_action(tmp_path: Path) -> None:
    played = session(tmp_path, REPLIES)
    position = scored_replies.Position("You are Ada.", "", ("You call.",))
    prompt, replies = await scored_replies.sample_position(played, "well", position, (0.5, 0.8))
    assert prompt.rstrip().endswith(REPLIES[0])
    assert replies == tuple(REPLIES[1:])
    await played.close()


async def test_the_model_replies_to_the_actions_before_as_well(tmp_path: Path, story: Path) -> None:
    generator = ScriptedGenerator([f"The bucket hits stone {n}." for n in range(ACTIONS)])
    played = Session(Home(tmp_path), Settings(), seed=1, generator=generator)
    sample = await scored_replies.sample_replies(played, story, (0.5, 0.8), 1, own_replies=True)
    assert sample is not None
    told = sample.prompt.split("> ")
    assert "The stone stays." not in sample.prompt
    assert "Pace" not in sample.prompt
    assert "(You roll 7 of 20 and fail.)" in told[1]
    assert "bucket hits stone" in told[2]
    assert len(told) - 2 in range(1 + scored_replies.LATER.start, 1 + scored_replies.LATER.stop)
    assert len(sample.replies) == 2
    await played.close()


async def test_an_interrupted_run_goes_on(tmp_path: Path, story: Path) -> None:
    folder, other = tmp_path / "folder", tmp_path / "other.txt"
    other.write_text(STORY, "utf-8")
    played = session(tmp_path, REPLIES * 2)
    assert await scored_replies.sample_all(played, [story], folder, (0.5, 0.8), 1) == 1
    assert await scored_replies.sample_all(played, [story, other], folder, (0.5, 0.8), 1) == 1
    samples = judge_sheets.read_samples(folder / judge_sheets.SAMPLED)
    assert [sample.adventure for sample in samples] == ["well", "other"]
    await played.close()


def test_adventures_come_in_an_order_of_the_seed(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.txt" for number in range(20)]
    chosen = scored_replies.adventures(paths, 5, seed=1)
    assert chosen == scored_replies.adventures(paths[::-1], 5, seed=1)
    assert chosen != scored_replies.adventures(paths, 5, seed=2)
    assert len(scored_replies.adventures([], None, seed=1)) >= 1952


@every_row("folder", check.HELD_OUT)
def test_a_held_out_adventure_is_refused(folder: Path) -> None:
    path = min(folder.glob("*.txt"))
    with pytest.raises(InputRefused, match="held out"):
        scored_replies.adventures([path], None, seed=1)


def test_the_command_writes_sheets_and_collects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judge_sheets.prepare(tmp_path)
    sample = judge_sheets.Sample("t-001", "The well is dry.\n\n> You call.", tuple(REPLIES))
    judge_sheets.add(tmp_path, sample)
    assert scored_replies.main(["sheets", str(tmp_path)]) == 0
    (tmp_path / "scores-1.txt").write_text("1 4 1 3\n", "utf-8")
    out = tmp_path / "replies.jsonl"
    assert scored_replies.main(["collect", str(tmp_path), "--output", str(out)]) == 0
    written = capsys.readouterr().out.splitlines()
    assert written[0].startswith("1 sheet in ")
    assert written[1] == "1 situation, 3 replies (0: 0, 1: 1, 2: 0, 3: 1, 4: 1)"
    [situation] = read_situations(out)
    assert json.loads(situation.to_json())["adventure"] == "t-001"
    assert scored_replies.main(["sheets", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_what_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert scored_replies.main(["sample", str(tmp_path / "file"), "--model", "scripted:"]) == 2
    assert f"{tmp_path / 'file'} cannot be written: File exists." in capsys.readouterr().err
    judge_sheets.prepare(tmp_path)
    judge_sheets.add(tmp_path, judge_sheets.Sample("t-001", "> You call.", tuple(REPLIES)))
    judge_sheets.write_sheets(tmp_path, size=1, seed=1)
    (tmp_path / "scores-1.txt").write_text("1 4 1 3\n", "utf-8")
    out = tmp_path / "nowhere" / "replies.jsonl"
    assert scored_replies.main(["collect", str(tmp_path), "-o", str(out)]) == 2
    assert f"{out} cannot be written: No such file or directory." in capsys.readouterr().err


def test_ctrl_c_says_that_the_same_command_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(scored_replies, "sample_all", interrupted)
    assert scored_replies.main(["sample", str(tmp_path), "--model", "scripted:"]) == 130
    assert "The same command goes on" in capsys.readouterr().err


def test_the_help_says_how_long_sampling_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        scored_replies.main(["sample", "--help"])
    assert "about 5 seconds each" in " ".join(capsys.readouterr().out.split())


def test_more_replies_than_letters_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = ["0.5"] * (judge_sheets.MAX_REPLIES + 1)
    assert scored_replies.main(["sample", str(tmp_path), "--temperatures", *many]) == 2
    assert "letters for 26 replies" in capsys.readouterr().err


@pytest.mark.parametrize("size", ["0", "-1"])
def test_a_sheet_holds_at_least_one_situation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], size: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        scored_replies.main(["sheets", str(tmp_path), f"--size={size}"])
    assert "must be a whole number of at least 1" in capsys.readouterr().err
