"""Tests of the tree of turns: head, tip, branches and hashes."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from dungeon.story import Adventure, Kind, Provenance, Turn, render_transcript

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def turn(turn_id: str, parent: str | None, action: str = "You wait.", text: str = "Rain.") -> Turn:
    kind = Kind.DO if parent else Kind.OPENING
    return Turn(turn_id, parent, kind, action if parent else "", text, created=WHEN)


def grown(*turns: Turn) -> Adventure:
    adventure = Adventure("a", "Title", created=WHEN, changed=WHEN)
    for one in turns:
        adventure = adventure.with_turn(one)
    return adventure


def test_the_path_goes_from_the_opening_to_the_head() -> None:
    adventure = grown(turn("1", None), turn("2", "1"), turn("3", "1"), turn("4", "3"))
    assert [one.id for one in adventure.path()] == ["1", "3", "4"]
    assert [one.id for one in adventure.turns.values() if one.parent == "1"] == ["2", "3"]


def test_redo_follows_the_turns_that_were_undone() -> None:
    adventure = grown(turn("1", None), turn("2", "1"), turn("3", "2"))
    back = adventure.with_head("2").with_head("1")
    assert (back.undo_target(), back.redo_target()) == (None, "2")
    forward = back.with_head("2").with_head("3")
    assert (forward.head, forward.redo_target()) == ("3", None)


def test_a_new_turn_after_undo_keeps_the_old_branch() -> None:
    adventure = grown(turn("1", None), turn("2", "1")).with_head("1").with_turn(turn("3", "1"))
    assert adventure.redo_target() is None
    assert set(adventure.turns) == {"1", "2", "3"}


def test_no_redo_to_a_turn_of_another_branch() -> None:
    adventure = grown(turn("1", None), turn("2", "1"), turn("3", "1"), turn("4", "3"))
    assert adventure.with_head("2").redo_target() is None


def test_redo_goes_on_where_a_branch_was_left() -> None:
    adventure = grown(
        turn("1", None), turn("2", "1"), turn("3", "2"), turn("4", "1"), turn("5", "3")
    )
    moved = adventure.with_head("4").with_head("2")
    assert [moved.redo_target(), moved.with_head("3").redo_target()] == ["3", "5"]


def test_the_replies_to_one_action_and_the_ends_of_branches() -> None:
    adventure = grown(
        turn("1", None),
        turn("2", "1", "You go.", "Dust."),
        turn("3", "1", "You go.", "Mud."),
        turn("4", "1", "You stay.", "Rain."),
        turn("5", "3"),
    ).with_head("2")
    assert [one.id for one in adventure.replies()] == ["2", "3"]
    assert [one.id for one in adventure.with_head("4").replies()] == ["4"]
    assert [one.id for one in adventure.branch_ends()] == ["2", "4", "5"]
    assert [one.id for one in adventure.path_to("5")] == ["1", "3", "5"]
    assert Adventure("a", "Title").replies() == ()


def test_a_transcript_shows_actions_and_prose() -> None:
    opening = turn("1", None, text="A road.")
    does = turn("2", "1", "You walk.", "Dust.")
    own = replace(turn("3", "2", "A bell rings.", "You look up."), kind=Kind.STORY)
    told = "A road.\n\n> You walk.\n\nDust.\n\nA bell rings.\n\nYou look up."
    assert render_transcript([opening, does, own]) == told


def test_every_field_of_a_turn_is_in_its_hash() -> None:
    one = turn("1", None)
    others = [
        replace(one, id="2"),
        replace(one, parent="0"),
        replace(one, kind=Kind.DO),
        replace(one, action="You."),
        replace(one, text="Rain!"),
        replace(one, provenance=Provenance(seed=1)),
        replace(one, created=datetime(2026, 1, 2, tzinfo=UTC)),
    ]
    assert len({one.sha256, *(other.sha256 for other in others)}) == len(others) + 1


@given(st.integers(1, 40), st.data())
def test_redo_always_leads_back_to_the_tip(size: int, data: st.DataObject) -> None:
    turns = [turn("0", None)]
    for n in range(1, size):
        turns.append(turn(str(n), str(data.draw(st.integers(0, n - 1)))))
    adventure = grown(*turns)
    tip = adventure.tip
    while (before := adventure.undo_target()) is not None:
        adventure = adventure.with_head(before)
    while (after := adventure.redo_target()) is not None:
        adventure = adventure.with_head(after)
    assert adventure.head == tip
