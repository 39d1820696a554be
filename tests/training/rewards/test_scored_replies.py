"""Scored replies are read, checked line by line, and divided by adventure."""

import json
from pathlib import Path
from typing import Any

import pytest

from dungeon.errors import InputRefused
from training.rewards.scored_replies import read_scored

GOOD = {
    "prompt": "A door.\n\n> You knock.\n",
    "replies": [{"text": "\n\nIt opens.", "score": 4}, {"text": "Nobody.", "score": 1}],
}


def write(path: Path, *documents: Any) -> Path:
    lines = [each if isinstance(each, str) else json.dumps(each) for each in documents]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def many(count: int, adventures: int = 1) -> list[dict[str, Any]]:
    return [
        GOOD | {"prompt": f"Door {number}.", "adventure": f"a{number % adventures}"}
        for number in range(count)
    ]


def replies(*scores: Any) -> dict[str, Any]:
    return {"replies": [{"text": f"No {n}.", "score": score} for n, score in enumerate(scores)]}


def test_texts_are_read_as_the_game_writes_them(tmp_path: Path) -> None:
    changed = {"replies": [{"text": "It opens.  \n\n\n\n> A mark.", "score": 0}]}
    files = read_scored([write(tmp_path / "a.jsonl", GOOD | changed, "", *many(3))])
    first = files.situations[0]
    assert first.prompt == "A door.\n\n> You knock."
    assert [(each.text, each.score) for each in first.replies] == [("It opens.\n\nA mark.", 0)]


def test_replies_without_a_score_are_left_out_and_counted(tmp_path: Path) -> None:
    lines = (GOOD | replies(None, 3), GOOD | replies(None), *many(3))
    files = read_scored([write(tmp_path / "a.jsonl", *lines)])
    assert [each.score for each in files.situations[0].replies] == [3]
    assert (len(files.situations), files.unscored) == (4, 2)


def test_several_files_are_one(tmp_path: Path) -> None:
    a, b = write(tmp_path / "a.jsonl", *many(2)), write(tmp_path / "b.jsonl", *many(3))
    files = read_scored([a, b])
    assert (files.name, len(files.situations)) == ("a.jsonl, b.jsonl", 5)
    assert files.sha256 != read_scored([b, a]).sha256


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"prompt": "A door."}, "There is no replies. A situation needs prompt and replies"),
        ({"replies": []}, "There is no prompt"),
        (GOOD | {"prompt": 3}, "prompt must be a text, not int"),
        (GOOD | {"replies": "Yes."}, "replies must be a list of replies, not str"),
        (GOOD | {"replies": ["Yes."]}, "Reply 1 must be an object with text and score"),
        (GOOD | {"replies": [{"text": "Yes."}]}, "Reply 1 must be an object with text and score"),
        (GOOD | {"replies": [{"text": " ", "score": 1}]}, "The text of reply 1 is empty"),
        (GOOD | replies(1, 5), "The score of reply 2 must be a whole number from 0 to 4, or null"),
        (GOOD | replies(-1), "not -1"),
        (GOOD | replies(2.5), "not 2.5"),
        (GOOD | replies(True), "not True"),
        (GOOD | replies("4"), "not '4'"),
        ("{'prompt'", "This is not JSON. Scored replies are JSON Lines"),
        ("[1]", "A situation is an object with prompt and replies"),
    ],
)
def test_a_bad_line_is_named_with_its_file(tmp_path: Path, line: Any, problem: str) -> None:
    good, bad = write(tmp_path / "a.jsonl", *many(4)), write(tmp_path / "b.jsonl", GOOD, line)
    with pytest.raises(InputRefused, match=r"b\.jsonl, line 2: .*" + problem):
        read_scored([good, bad])


def test_bad_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    with pytest.raises(InputRefused, match="cannot be read"):
        read_scored([file])
    with pytest.raises(InputRefused, match=r"a.jsonl holds no situation with scored replies, and"):
        read_scored([write(file, GOOD | replies(None))])
    with pytest.raises(InputRefused, match=r"a.jsonl, a.jsonl hold 2 situations with"):
        read_scored([write(file, GOOD), file])


def test_situations_of_one_adventure_are_not_divided(tmp_path: Path) -> None:
    files = read_scored([write(tmp_path / "a.jsonl", *many(100, adventures=20))])
    train, held_out = files.split(seed=0)
    assert (len(train), len(held_out)) == (80, 20)
    assert not {each.adventure for each in train} & {each.adventure for each in held_out}
    assert files.split(seed=0) == (train, held_out)


def test_without_an_adventure_those_with_one_prompt_are_not_divided(tmp_path: Path) -> None:
    lines = [GOOD | {"prompt": f"Door {number % 10}."} for number in range(30)]
    train, held_out = read_scored([write(tmp_path / "a.jsonl", *lines)]).split(seed=0)
    assert (len(train), len(held_out)) == (24, 6)
    assert not {each.prompt for each in train} & {each.prompt for each in held_out}
