"""Tests of the adventures in `stories/`, and of the checker that reads them."""

import json
import shutil
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from click.testing import CliRunner

from corpus_scraper import formats
from corpus_scraper.cli.corpus import corpus
from corpus_scraper.graph import StoryGraph
from stories import check as checker
from stories.check import Adventure, check, check_together

SCENARIOS = checker.HERE.parent / "dungeon" / "scenarios"

SOUND = """---
title: A Well
setting: yard
---

The yard is dry, and the well is the only thing in it. You are Ada, with a bucket \
and a rope. Over the wall your neighbour Bo watches you and chews a straw.

{}> You wait.

Seven flies settle on the bucket. Bo moves the straw to the other side.
"""
FILLER = "".join(
    f"> You go on.\n\nPace {n} takes you once more round the well.\n\n" for n in range(8)
)


@pytest.fixture(scope="module")
def adventures() -> list[Adventure]:
    return [
        checker.read(path) for folder in checker.FOLDERS for path in sorted(folder.glob("*.txt"))
    ]


def test_every_adventure_keeps_the_rules(adventures: list[Adventure]) -> None:
    faults = [fault for adventure in adventures for fault in check(adventure)]
    assert not faults, "\n".join(map(str, faults))


def test_there_are_enough(adventures: list[Adventure]) -> None:
    held_out = [each for each in adventures if each.path.parent in checker.HELD_OUT]
    plain = [each for each in adventures if each.is_plain]
    assert len(adventures) - len(plain) >= 708
    assert len(plain) >= 1676
    assert len(held_out) >= 177
    assert any("(You roll" in action.text for each in held_out for action in each.actions)
    assert any("memory" in each.values for each in held_out)
    assert any("note" in each.values for each in held_out)


def test_the_card_has_their_figures(adventures: list[Adventure]) -> None:
    card = (checker.HERE / "README.md").read_text("utf-8")
    table = card.partition("## What is in it\n")[2].partition("\n\nThere are")[0].splitlines()
    rows = [
        [cell.strip().replace(",", "") for cell in line.split("|")[1:-1]]
        for line in table
        if line.startswith("| ")
    ]
    folders = (checker.TRAINING[0], checker.HELD_OUT[0], checker.TRAINING[1], checker.HELD_OUT[1])
    columns = [
        checker.figures([each for each in adventures if each.path.parent == folder])
        for folder in folders
    ]
    told = {name: values for name, *values in rows if name in columns[0]}
    counted = {name: [each[name].replace(",", "") for each in columns] for name in columns[0]}
    assert told == counted


def test_training_and_held_out_are_disjoint() -> None:
    trained, held_out = (
        {path.name for folder in folders for path in folder.glob("*.txt")}
        for folders in (checker.TRAINING, checker.HELD_OUT)
    )
    assert not held_out & trained


def test_no_two_adventures_are_alike_and_none_is_an_opening_of_the_game(
    adventures: list[Adventure],
) -> None:
    openings = [
        Adventure(
            path, f"title: {path}", (checker.Block(1, " ".join(scenario["opening"].split())),)
        )
        for path in sorted(SCENARIOS.glob("*.toml"))
        for scenario in [tomllib.loads(path.read_text("utf-8"))]
        if "opening" in scenario
    ]
    assert openings
    assert not [*map(str, check_together([*openings, *adventures]))]


@pytest.mark.parametrize("every", [24, pytest.param(1, marks=pytest.mark.soak)])
def test_the_game_reads_each_as_an_adventure(adventures: list[Adventure], every: int) -> None:
    for adventure in adventures[::every]:
        format_ = formats.recognise(adventure.path)
        assert format_, adventure.path
        assert format_.name == "adventure", adventure.path
        (graph,) = formats.read(adventure.path)
        assert isinstance(graph, StoryGraph)
        assert graph.title == adventure.values["title"]
        assert graph.memory == adventure.values.get("memory", "")
        assert graph.licence == "CC0-1.0"
        assert not graph.notes, adventure.path


@pytest.mark.parametrize("every", [48, pytest.param(1, marks=pytest.mark.soak)])
def test_a_corpus_can_be_built(tmp_path: Path, adventures: list[Adventure], every: int) -> None:
    trained = [each for each in adventures if each.path.parent in checker.TRAINING][::every]
    taken = tmp_path / "adventures"
    taken.mkdir()
    for path in (checker.TRAINING[0] / "LICENSE", *(adventure.path for adventure in trained)):
        shutil.copy(path, taken)
    arguments = ["build", str(taken), "-o", str(tmp_path / "corpus")]
    assert CliRunner().invoke(corpus, arguments, catch_exceptions=False).exit_code == 0
    manifest = json.loads((tmp_path / "corpus" / "manifest.json").read_text("utf-8"))
    works = (tmp_path / "corpus" / "works.jsonl").read_text("utf-8").splitlines()
    assert len(works) == len(trained)
    assert manifest["splits"]["train"]["documents"] > 0.85 * len(trained)


