import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from corpus_scraper.graph import (
    StoryGraph,
    from_dict,
    read_stories,
    to_dict,
    write_stories,
)
from dungeon.errors import InputRefused
from tests.corpus_scraper.graphs import any_graph, graph

DOOR = graph(
    {"door": "A door.", "hall": "A hall.", "attic": "Nobody comes here."},
    ("door", "hall", "Open it", "has_key"),
    ("hall", "door", "Go back"),
)


def test_choices_keep_the_authors_order_and_passages_are_found_by_id() -> None:
    assert [way.text for way in DOOR.choices_by_passage()["door"]] == ["Open it"]
    assert DOOR.choices_by_passage()["attic"] == []
    assert DOOR.passages_by_id()["hall"].text == "A hall."


def test_what_cannot_be_reached_is_not_reachable() -> None:
    assert DOOR.reachable() == {"door", "hall"}
    assert graph({"a": ""}, ("a", "gone"), ("a", "a")).reachable() == {"a"}
    assert graph({"a": ""}, start="gone").reachable() == set()


@given(any_graph())
def test_a_document_reads_back_as_the_same_graph(story: StoryGraph) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(story)))) == story


def test_further_starts_are_kept_and_a_story_without_them_has_no_such_key() -> None:
    story = replace(DOOR, further_starts=("attic", "door"))
    assert story.starts == ("door", "attic")
    assert story.reachable() == {"door", "hall", "attic"}
    assert from_dict(json.loads(json.dumps(to_dict(story)))) == story
    assert "further_starts" not in to_dict(DOOR)


def test_a_line_has_the_names_of_the_contract() -> None:
    told = to_dict(DOOR)
    assert {"id", "title", "author", "language", "source", "licence", "start"} < set(told)
    assert told["choices"][0] == {
        "from": "door",
        "to": "hall",
        "text": "Open it",
        "condition": "has_key",
    }
    assert set(told["source"]) == {"place", "fetched", "sha256", "parser", "parser_version"}


def test_stories_are_written_whole_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "stories.jsonl"
    assert write_stories(path, [DOOR, graph({"é": "Zwölf → 12"})]) == 2
    assert [story.start for story in read_stories(path)] == ["door", "é"]
    assert next(read_stories(path)) == DOOR


def test_a_failed_writing_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "stories.jsonl"
    write_stories(path, [DOOR])

    def broken():
        yield DOOR
        raise KeyError("a reader failed")

    with pytest.raises(KeyError):
        write_stories(path, broken())
    assert list(read_stories(path)) == [DOOR]
    assert [file.name for file in tmp_path.iterdir()] == ["stories.jsonl"]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "7",
        '{"id": 1}',
        "[" * 100_000,
        json.dumps(to_dict(DOOR)).replace('"A door."', "null"),
        json.dumps(to_dict(DOOR) | {"passages": 3}),
    ],
    ids=lambda line: line[:12],
)
def test_a_line_that_is_no_story_is_refused_with_its_place(tmp_path: Path, line: str) -> None:
    path = tmp_path / "stories.jsonl"
    path.write_text(json.dumps(to_dict(DOOR)) + "\n\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InputRefused, match=r"line 3 is no story"):
        list(read_stories(path))


def test_a_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="cannot be read"):
        list(read_stories(tmp_path / "none.jsonl"))
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(InputRefused, match="UTF-8"):
        list(read_stories(tmp_path / "bytes.jsonl"))
