"""Test what is true at a turn, what is suggested there, and the sentences for both."""

from dataclasses import replace

import pytest

from dungeon.errors import InputRefused
from dungeon.state import (
    Suggestion,
    last_taken_away,
    offered,
    read_change,
    sentence_of,
    state_at,
    story_sentences,
    suggestions,
)
from dungeon.state.phrases import means_same
from dungeon.story import Adventure, Kind, Turn
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from tests.rows import every_row

LAMP = Change(Category.ITEM, "a brass lamp")
OPENING = Turn("0", None, Kind.OPENING, "", "You wake in a cell.")


def tell(adventure: Adventure, turn_id: str, reply: str, parent: str | None = None) -> Adventure:
    parent = parent if parent is not None else adventure.head
    return adventure.with_turn(Turn(turn_id, parent, Kind.DO, "You look.", reply))


def decide(adventure: Adventure, turn: str, change: Change, *more: Decision) -> Adventure:
    decisions = more or (Decision.ACCEPTED,)
    events = tuple(StateEvent(turn, change, each, Source.PLAYER) for each in decisions)
    return adventure.with_changes({"new_state_events": events})


def begun(opening: str = OPENING.text) -> Adventure:
    return Adventure("a", "T").with_turn(replace(OPENING, text=opening))


def suggested(adventure: Adventure) -> list[str]:
    return [sentence_of(one.change) for one in suggestions(adventure)]


def test_undo_and_branches_have_their_own_state() -> None:
    story = tell(tell(begun(), "1", "A lamp."), "2", "Nothing.")
    story = decide(story, "1", LAMP)
    story = decide(story, "2", replace(LAMP, name="the lamp", removed=True))
    assert state_at(story).entries == ()
    assert state_at(story.with_head("1")).entries == (LAMP,)
    assert state_at(story.with_head("0")).entries == ()
    other = tell(story, "3", "It is dark.", parent="1")
    assert state_at(other).entries == (LAMP,)


def test_the_last_decision_on_a_change_counts() -> None:
    story = decide(begun(), "0", LAMP, Decision.ACCEPTED, Decision.REJECTED)
    assert state_at(story).entries == ()
    assert state_at(decide(story, "0", LAMP)).entries == (LAMP,)


def test_a_later_place_or_attitude_takes_the_place_of_the_earlier_one() -> None:
    story = begun()
    for name in ("in the mill", "in the mill", "on the bridge"):
        story = decide(story, "0", Change(Category.PLACE, name))
    for name, value in (("the old witch", "hates you"), ("the witch", "trusts you")):
        story = decide(story, "0", Change(Category.PERSON, name, value))
    assert [sentence_of(each) for each in state_at(story).entries] == [
        "You are on the bridge.",
        "The old witch trusts you.",
    ]


def test_only_what_makes_a_difference_is_suggested() -> None:
    story = tell(begun(), "1", "You take the lamp. You enter the mill.")
    assert suggested(story) == ["You carry the lamp.", "You are in the mill."]
    story = tell(story, "2", "You drop the lamp. You take the lamp. You take a rope.")
    story = tell(story, "3", "You drop the rope. You drop the sword.")
    assert suggested(story) == ["You are in the mill.", "You carry the lamp."]
    story = decide(story, "3", Change(Category.PLACE, "in a cell"))
    assert suggested(story) == ["You carry the lamp."]
    assert suggestions(story)[0].source is Source.RULE


def test_one_thing_is_suggested_once() -> None:
    story = tell(
        begun("Night."), "1", "You take a lump of chalk. The lump is dry. You take the lump."
    )
    assert suggested(story) == ["You carry a lump of chalk."]
    story = tell(story, "2", "You take the chalk. You take another dry lump of chalk.")
    assert suggested(story)[1:] == ["You carry another dry lump of chalk."]


def test_what_was_refused_is_asked_again_only_where_the_player_acts_on_it() -> None:
    lamp = Change(Category.ITEM, "the lamp")
    story = tell(begun("Night."), "1", "You take the lamp. You take the lamp with the green shade.")
    story = story.with_changes(
        {"new_state_events": (StateEvent("1", lamp, Decision.REJECTED, Source.RULE),)}
    )
    assert suggested(story) == []
    story = tell(story, "2", "You take the brass lamp. You take a rope.")
    assert suggested(story) == ["You carry a rope."]
    again = Turn("3", "2", Kind.DO, "You take the lamp.", "You take the lamp.")
    assert suggested(story.with_turn(again)) == ["You carry a rope.", "You carry the lamp."]


def test_what_the_player_has_removed_does_not_come_back() -> None:
    story = decide(tell(begun("Night."), "1", "You take the lamp."), "1", LAMP)
    story = decide(tell(story, "2", "You take the lamp."), "2", replace(LAMP, removed=True))
    assert (state_at(story).entries, suggested(story)) == ((), [])
    assert suggested(tell(story, "3", "You have the lamp in your hand.")) == []


def test_what_was_taken_away_last_is_known_as_long_as_it_can_be_asked_again() -> None:
    story = decide(tell(begun("Night."), "1", "You take the lamp."), "1", LAMP)
    removal = replace(LAMP, removed=True)
    dismissed = StateEvent("2", Change(Category.ITEM, "a rope"), Decision.REJECTED, Source.RULE)
    story = decide(tell(story, "2", "You take a rope."), "2", removal)
    story = story.with_changes({"new_state_events": (dismissed,)})
    assert last_taken_away(story) == dismissed
    for number in range(3, 13):
        story = tell(story, str(number), "Nothing stirs.")
    taken_away = last_taken_away(story)
    assert taken_away is not None
    assert taken_away.change == removal
    assert last_taken_away(story.with_head("1")) is None