def test_the_wheel_leaves_them_out() -> None:
    project = tomllib.loads((checker.HERE.parent / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert not [pattern for pattern in packages if fnmatch("stories", pattern)]


@pytest.mark.parametrize(
    ("insert", "fault"),
    [
        ("", None),
        (
            "> You draw water. (You roll 7 of 20 and fail.)\n\nThe rope slips through your hands.",
            None,
        ),
        (
            "> You draw water. (You roll 7 of 20 and succeed.)\n\nThe rope holds this time.",
            "does not",
        ),
        ("> You draw water. (You roll 7 and fail.)\n\nThe rope slips out of reach.", "A die"),
        ("The die says it: (You roll 7 of 20 and fail.)", "Dice belong to actions"),
        ("> You draw water.", "An action follows an action"),
        ("> draw water\n\nThe bucket goes down and comes up wet.", "An action is one line"),
        ("> You draw\n> water.\n\nThe bucket goes down and comes up wet.", "An action is one line"),
        ('> You say "Water?"\n\nBo takes the straw out of his mouth.', None),
        ('> You tell Bo "Come here".\n\nBo takes the straw out of his mouth.', None),
        ("Bo nods.", "has 2 words"),
        ("Bo nods at you\nand goes on chewing.", "one line"),
        ("Bo nods. Where do you go now?", "question to the player"),
        ("Bo nods and goes on", "not finished"),
        ('Bo nods. "Very dry, he says.', "quotation mark"),
        ('"Good morning," you say, and Bo nods.', "speaks for the player"),
        ('"Good morning," says Bo, and you nod.', None),
        ("Bo has a chill; a chill runs down his back.", "too often"),
        ("Kael looks over the wall, next to Bo.", "too often"),
        ("Nobody is called Candelara in this yard.", None),
        ("Bo nods — and says “dry” to the well.", "plain text"),
        ("Seven flies are nothing to speak of here.", "as line"),
    ],
)
def test_the_checker_finds(tmp_path: Path, insert: str, fault: str | None) -> None:
    path = tmp_path / "well.txt"
    path.write_text(SOUND.format(FILLER + insert + ("\n\n" if insert else "")), "utf-8")
    found = [*check(checker.read(path))]
    if fault is None:
        assert not found
    else:
        assert any(fault in each.message for each in found), found


def test_plain_adventures_may_repeat_their_forms(tmp_path: Path) -> None:
    path = tmp_path / checker.PLAIN / "well.txt"
    path.parent.mkdir()
    path.write_text(SOUND.format(FILLER + "> You wait.\n\nSeven flies go.\n\n"), "utf-8")
    assert not [*check(checker.read(path))]


def test_the_checker_reads_the_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "well.txt"
    text = SOUND.format(FILLER)
    path.write_text(text.replace("setting: yard", "genre: drama"), "utf-8")
    assert [(fault.line, fault.message) for fault in check(checker.read(path))] == [
        (1, "The front matter has no setting."),
        (3, "The front matter may say title, setting, memory, note, but not 'genre'."),
    ]


def test_the_checker_finds_copies(tmp_path: Path) -> None:
    one, other = tmp_path / "one.txt", tmp_path / "other.txt"
    one.write_text(SOUND.format(FILLER), "utf-8")
    other.write_text(SOUND.format(FILLER).replace("bucket", "basket"), "utf-8")
    title, words = check_together([checker.read(one), checker.read(other)])
    assert title.message == f"{one} has the same title."
    assert words.message.startswith(f"{one} has the same words")


def test_the_command_prints_faults_and_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "well.txt"
    path.write_text(SOUND.format(FILLER + "Bo nods.\n\n"), "utf-8")
    assert checker.main([str(path)]) == 1
    fault, *figures = capsys.readouterr().out.splitlines()
    assert fault.startswith(f"{path}:40: ")
    assert figures[:1] == ["adventures: 1"]
    path.write_text(SOUND.format(FILLER), "utf-8")
    assert checker.main([str(path)]) == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "cannot be read: No such file"), (b"\xff\xfe", "is not UTF-8")],
)
def test_the_command_names_a_file_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "well.txt"
    if content is not None:
        path.write_bytes(content)
    assert checker.main([str(path)]) == 2
    assert f"{path} {sentence}" in capsys.readouterr().err


def test_the_command_counts_an_empty_file_and_says_how_it_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "well.txt").touch()
    assert checker.main([str(tmp_path / "well.txt")]) == 1
    with pytest.raises(SystemExit, match="0"):
        checker.main(["--help"])
    assert "usage: python stories/check.py" in capsys.readouterr().out
