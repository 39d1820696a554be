"""Tests of the scored replies in `stories/scored/`, and of the pairs that are made of them."""

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpus_scraper import formats
from dungeon.transcript import SEPARATOR, ActionLine, read, write
from stories import check as checker
from stories.scored import make_pairs as maker
from stories.scored.make_pairs import ScoredReply, Situation, pairs_of, read_situations
from tests.rows import every_row
from training.preferences.pairs import read_pairs

FOLDER = maker.REPLIES.parent
PROMPT = "The well is dry.\n\n> You call."


@pytest.fixture(scope="module")
def situations() -> list[Situation]:
    return read_situations(maker.REPLIES)


def scored(*scores: int) -> Situation:
    replies = tuple(ScoredReply(f"Reply {n}.", score) for n, score in enumerate(scores))
    return Situation("t-001", PROMPT, replies)


def document(**changes: Any) -> str:
    return json.dumps(json.loads(scored(3, 1).to_json()) | changes)


# The data -----------------------------------------------------------------------------------------


def test_every_situation_is_of_another_adventure_that_is_trained_on(
    situations: list[Situation],
) -> None:
    names = {situation.adventure for situation in situations}
    assert len(names) == len(situations) == 880
    trained = {path.stem for path in (checker.HERE / checker.PLAIN).glob("*.txt")}
    held_out = {path.stem for folder in checker.HELD_OUT for path in folder.glob("*.txt")}
    assert names <= trained
    assert not names & held_out


def test_prompts_begin_as_the_adventure_and_end_with_an_action_of_it(
    situations: list[Situation],
) -> None:
    for situation in situations:
        adventure = checker.read(checker.HERE / checker.PLAIN / f"{situation.adventure}.txt")
        assert situation.prompt.startswith(adventure.blocks[0].text), situation.adventure
        *_, action = read(situation.prompt)
        assert write([action]) in {each.text for each in adventure.actions}, situation.adventure
        assert isinstance(action, ActionLine)


def test_replies_are_prose_and_as_many_as_the_card_says(situations: list[Situation]) -> None:
    replies = [reply for situation in situations for reply in situation.replies]
    assert {len(situation.replies) for situation in situations} == {4}
    assert all(reply.text == reply.text.strip() and ">" not in reply.text for reply in replies)
    scores = Counter(reply.score for reply in replies)
    assert scores == {4: 164, 3: 909, 2: 1130, 1: 1263, 0: 54}
    card = (FOLDER / "README.md").read_text("utf-8")
    assert all(f"| {score} | {count:,} |" in card for score, count in scores.items())


def test_the_games_are_those_that_the_card_counts() -> None:
    games = read_situations(FOLDER / "games.jsonl")
    played = Counter(situation.adventure for situation in games)
    assert (len(games), len(played)) == (1008, 126)
    assert set(played.values()) == {8}
    scores = Counter(reply.score for situation in games for reply in situation.replies)
    card = (FOLDER / "README.md").read_text("utf-8")
    assert all(f"| {score} | {count:,} |" in card for score, count in scores.items())
    assert f"{scores.total():,}\nreplies" in card
    rolled = [each.prompt.rpartition("\n> ")[2] for each in games if each.prompt[-2:] == ".)"]
    assert len(rolled) == 146
    held_out = {path.stem for folder in checker.HELD_OUT for path in folder.glob("*.txt")}
    assert not held_out & set(played)


def test_the_own_stories_are_those_that_the_card_counts() -> None:
    own = read_situations(FOLDER / "own.jsonl")
    assert len({situation.adventure for situation in own}) == len(own) == 306
    scores = Counter(reply.score for situation in own for reply in situation.replies)
    assert scores == {0: 4, 1: 136, 2: 257, 3: 546, 4: 249}
    silent = [each for each in own if not each.prompt.rpartition("\n\n")[2].startswith("> ")]
    assert len(silent) == 49