@every_row(
    ("one", "other", "is_same"),
    [
        ("the lamp", "a brass lamp", True),
        ("the lump", "a lump of chalk", True),
        ("the chalk", "a lump of chalk", True),
        ("the chalk", "a blackboard of chalk", False),
        ("a small lump of chalk", "the lump of chalk", True),
        ("the lump of wax", "the lump of chalk", False),
        ("the lamp", "the lamp of Bram", True),
        ("Bram", "the lamp of Bram", False),
        ("the lamp", "the lamp oil", False),
    ],
)
def test_names_that_mean_the_same(one: str, other: str, is_same: bool) -> None:
    assert means_same(one, other) is means_same(other, one) is is_same


def test_old_turns_are_not_asked_about_any_more() -> None:
    story = tell(begun(), "1", "You take the lamp.")
    for number in range(2, 101):
        story = tell(story, str(number), "Nothing stirs.")
        is_new = bool(offered(story, suggestions(story)))
        assert is_new is (number == 2), "it leaves the line under the story after two turns"
        place = ["You are in a cell."] if number < 10 else []
        assert suggested(story) == [*place, "You carry the lamp."]
    assert suggested(tell(story, "101", "Nothing stirs.")) == []


def test_the_newest_suggestions_wait() -> None:
    names = [f"q{first}{second}" for first in "abcdefg" for second in "abcdefghij"]
    story = tell(begun("Night."), "1", " ".join(f"You take the {name} key." for name in names))
    assert suggested(story) == [f"You carry the {name} key." for name in names[-60:]]


@every_row(
    ("carried", "lost", "is_it"),
    [
        ("a cup", "the silver cup", True), ("a small cup", "the silver cup", True),
        ("the gold key", "the key", True), ("the gold key", "the iron key", False),
        ("a cup", "the cup of the king", True), ("a small cup", "Bram's cup", False),
    ],
)  # fmt: skip
def test_what_is_lost_may_have_another_name(carried: str, lost: str, is_it: bool) -> None:
    story = decide(begun(), "0", Change(Category.ITEM, carried))
    gone = decide(story, "0", Change(Category.ITEM, lost, removed=True))
    assert (state_at(gone).entries == ()) is is_it


def test_what_is_taken_under_a_longer_name_is_not_carried_twice() -> None:
    cup = Change(Category.ITEM, "a cup")
    story = decide(decide(begun(), "0", cup), "0", replace(cup, name="the silver cup"))
    assert [entry.name for entry in state_at(story).entries] == ["a cup"]


def test_what_a_model_found_is_suggested_until_it_is_decided() -> None:
    found = StateEvent("0", LAMP, Decision.SUGGESTED, Source.MODEL)
    story = decide(
        begun().with_changes({"new_state_events": (found,)}), "0", read_change("in a cell")
    )
    assert Suggestion("0", LAMP, Source.MODEL) in suggestions(story)
    assert LAMP not in [one.change for one in suggestions(decide(story, "0", LAMP))]


@every_row("typed", ["You are outside", "I am upstairs.", "You are in the mill"])
def test_who_is_somewhere_is_not_hurt(typed: str) -> None:
    assert read_change(typed).category is Category.PLACE


@every_row(
    ("typed", "sentence"),
    [
        ("lamp", "You carry a lamp."),
        ("gold", "You carry gold."),
        ("two coins.", "You carry two coins."),
        ("I carry my sword", "You carry your sword."),
        ("place: the mill", "You are in the mill."),
        ("place: home", "You are home."),
        ("place: outside the mill", "You are outside the mill."),
        ("I am on the bridge", "You are on the bridge."),
        ("Bram is dead", "Bram is dead."),
        ("the witch hates me", "The witch hates you."),
        ("person: Bram, friendly", "Bram is friendly."),
        ("You are wounded in the leg.", "You are wounded in the leg."),
        ("injury: a broken arm", "You have a broken arm."),
        ("my arm is broken", "Your arm is broken."),
        ("quest: find the ring", "You have promised to find the ring."),
        ("I have promised to find the ring", "You have promised to find the ring."),
    ],
)
def test_what_the_player_types_becomes_a_sentence(typed: str, sentence: str) -> None:
    assert sentence_of(read_change(typed)) == sentence


def test_a_correction_keeps_its_category_unless_it_is_a_sentence() -> None:
    assert read_change("the tower", Category.PLACE) == Change(Category.PLACE, "in the tower")
    assert read_change("the king is dead", Category.PLACE).category is Category.PERSON
    assert read_change("find who is dead", Category.QUEST).name == "find who is dead"


@every_row("typed", ["...", "person: Bram", "lamp " * 50])
def test_what_says_nothing_is_refused(typed: str) -> None:
    with pytest.raises(InputRefused):
        read_change(typed)


def test_a_prompt_gets_the_state_in_sentences_of_the_story() -> None:
    story = begun()
    for typed in ("lamp", "a rope", "the dragon is dead", "place: the mill"):
        story = decide(story, "0", read_change(typed))
    assert " ".join(story_sentences(state_at(story))) == (
        "The dragon is dead. You carry a lamp and a rope. You are in the mill."
    )
