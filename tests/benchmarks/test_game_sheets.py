"""Sheets of several games, and the answers of those who play them."""

import random
from pathlib import Path

import pytest

from benchmarks import game_sheets
from benchmarks.game_sheets import Answer, Move
from dungeon.errors import InputRefused

MOVES = [
    Move("t-001", "The well is dry.", "You call.", "The well is dry.\n\n> You call.", ("A.", "B.")),
    Move("t-002", "It rains. " * 200, "You wait.", "It rains.", ("C.", "D.", "E."), drawn="b"),
]
ANSWERS = "1 | 3 1 | a | You jump.\n\n2 | - 4 0 | (B) | roll: You run | far.\n"


def test_a_round_comes_back_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert game_sheets.read_rounds(folder) == []
    assert game_sheets.add_round(folder, MOVES) == 1
    assert game_sheets.add_round(folder, MOVES[:1]) == 2
    assert game_sheets.read_rounds(folder) == [MOVES, MOVES[:1]]


def test_a_round_that_was_not_finished_is_none(tmp_path: Path) -> None:
    game_sheets.add_round(tmp_path, MOVES)
    with (tmp_path / game_sheets.ROUNDS).open("a") as file:
        file.write('[{"adventure": "t-0')
    assert game_sheets.read_rounds(tmp_path) == [MOVES]
    assert game_sheets.add_round(tmp_path, MOVES[1:]) == 2
    assert game_sheets.read_rounds(tmp_path) == [MOVES, MOVES[1:]]


@pytest.mark.parametrize("line", ["{", "3", '["text"]', '[{"adventure": "t-001"}]', "[[]]"])
def test_damaged_rounds_are_refused(tmp_path: Path, line: str) -> None:
    game_sheets.add_round(tmp_path, MOVES)
    with (tmp_path / game_sheets.ROUNDS).open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(InputRefused, match=r"rounds\.jsonl, line 2: this is no round"):
        game_sheets.read_rounds(tmp_path)


def test_the_first_sheet_says_what_to_do_and_each_has_every_game(tmp_path: Path) -> None:
    game_sheets.add_round(tmp_path, MOVES)
    game_sheets.add_round(tmp_path, MOVES)
    first, second = ((tmp_path / f"sheet-{n}.md").read_text("utf-8") for n in (1, 2))
    assert first.startswith("# Play and judge")
    assert second.startswith("The answers go into `answers-2.txt`")
    assert "## 1\n\nThe well is dry.\n\n> You call.\n\n(a) A.\n\n(b) B.\n" in second
    assert "Goes on with the best." in second
    assert "Goes on with (b) unless that scores 0 or 1." in second
    assert "\n\n…" in second  # the beginning of the long story is left out
    assert len(second) < game_sheets.MAX_STORY + 600


def test_replies_are_shuffled_and_half_of_the_moves_name_one() -> None:
    orders, letters = set(), []
    for seed in range(100):
        shuffled, drawn = game_sheets.draw(("A.", "B."), random.Random(seed))
        orders.add(shuffled)
        letters.append(drawn)
    assert orders == {("A.", "B."), ("B.", "A.")}
    assert set(letters) == {"", "a", "b"}
    assert 30 < letters.count("") < 70
    assert game_sheets.draw((), random.Random(1)) == ((), "")


def test_answers_are_read(tmp_path: Path) -> None:
    file = tmp_path / "answers-1.txt"
    file.write_text(ANSWERS, "utf-8")
    assert game_sheets.read_answers(file, MOVES) == [
        Answer((3, 1), 0, "You jump."),
        Answer((None, 4, 0), 1, "roll: You run"),
    ]


def test_a_game_without_a_reply_has_a_next_action_only(tmp_path: Path) -> None:
    file = tmp_path / "answers-1.txt"
    file.write_text("1 | | | You jump.\n", "utf-8")
    [answer] = game_sheets.read_answers(file, [Move("t-001", "Dry.", "You call.", "", ())])
    assert (answer.scores, answer.action) == ((), "You jump.")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("3 | 3 1 | a | You jump.", "line 1: “3” is no game from 1 to 2"),
        ("one | 3 1 | a | You jump.", "“one” is no game"),
        ("1 | 3 | a | You jump.", "“3” is not a score from 0 to 4, or -, for each of 2 replies"),
        ("1 | 3 5 | a | You jump.", "“3 5” is not a score"),
        ("1 | 3 1 | c | You jump.", "“c” is none of the replies a, b"),
        ("1 | 3 1 | | You jump.", "“” is none of the replies"),
        ("1 | 3 1 | a |", "There is no next action"),
        ("1 | 3 1 | a | Roll: ", "There is no next action"),
        ("1 | 3 1 | a | You jump.\n1 | 1 1 | a | You go.", "line 2: game 1 has an answer already"),
        ("1 | 3 1 | a | You jump.", "has no answer for 2"),
    ],
)
def test_an_answer_that_fits_no_game_is_refused(tmp_path: Path, line: str, sentence: str) -> None:
    file = tmp_path / "answers-1.txt"
    file.write_text(line + "\n", "utf-8")
    with pytest.raises(InputRefused) as refused:
        game_sheets.read_answers(file, MOVES)
    assert str(refused.value).startswith(str(file))
    assert sentence in str(refused.value)


def test_scored_replies_come_of_rounds_and_answers(tmp_path: Path) -> None:
    game_sheets.add_round(tmp_path, MOVES)
    (tmp_path / "answers-1.txt").write_text(ANSWERS, "utf-8")
    first, second = game_sheets.situations(tmp_path)
    assert [(reply.text, reply.score) for reply in first.replies] == [("A.", 3), ("B.", 1)]
    assert [(reply.text, reply.score) for reply in second.replies] == [("D.", 4), ("E.", 0)]
    assert (first.adventure, first.prompt) == ("t-001", MOVES[0].prompt)
