import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.documents.paths import normalise_graph
from corpus_scraper.formats import grue_export
from corpus_scraper.formats.story_file import Unreadable
from corpus_scraper.graph import StoryGraph
from dungeon.actions import parse_action
from dungeon.story import Adventure, Kind, Turn, new_id
from dungeon.transfer import grue_json
from dungeon.turns.adventure_store import opening_turn
from tests.corpus_scraper.formats.playing import menu, only, play, stories


def turn(parent: Turn, action: str, text: str, kind: Kind = Kind.DO) -> Turn:
    return Turn(new_id(), parent.id, kind, action, text)


@pytest.fixture
def adventure() -> Adventure:
    """A game with an undone turn, something said, something written, and a silent turn."""
    start = opening_turn("You stand at the gate.")
    knock = turn(start, "You knock.", "Nobody answers.")
    climb = turn(start, "You climb over.", "A dog looks up.")
    hush = turn(climb, 'You say "Hush."', "It sits down.", Kind.SAY)
    night = turn(hush, "Night falls.", "The dog sleeps.", Kind.STORY)
    wait = turn(night, "", "So do you.", Kind.CONTINUE)
    game = Adventure(new_id(), "The Gate")
    for each in (start, knock, climb, hush, night, wait):
        game = game.with_turn(each)
    return game


def exported(folder: Path, game: Adventure) -> Path:
    path = folder / "gate.json"
    path.write_text(grue_json.write(game), encoding="utf-8")
    return path


def test_every_branch_of_a_real_export_is_read(tmp_path: Path, adventure: Adventure) -> None:
    story = only(grue_export.FORMAT, exported(tmp_path, adventure))
    assert story.title == "The Gate"
    assert menu(story) == ["You knock.", "You climb over."]
    assert play(story, "You climb over.", 'You say "Hush."') == (
        "You stand at the gate.\n\nA dog looks up.\n\nIt sits down.\n\n"
        "Night falls.\n\nThe dog sleeps.\n\nSo do you."
    )
    assert len(story.passages) == len(adventure.turns)


def test_a_game_that_was_left_has_no_ending(tmp_path: Path, adventure: Adventure) -> None:
    story = only(grue_export.FORMAT, exported(tmp_path, adventure))
    assert not any(passage.ending for passage in story.passages)
    last = turn(next(iter(adventure.turns.values())), "You flee.", "*** You have escaped ***")
    story = only(grue_export.FORMAT, exported(tmp_path, adventure.with_turn(last)))
    assert [passage.text for passage in story.passages if passage.ending] == [last.text]


def test_an_export_becomes_the_same_lines_again(tmp_path: Path, adventure: Adventure) -> None:
    story = normalise_graph(only(grue_export.FORMAT, exported(tmp_path, adventure)))
    assert [way.text for way in story.choices] == [
        "You knock.",
        "You climb over.",
        'You say "Hush."',
        "",
        "",
    ]
    assert parse_action("climb over").text == "You climb over."


def test_two_openings_are_two_stories(tmp_path: Path, adventure: Adventure) -> None:
    path = exported(tmp_path, adventure.with_turn(opening_turn("Elsewhere.")))
    assert [play(s).split(".")[0] for s in stories(grue_export.FORMAT, path)] == [
        "You stand at the gate",
        "Elsewhere",
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": 2}, "another Grue wrote it"),
        ({"turns": None}, "there is no turn"),
        ({"turns": [3]}, r"turns\[0\] must be an object"),
        ({"turns": [{"id": "a", "kind": "opening"}] * 2}, r"turns\[1\].id: a turn needs"),
        ({"turns": [{"id": "a", "parent": "b", "kind": "do"}]}, r"turns\[0\].parent"),
        ({"turns": [{"id": "a", "kind": "dream"}]}, r"turns\[0\].kind"),
        ({"turns": [{"id": "a", "kind": "opening", "text": 5}]}, r"turns\[0\].text must be"),
        ({"title": []}, "title must be a string"),
    ],
)
def test_a_changed_export_is_refused_with_its_place(
    tmp_path: Path, adventure: Adventure, change: dict[str, Any], reason: str
) -> None:
    path = exported(tmp_path, adventure)
    document = json.loads(path.read_text("utf-8")) | change
    path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    with pytest.raises(Unreadable, match=reason):
        only(grue_export.FORMAT, path)


TURNS = st.lists(
    st.dictionaries(
        st.sampled_from("id parent kind action text".split()),
        st.sampled_from(["a", "b", "", "do", "opening", "story", None, 3]),
    ),
    max_size=4,
)


@given(TURNS)
def test_any_turns_are_read_or_refused(tmp_path_factory, turns: list[dict[str, Any]]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps({"version": 1, "title": "T", "turns": turns}), "utf-8")
    try:
        found: list[StoryGraph] = list(grue_export.FORMAT.read(path, path.parent))
    except Unreadable:
        return
    assert all(story.start in story.passages_by_id() for story in found)
