"""Rows of training data become stories."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from corpus_scraper import formats
from corpus_scraper.formats import Unreadable
from corpus_scraper.formats.row_refusals import RowRefusals
from corpus_scraper.formats.story_file import MAX_SENTENCES
from corpus_scraper.graph import StoryGraph, from_dict, to_dict
from dungeon.errors import InputRefused

PLAY = [
    {"role": "system", "content": "A prison break."},
    {"role": "assistant", "content": "You wake in a cell.\n\nIt is dark."},
    {"role": "user", "content": "open the door"},
    {"role": "assistant", "content": "It is locked."},
    {"role": "user", "content": "The guard comes back.\n\nHe is drunk."},
    {"role": "assistant", "content": "He sings."},
]


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def told(graph: StoryGraph) -> list[str]:
    """Return passages and choices in a line, context in brackets."""
    choices = {choice.origin: choice for choice in graph.choices}
    steps = []
    for passage in graph.passages:
        steps.append(f"[{passage.text}]" if passage.context else passage.text)
        if passage.id in choices and choices[passage.id].text:
            steps.append(f"> {choices[passage.id].text}")
    return steps


def test_a_conversation_is_played_through(tmp_path: Path) -> None:
    [graph] = formats.read(write(tmp_path / "chats.jsonl", {"messages": PLAY}))
    assert graph.memory == "A prison break."
    assert told(graph) == [
        "You wake in a cell.\n\nIt is dark.",
        "> You open the door.",
        "It is locked.",
        "[The guard comes back.\n\nHe is drunk.]",
        "He sings.",
    ]
    assert graph.source.parser == "data"
    assert from_dict(json.loads(json.dumps(to_dict(graph)))) == graph


def test_a_prompt_is_context(tmp_path: Path) -> None:
    row = {"prompt": "A cell.", "completion": "It is dark."}
    [graph] = formats.read(write(tmp_path / "pairs.jsonl", row))
    assert told(graph) == ["[A cell.]", "It is dark."]


def test_each_text_is_a_story_with_what_its_row_says(tmp_path: Path) -> None:
    with (tmp_path / "tales.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["title", "license", "text"])
        table.writerow(["The Fox", "CC0-1.0", 'A fox, "Red", runs.'])
        table.writerow(["", "", "A hen.<|endoftext|>A cock."])
    fox, hen, cock = formats.read(tmp_path / "tales.csv")
    assert (fox.title, fox.licence, fox.id) == ("The Fox", "CC0-1.0", "tales.csv#1")
    assert told(fox) == ['A fox, "Red", runs.']
    assert (hen.title, hen.licence, hen.id) == ("Tales 2", "unknown", "tales.csv#2")
    assert (cock.id, told(cock)) == ("tales.csv#2.2", ["A cock."])
    assert len({graph.source.sha256 for graph in (fox, hen, cock)}) == 3


def test_a_transcript_in_a_text_is_played(tmp_path: Path) -> None:
    turns = "".join(f"> Go {way}.\n\nA hall.\n\n" for way in ("north", "east", "south"))
    [graph] = formats.read(write(tmp_path / "play.jsonl", {"text": f"A cave.\n\n{turns}"}))
    assert told(graph)[:3] == ["A cave.", "> Go north.", "A hall."]


def test_a_long_text_is_several_passages(tmp_path: Path) -> None:
    text = "\n\n".join(f"Paragraph {n} of a long tale." for n in range(1_000))
    [graph] = formats.read(write(tmp_path / "long.jsonl", {"text": text}))
    assert len(graph.passages) > 2
    assert "\n\n".join(passage.text for passage in graph.passages) == text


def test_rows_of_a_saved_dataset_are_read(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    saved = datasets.Dataset.from_list([{"text": f"Fox {n} runs."} for n in range(3)])
    saved.save_to_disk(str(tmp_path / "foxes"))
    (tmp_path / "foxes" / "cache-1.arrow").write_bytes(b"another computation")
    graphs = list(formats.read(tmp_path / "foxes"))
    assert [told(graph) for graph in graphs] == [[f"Fox {n} runs."] for n in range(3)]


def test_rows_without_text_are_noted(tmp_path: Path) -> None:
    rows = ({"text": ""}, {"text": "A fox."}, {"text": None}, {"text": " "}, {"text": "A hen."})
    fox, hen = formats.read(write(tmp_path / "a.jsonl", *rows, {"text": ""}))
    assert fox.notes == ("3 rows beside this one left out, without text or without a reply.",)
    assert hen.notes == ("One row beside this one left out, without text or without a reply.",)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", "story,url\nA fox.,b\n", "a.csv: row 1 has no text: its columns are story, url"),
        ("a.jsonl", '{"text": "A fox."}\n{"url": "b"}\n', "a.jsonl: line 2 has no text"),
        ("a.jsonl", '{"start": "1", "passages": []}\n', "grue corpus build"),
        ("a.csv", "text\n \n", "no text in its rows"),
        ("a.bin", "A\0\0", "no text file and no data file"),
    ],
)
def test_what_has_no_text_is_refused(tmp_path: Path, name: str, content: str, reason: str) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(Unreadable, match=reason):
        list(formats.read(tmp_path / name))


def read_all(path: Path) -> tuple[list[str], tuple[str, ...]]:
    """Return the texts of the stories at `path`, and the sentences about the rest of it."""
    texts: list[str] = []
    try:
        for graph in formats.read(path):
            texts.append(told(graph)[0])
    except Unreadable as error:
        return texts, error.sentences
    return texts, ()


@pytest.mark.parametrize(
    ("name", "content", "kept", "refused"),
    [
        (
            "a.jsonl",
            '{"text": "A."}\n{"foo": 1}\n{"foo": 2}\n[1]\n{"text":\n{"text": "B."}\n',
            ["A.", "B."],
            ["line 2 has no text", "line 4 is no JSON object", "line 5 is not valid JSON"],
        ),
        (
            "a.json",
            '[{"text": "A."}, 3, {"foo": 1}, {"text": "B."}, {"text": oops}, {"text": "C."}]',
            ["A.", "B."],
            ["row 2 is no JSON object", "row 3 has no text", "row 5 is not valid JSON"],
        ),
        (
            "a.csv",
            'title,text\na,A.\nb,B.,c\nc,C.\nd,"D\ne,E.\n',
            ["A.", "C."],
            ["row 2 has 3 fields", "lines 5 to 6 are no valid CSV"],
        ),
        (
            "a.jsonl",
            '{"messages": 1}\n{"text": "A."}\n{"messages": [{"role": "x", "content": "y"}]}\n',
            ["A."],
            ["line 1 has no list of messages", "line 3 (messages, message 1) has the role"],
        ),
    ],
    ids=["lines", "list", "table", "chats"],
)
def test_good_rows_are_kept_and_each_bad_one_is_refused(
    tmp_path: Path, name: str, content: str, kept: list[str], refused: list[str]
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    texts, sentences = read_all(tmp_path / name)
    assert texts == kept
    assert len(sentences) == len(refused)
    for sentence, reason in zip(sentences, refused, strict=True):
        assert sentence.startswith(f"{name}: {reason}")


def test_neighbours_refused_for_one_reason_are_one_sentence(tmp_path: Path) -> None:
    rows = [{"foo": n} for n in range(1_000)]
    texts, sentences = read_all(write(tmp_path / "a.jsonl", {"text": "A."}, *rows))
    assert texts == ["A."]
    assert sentences[0].endswith("The same holds for lines 3 to 1,001.")


@pytest.mark.parametrize("lines", [(14, 15), (4_010, 5_010), (1_004, 1_005)])
def test_rows_are_neighbours_by_their_own_number_not_by_part_of_another(
    lines: tuple[int, int],
) -> None:
    refusals = RowRefusals(Path("a.csv"), "a.csv")
    for row, line in zip((4, 5), lines, strict=True):
        refusals.add(row, InputRefused(f"a.csv, line {line:,} is no valid CSV."))
    assert [str(each) for each in refusals.all()] == [
        f"a.csv: line {line:,} is no valid CSV." for line in lines
    ]


def test_rows_beyond_the_most_that_are_named_are_counted() -> None:
    refusals = RowRefusals(Path("a.jsonl"), "a.jsonl")
    for number in range(0, 2 * (MAX_SENTENCES + 1), 2):
        refusals.add(number, InputRefused(f"a.jsonl, line {number:,} has no text."))
    assert str(refusals.all()[-1]) == "a.jsonl: 1 further row cannot be read."


def test_the_trees_around_a_broken_one_are_read(tmp_path: Path) -> None:
    trees = [{"first_story_block": "A cave."}, 3, {"first_story_block": "A wood."}]
    (tmp_path / "trees.json").write_text(json.dumps(trees), "utf-8")
    texts, (sentence,) = read_all(tmp_path / "trees.json")
    assert texts == ["A cave.", "A wood."]
    assert "tree 2" in sentence


def test_other_tables_in_a_folder_are_no_stories(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("name,price\nlamp,3\n", "utf-8")
    assert formats.recognise(tmp_path / "items.csv") is None