def test_the_pairs_of_games_are_those_that_the_card_counts(tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    games = str(FOLDER / "games.jsonl")
    options = ["--replies", games, "--min-difference", "1", "--max-pairs", "4"]
    assert maker.main([str(out), *options]) == 0
    pairs = read_pairs(out)
    assert len(pairs.pairs) == 3149
    some = tmp_path / "some.jsonl"
    assert maker.main([str(some), "--replies", games, "--max-situations", "3"]) == 0
    assert len(read_pairs(some).pairs) == 821
    train, held_out = pairs.split(0)
    assert not {each.adventure for each in train} & {each.adventure for each in held_out}


def test_the_card_has_the_scale_of_the_judges() -> None:
    instructions = (FOLDER / "JUDGE.md").read_text("utf-8")
    scale = instructions[instructions.index("- 4:") :].partition("\n\n")[0]
    assert scale in (FOLDER / "README.md").read_text("utf-8")


def test_a_line_is_written_as_it_was_read(situations: list[Situation]) -> None:
    assert "".join(each.to_json() for each in situations) == maker.REPLIES.read_text("utf-8")


def test_a_corpus_leaves_them_out_and_the_guide_too() -> None:
    others = [*FOLDER.iterdir(), *(path for path in checker.HERE.iterdir() if path.is_file())]
    assert {"JUDGE.md", "GUIDE.md"} <= {path.name for path in others}
    assert not [path for path in sorted(others) if formats.recognise(path)]


# Pairs --------------------------------------------------------------------------------------------


def test_the_pairs_are_those_that_the_card_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pairs.jsonl"
    assert maker.main([str(out)]) == 0
    assert capsys.readouterr().out == f"{out}: 1,085 pairs\n"
    pairs = read_pairs(out).pairs  # as `grue train --preferences` does
    assert len(pairs) == 1085
    assert len({pair.prompt for pair in pairs}) == 501
    assert all(pair.chosen_is_complete and pair.rejected_is_complete for pair in pairs)


@every_row(
    ("scores", "expected"),
    [
        ((3, 1), [(0, 1)]),
        ((1, 4), [(1, 0)]),
        ((3, 2), []),
        ((2, 0), []),
        ((1, 1, 1, 1), []),
        ((2, 3, 4, 1), [(2, 0), (2, 3), (1, 3)]),
        ((3, 0, 4, 1), [(2, 3), (2, 1), (0, 3)]),  # (0, 1) would be a fourth
    ],
)
def test_a_pair_is_a_good_reply_and_one_that_is_worse_by_two(
    scores: tuple[int, ...], expected: list[tuple[int, int]]
) -> None:
    pairs = [*pairs_of(scored(*scores))]
    assert [(pair["chosen"], pair["rejected"]) for pair in pairs] == [
        (f"{SEPARATOR}Reply {chosen}.", f"{SEPARATOR}Reply {rejected}.")
        for chosen, rejected in expected
    ]
    assert all(pair["prompt"] == PROMPT for pair in pairs)


def test_one_point_makes_a_pair_where_that_is_asked_for_behind_the_others() -> None:
    pairs = [*pairs_of(scored(3, 4, 2, 1), min_difference=1, max_pairs=5)]
    assert [(pair["chosen"][-2], pair["rejected"][-2]) for pair in pairs] == [
        ("1", "2"),
        ("1", "3"),
        ("0", "3"),
        ("1", "0"),
        ("0", "2"),
    ]


def test_of_a_game_some_situations_are_enough() -> None:
    situations = [replace(scored(4, 1), prompt=str(number)) for number in range(8)]
    situations.append(replace(scored(4, 1), adventure="another"))
    spread = maker.spread(situations, 3)
    assert [each.prompt for each in spread] == ["0", "2", "5", PROMPT]
    assert maker.spread(situations, 20) == situations


def test_pairs_of_one_adventure_can_be_held_out_together(tmp_path: Path) -> None:
    path, out = tmp_path / "replies.jsonl", tmp_path / "pairs.jsonl"
    path.write_text(scored(4, 3).to_json(), "utf-8")
    options = ["--replies", str(path), "--min-difference", "1", "--max-pairs", "1"]
    assert maker.main([str(out), *options]) == 0
    [pair] = map(json.loads, out.read_text("utf-8").splitlines())
    assert pair["adventure"] == scored(4, 3).adventure


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe", "is not UTF-8"),
        ("\n", "is empty"),
        ("{", "line 1: This is not JSON"),
        ("[" * 100_000, "line 1: This is not JSON"),
        ("[]", "line 1: A situation is an object"),
        (document() + "\n" + document(replies=[]), "line 2: replies must be a list"),
        (document(prompt=" "), "prompt must be a text"),
        (document(adventure=None), "adventure must be a text"),
        (document(replies=["Yes."]), "A reply is an object"),
        (document(replies=[{"text": "", "score": 3}]), "text must be a text"),
        (document(replies=[{"text": "Yes."}]), "from 0 to 4, not null"),
        (document(replies=[{"text": "Yes.", "score": 5}]), "from 0 to 4, not 5"),
        (document(replies=[{"text": "Yes.", "score": True}]), "from 0 to 4, not true"),
        (document(replies=[{"text": "Yes.", "score": "3"}]), 'from 0 to 4, not "3"'),
        (document(replies=[{"text": "Yes.", "score": 3}] * 2), "Two replies are the same"),
        (scored(3, 2).to_json(), "makes no pair"),
    ],
)
def test_bad_replies_are_refused_with_a_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str | bytes | None,
    sentence: str,
) -> None:
    path = tmp_path / "replies.jsonl"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    out = tmp_path / "pairs.jsonl"
    assert maker.main([str(out), "--replies", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(str(path))
    assert sentence in captured.err
    assert not captured.out
    assert not out.exists()


def test_the_replies_are_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "replies.jsonl"
    shutil.copy(maker.REPLIES, path)
    assert maker.main([str(path), "--replies", str(path)]) == 2
    assert "Name another file" in capsys.readouterr().err
    assert path.read_bytes() == maker.REPLIES.read_bytes()


def test_a_file_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert maker.main([str(tmp_path / "no folder" / "pairs.jsonl")]) == 2
    assert "pairs.jsonl cannot be written: No such file" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--max-pairs", "--max-situations"])
@pytest.mark.parametrize("number", ["0", "-1", "some"])
def test_fewer_than_one_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, number: str
) -> None:
    out = tmp_path / "pairs.jsonl"
    with pytest.raises(SystemExit, match="2"):
        maker.main([str(out), option, number])
    wanted = f"argument {option}: must be a whole number of at least 1, not {number}"
    assert wanted in capsys.readouterr().err
    assert not out.exists()
