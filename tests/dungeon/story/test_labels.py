"""Test orders, tags and titles of lists of adventures, and the figures of one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dungeon.errors import InputRefused
from dungeon.saves.summaries import Summary
from dungeon.story import Adventure, Kind, Provenance, Turn, labels
from dungeon.story.play_statistics import measure
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from tests.rows import every_row

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def summary(name: str, title: str, turns: int, changed: int, created: int) -> Summary:
    return Summary(
        name, title, "", turns, NOON + timedelta(days=changed), "",
        NOON + timedelta(days=created), f"You do {name}.",
    )  # fmt: skip


ALL = [summary("a", "Moor", 9, 1, 3), summary("b", "ash", 5, 3, 2), summary("c", "Zoo", 7, 2, 1)]


@every_row(
    ("order", "found"), [("played", "bca"), ("created", "abc"), ("title", "bac"), ("turns", "acb")]
)
def test_adventures_are_sorted_favourites_first(order: str, found: str) -> None:
    assert "".join(each.id for each in labels.sort_summaries(ALL, order)) == found
    starred = [*ALL[:2], replace(ALL[2], favourite=True)]
    assert "".join(each.id for each in labels.sort_summaries(starred, order))[0] == "c"


def test_another_order_is_refused() -> None:
    with pytest.raises(InputRefused, match="played, created, title, turns"):
        labels.sort_summaries(ALL, "length")


def test_the_same_title_is_told_apart_by_the_first_action() -> None:
    same = [*ALL, replace(ALL[0], id="d", title="moor", first_action="You run.")]
    assert labels.titles(same) == ["Moor: You do a.", "ash", "Zoo", "moor: You run."]


def test_tags_are_parsed_and_searched_for() -> None:
    assert labels.parse_tags("sea,  #Night watch , sea,,") == ("Night watch", "sea")
    for typed in ("x" * 41, ",".join(map(str, range(21)))):
        with pytest.raises(InputRefused, match="at most"):
            labels.parse_tags(typed)
    tagged = replace(ALL[0], tags=("sea", "Night"), favourite=True)
    assert labels.with_tag([*ALL[1:], tagged], "night") == [tagged]
    assert labels.marks(tagged) == "★ #sea #Night"
    assert (labels.tag_query(" #sea "), labels.tag_query("the sea")) == ("sea", "")


def test_the_figures_of_an_adventure() -> None:
    story = Adventure("a", "A")
    for name, parent, action, text, minute, ended in (
        ("1", None, "", "You wake up here.", 0, "written"),
        ("2", "1", "You go.", "It rains.", 4, "sentence"),
        ("3", "1", "You stay.", "It snows a lot.", 9, "edited"),
        ("4", "3", "", "It thaws.", 60, "sentence"),
    ):
        turn = Turn(name, parent, Kind.DO if parent else Kind.OPENING, action, text,
                    Provenance(ended=ended), NOON + timedelta(minutes=minute))  # fmt: skip
        story = story.with_turn(turn)
    found = measure(story)
    assert (found.turns, found.all_turns, found.branches) == (3, 4, 2)
    assert (found.words, found.own_words) == (16, 8)
    assert found.played == timedelta(minutes=9)
    assert str(found) == (
        "3 turns on this line, 4 in all on 2 branches, 16 words (8 of them yours), "
        "about 9 min of play. Deaths: 0 of yours, 0 of others."
    )
    assert "less than a minute of play." in str(replace(found, played=timedelta(seconds=20)))


@pytest.mark.parametrize(
    ("reply", "deaths"),
    [
        ("You die.", 1),
        ("The arrow hits you, and you die! It is dark.", 1),
        ("The rope breaks.\n\nYou drown.", 1),
        ("You are dead tired. You die of shame.", 0),
        ('"You are dead," he says. "You die."', 0),
        ("If you jump, you die.", 0),
    ],
)
def test_a_death_of_the_player_is_told_in_so_many_words(reply: str, deaths: int) -> None:
    story = Adventure("a", "A").with_turn(Turn("1", None, Kind.OPENING, "", reply))
    assert measure(story).own_deaths == deaths


def test_the_dead_are_those_whom_the_player_has_confirmed() -> None:
    def death(turn: str, name: str, decision: Decision, *, removed: bool = False) -> StateEvent:
        value = "" if removed else "is dead"
        change = Change(Category.PERSON, name, value, removed=removed)
        return StateEvent(turn, change, decision, Source.PLAYER)

    events = (
        death("1", "the guard", Decision.ACCEPTED),
        death("2", "The guard", Decision.ACCEPTED),  # on the line of an edit
        death("1", "Bram", Decision.SUGGESTED),
        death("1", "Ada", Decision.ACCEPTED),
        death("1", "Ada", Decision.REJECTED),
        death("1", "Tom", Decision.ACCEPTED),
        death("2", "Tom", Decision.ACCEPTED, removed=True),
        death("2", "the king", Decision.ACCEPTED),
    )
    story = replace(Adventure("a", "A"), state_events=events)
    assert measure(story).deaths == 2
