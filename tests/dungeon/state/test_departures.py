"""Test that a place is no longer claimed when the player leaves it."""

from dungeon.state import departure, mistaken_departures, sentence_of, state_at, suggestions
from dungeon.state.departures import leaves
from dungeon.story import Adventure, Kind, Turn
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from tests.rows import every_row

MILL = Change(Category.PLACE, "in the mill")


def turn(action: str, reply: str) -> Turn:
    return Turn("t", "o", Kind.DO, action, reply)


def test_who_leaves_in_prose_of_the_players_own_has_left() -> None:
    told = Turn("t", "o", Kind.STORY, "You leave the mill. It is dark.", "The wind is cold.")
    assert leaves(told, "in the mill")


@every_row(
    ("action", "reply"),
    [
        ("You go north.", "The wind is cold."),
        ("You leave.", "Rain falls."),
        ("You leave the mill.", "It is dark."),
        ("You climb down.", "The rungs are wet."),
        ("You climb the ladder.", "A hatch stands open above you."),
        ("You enter the cellar.", "The cellar is dark."),
        ("You run away.", "Your feet are quick."),
        ("You go through the door.", "It is dark."),
        ("You jump through the window.", "Glass breaks."),
        ("You step out of the mill.", "Cold air meets you."),
        ("You walk down the road.", "Dust rises."),
        ("You head for the village.", "Hours pass."),
        ("You go to the kitchen.", "A cook looks up."),
        ("You follow him.", "He leads on."),
        ("You go back.", "You go back with the pot on your back."),
        ("You wait.", "You climb down the ladder. It is dark."),
        ("You wait.", "You are taken to the prison."),
        ("You wait.", "You find yourself outside."),
    ],
)
def test_who_goes_elsewhere_has_left(action: str, reply: str) -> None:
    assert leaves(turn(action, reply), MILL.name)


@every_row(
    ("action", "reply"),
    [
        ("You go north.", "A wall blocks your way."),
        ("You go through the door.", "The door is locked."),
        ("You climb down. (You roll 3 of 20 and fail.)", "You slip."),
        ("You go to the mill.", "The wheel turns."),
        ("You go to the mill.", "The mill is quiet."),
        ("You leave the lamp on the table.", "Its light is small."),
        ("You leave the door open.", "Snow comes in."),
        ("You leave him.", "He cries."),
        ("You go to Bram.", "He nods."),
        ("You go to the window.", "Snow."),
        ("You go to sleep.", "The night is long."),
        ("You go north.", "There is nothing but snow, and you come back."),
        ("You go on.", "The wheel turns."),
        ("You get up.", "Your legs hurt."),
        ("You step back.", "The dog growls."),
        ("You walk up to the guard.", "He looks up."),
        ("You wait.", "He goes north."),
        ("You think of going home.", "It is far."),
        ("You look out of the window.", "Rain."),
        ("You run your hand along the wall.", "It is cold."),
    ],
)
def test_who_stays_has_not(action: str, reply: str) -> None:
    assert not leaves(turn(action, reply), MILL.name)


def test_a_place_of_one_word_is_left_too() -> None:
    assert leaves(turn("You go north.", "The wind is cold."), "outside")
    assert not leaves(turn("You go outside.", "The wind is cold."), "outside")


def story(*events: StateEvent, opening: str = "It rains.") -> Adventure:
    start = Adventure("a", "T", state_events=events)
    return start.with_turn(Turn("o", None, Kind.OPENING, "", opening))


def places(adventure: Adventure) -> list[str]:
    return [sentence_of(each) for each in state_at(adventure).of(Category.PLACE)]


def note(adventure: Adventure) -> Adventure:
    """Return the adventure with what is noted of its last turn."""
    left = departure(adventure)
    return adventure if left is None else adventure.with_changes({"new_state_events": (left,)})


def test_the_place_that_was_confirmed_is_unknown_after_it() -> None:
    confirmed = StateEvent("o", MILL, Decision.ACCEPTED, Source.RULE)
    left = note(story(confirmed).with_turn(turn("You go north.", "The wind is cold.")))
    assert places(left) == []
    assert suggestions(left) == ()
    assert places(left.with_head("o")) == ["You are in the mill."]
    assert departure(story().with_turn(turn("You go north.", "It is cold."))) is None


def test_a_place_is_not_suggested_any_more_where_it_was_left() -> None:
    waiting = story(opening="You wake in a cell.")
    assert len(suggestions(waiting)) == 1
    assert suggestions(note(waiting.with_turn(turn("You climb down.", "It is dark.")))) == ()


def test_who_dismisses_both_arrivals_of_a_turn_is_where_they_were() -> None:
    confirmed = StateEvent("o", MILL, Decision.ACCEPTED, Source.RULE)
    reply = "You enter the kitchen. You enter the cellar."
    now = note(story(confirmed).with_turn(turn("You hum.", reply)))
    for name, mistaken in (("in the cellar", []), ("in the kitchen", ["in the mill"])):
        found = suggestions(now)
        assert [one.change.name for one in found] == [name]
        events = list(mistaken_departures(now, found))
        assert [each.change.name for each in events] == mistaken
        rejected = tuple(one.decide(Decision.REJECTED) for one in found)
        now = now.with_changes({"new_state_events": rejected})


def test_where_the_player_arrives_is_suggested() -> None:
    confirmed = StateEvent("o", MILL, Decision.ACCEPTED, Source.RULE)
    cellar = note(story(confirmed).with_turn(turn("You enter the cellar.", "The cellar is dark.")))
    assert places(cellar) == []
    assert [sentence_of(one.change) for one in suggestions(cellar)] == ["You are in the cellar."]
