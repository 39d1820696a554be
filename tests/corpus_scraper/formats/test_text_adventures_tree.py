import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.formats import text_adventures_tree
from corpus_scraper.formats.story_file import Unreadable
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.formats.playing import (
    CORPUS,
    WHY_SKIPPED,
    menu,
    only,
    play,
    stories,
    written,
)
from tests.patience import not_endless

TREE = {
    "tree_id": "The Mine",
    "context": "You are a miner.",
    "first_story_block": "The lift is dark.",
    "action_results": [
        {
            "action": "light a match",
            "result": "You see a rat.",
            "action_results": [
                None,
                {"action": "feed it", "result": "It follows you.", "action_results": []},
            ],
        },
        {"action": "wait", "result": "The lift falls.\n*** You have died ***"},
    ],
}


@pytest.fixture
def tree(tmp_path: Path):
    def read(document: Any) -> list[StoryGraph]:
        path = tmp_path / "trees.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return stories(text_adventures_tree.FORMATS, path)

    return read


def test_a_tree_and_the_branches_after_a_null_branch(tree) -> None:
    """The builder of 2019 ended at a `null` first child, and so lost a quarter of the text."""
    (story,) = tree(TREE)
    assert story.title == "The Mine"
    assert story.id == "trees.json"
    assert play(story, "light a match", "feed it") == (
        "You are a miner.\n\nThe lift is dark.\n\nYou see a rat.\n\nIt follows you."
    )
    assert menu(story) == ["light a match", "wait"]
    assert story.notes == ("1 branches are null in the file.",)


def test_several_trees_in_a_file_and_the_other_name_of_an_opening(tree) -> None:
    other = {"tree_id": 7, "story_start": "A road.", "action_results": None}
    first, second = tree([TREE, other])
    assert [first.id, second.id] == ["trees.json#The Mine", "trees.json#7"]
    assert play(second) == "A road."


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([TREE, 3], "tree 2 must be an object"),
        (TREE | {"first_story_block": 3}, "opening must be a string"),
        (TREE | {"action_results": {"action": "x"}}, "must be a list"),
        (TREE | {"action_results": [["x"]]}, "a branch must be an object"),
        (TREE | {"action_results": [{"action": 1, "result": "x"}]}, "action must be a string"),
        ({"first_story_block": ""}, "no text"),
        ({"first_story_block": float("nan")}, "NaN is no JSON number"),
    ],
)
def test_what_is_no_tree_is_refused_with_its_place(tree, document: Any, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        tree(document)


@pytest.mark.parametrize(
    "text",
    [
        '{"first_story_block": ' + "[" * 200_000,
        '{"first_story_block": "a", "action_results": ' + "[" * 900 + "]" * 900 + "}",
        '{"first_story_block": "a", "action_results": '
        + '[{"action_results": ' * 2_000
        + "[]"
        + "}]" * 2_000
        + "}",
        '{"first_story_block": ' + "9" * 6_000 + "}",
        '{"first_story_block": "a"',
    ],
    ids=["open", "lists", "objects", "digits", "cut off"],
)
def test_hostile_json_is_refused_at_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trees.json"
    path.write_text(text, encoding="utf-8")
    with not_endless(), pytest.raises(Unreadable, match=r"trees\.json"):
        stories(text_adventures_tree.FORMATS, path)


def test_a_tree_as_deep_as_a_long_game_is_read(tree) -> None:
    branch: dict[str, Any] = {"action": "walk", "result": "The end.", "action_results": []}
    for step in range(150):
        branch = {"action": "walk", "result": f"Step {step}.", "action_results": [branch]}
    (story,) = tree({"first_story_block": "Start.", "action_results": [branch]})
    assert len(story.passages) == 152


SHEET = """\
Prompt,,,
First story block,A hall.,A cellar.,open it
Action,go down,open the chest,look
Result,"A  cellar.",It is empty.,A spider looks back.
Action,,open it,
Result,,It bites.,
Notes,ignored,,
"""


def test_a_column_branches_off_where_it_begins_with_anothers_words(tmp_path: Path) -> None:
    story = only(text_adventures_tree.FORMATS, written(tmp_path, {"sheet.csv": SHEET}))
    assert menu(story, "go down") == ["open the chest"]
    assert play(story, "go down", "open the chest", "open it", "look") == (
        "A hall.\n\nA cellar.\n\nIt is empty.\n\nIt bites.\n\nA spider looks back."
    )
    assert not any(passage.ending for passage in story.passages)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("First story block\nAction,a\nResult,b\n", "result before any story block"),
        ("First story block,\nAction,\n", "no column of it holds a story"),
        ('First story block,"a\nAction,b\n', "broken CSV|no column"),
    ],
)
def test_a_broken_sheet_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        list(text_adventures_tree.FORMATS[1].read(written(tmp_path, {"sheet.csv": text}), tmp_path))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "tree_id context first_story_block action_results action result".split()
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(JSON.map(json.dumps) | st.text(max_size=60))
def test_any_json_and_any_text_is_read_or_refused(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(text, "utf-8", errors="replace")
    for format_ in text_adventures_tree.FORMATS:
        try:
            found = list(format_.read(path, path.parent))
        except Unreadable:
            continue
        assert all(story.start in story.passages_by_id() for story in found)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_the_sheet_that_the_first_game_was_trained_on_is_one_story() -> None:
    story = only(text_adventures_tree.FORMATS, CORPUS / "aidungeon-upwork" / "data" / "upwork.csv")
    assert len(story.passages) == 161
    assert story.reachable() == {passage.id for passage in story.passages}
    assert sum(len(way.text) for way in story.choices) > 3_000
