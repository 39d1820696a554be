"""Pairs are read, checked line by line, and divided by adventure."""

import json
from pathlib import Path
from typing import Any

import pytest

from dungeon.errors import InputRefused
from tests.training import small_models
from training.preferences.encoding import encode_pairs
from training.preferences.pairs import Pair, read_pairs

GOOD = {"prompt": "A door.\n\n> You knock.", "chosen": "\n\nIt opens.", "rejected": "\n\nNobody."}


def write(path: Path, *documents: Any) -> Path:
    lines = [each if isinstance(each, str) else json.dumps(each) for each in documents]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def many(count: int, adventures: int = 1) -> list[dict[str, str]]:
    return [
        GOOD | {"prompt": f"Door {number}.", "adventure": f"a{number % adventures}"}
        for number in range(count)
    ]


def test_texts_are_read_as_the_game_writes_them(tmp_path: Path) -> None:
    pair = GOOD | {"chosen": "It opens.  \n\n\n\n> A mark.", "rejected_ended": "stopped"}
    file = read_pairs(write(tmp_path / "pairs.jsonl", pair, "", *many(3)))
    first = file.pairs[0]
    assert (first.prompt, first.chosen) == (GOOD["prompt"], "It opens.\n\nA mark.")
    assert (first.chosen_is_complete, first.rejected_is_complete) == (True, False)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ({"prompt": "A door.", "chosen": "It opens."}, "line 2: There is no rejected"),
        (GOOD | {"rejected": "It opens. "}, "line 2: chosen and rejected are the same text"),
        (GOOD | {"chosen": [{"role": "user"}]}, "line 2: chosen must be a text, not list"),
        (GOOD | {"prompt": " "}, "line 2: prompt is empty"),
        ("{'prompt'", "line 2: This is not JSON"),
        ("[1]", "line 2: A pair is an object"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: Any, problem: str) -> None:
    with pytest.raises(InputRefused, match=problem):
        read_pairs(write(tmp_path / "pairs.jsonl", GOOD, line))


def test_bad_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    with pytest.raises(InputRefused, match="cannot be read"):
        read_pairs(file)
    with pytest.raises(InputRefused, match="holds no pairs, and training needs at least 4"):
        read_pairs(write(file))
    with pytest.raises(InputRefused, match="holds 1 pair, and"):
        read_pairs(write(file, GOOD))
    file.write_bytes(b'{"prompt": "caf\xe9"}\n')
    with pytest.raises(InputRefused, match=r"line 1: This is not UTF-8 text\. Save it"):
        read_pairs(file)


def test_pairs_of_one_adventure_are_not_divided(tmp_path: Path) -> None:
    file = read_pairs(write(tmp_path / "pairs.jsonl", *many(100, adventures=20)))
    train, held_out = file.split(seed=0)
    assert (len(train), len(held_out)) == (80, 20)
    assert not {pair.adventure for pair in train} & {pair.adventure for pair in held_out}
    assert file.split(seed=0) == (train, held_out)
    assert file.split(seed=1)[1] != held_out


@pytest.mark.parametrize("same", [{"adventure": "a"}, {"adventure": "a", "prompt": "A door."}])
def test_one_adventure_is_divided_by_prompt_or_by_pair(
    tmp_path: Path, same: dict[str, str]
) -> None:
    pairs = [each | same | {"chosen": f"Yes {n}."} for n, each in enumerate(many(10))]
    train, held_out = read_pairs(write(tmp_path / "pairs.jsonl", *pairs)).split(seed=0)
    assert (len(train), len(held_out)) == (8, 2)


def test_a_reply_is_encoded_behind_its_prompt_up_to_the_mark_of_the_player() -> None:
    words = small_models.tokenizer()
    pair = Pair("Rain runs down.\n\n> You wait.", "It stops.", "It runs", True, False)
    [encoded] = encode_pairs([pair], words, max_seq_length=128)
    decode = words.decode
    assert decode(encoded.prompt_ids + encoded.chosen_ids) == f"{pair.prompt}\n\nIt stops.\n\n>"
    assert decode(encoded.prompt_ids + encoded.rejected_ids) == f"{pair.prompt}\n\nIt runs"
    assert decode(encoded.prompt_ids) == pair.prompt
    assert not encoded.is_cut


def test_a_long_prompt_loses_its_beginning_and_a_long_reply_its_end() -> None:
    words = small_models.tokenizer()
    pair = Pair("A door. " * 50 + "A key.", "It opens. " * 20, "No.")
    [encoded] = encode_pairs([pair], words, max_seq_length=40)
    assert encoded.is_cut
    assert len(encoded.chosen_ids) == 20
    assert len(encoded.prompt_ids) == 20
    assert words.decode(encoded.prompt_ids).endswith("A key.")
    assert words.decode(encoded.chosen_ids).startswith("\n\nIt opens.")
