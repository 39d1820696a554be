"""Test who is dead at the head of a story."""

from dataclasses import replace

from dungeon.state import find_dead
from dungeon.story import CONTINUE, Action, Adventure, Kind, Turn
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from tests.rows import every_row

OPENING = "You are a thief in a cellar. A guard stands at the door with a lantern."
KILL = ("You stab the guard.", "The guard falls dead. The lantern goes out.")
WAIT = ("You wait.", "Rain falls on the roof.")
DEATH = Change(Category.PERSON, "the guard", "is dead")


def story(*turns: tuple[str, str], opening: str = OPENING) -> Adventure:
    adventure = Adventure("a", "The Cellar").with_turn(Turn("0", None, Kind.OPENING, "", opening))
    for number, (action, text) in enumerate(turns, 1):
        adventure = adventure.with_turn(Turn(str(number), adventure.head, Kind.DO, action, text))
    return adventure


def decided(adventure: Adventure, turn: str, change: Change, decision: Decision) -> Adventure:
    event = StateEvent(turn, change, decision, Source.PLAYER)
    return replace(adventure, state_events=(*adventure.state_events, event))


def dead(adventure: Adventure, action: str = "You wait.") -> tuple[str, ...]:
    return find_dead(adventure, Action(Kind.DO, action)).names


def test_who_is_found_dead_stays_dead() -> None:
    assert "the guard" in dead(story(KILL))
    assert "the guard" in dead(story(KILL, WAIT, WAIT))
    assert "the guard" in find_dead(story(KILL), CONTINUE).names
    assert dead(story(WAIT)) == dead(Adventure("a", "T")) == ()


def test_a_death_belongs_to_its_line() -> None:
    adventure = story(KILL, WAIT)
    assert dead(adventure.with_head("0")) == ()
    branch = adventure.with_head("0").with_turn(Turn("b", "0", Kind.DO, *WAIT))
    assert dead(branch) == ()
    assert "the guard" in dead(branch.with_head("2"))


def test_the_player_decides_who_is_dead() -> None:
    found = story(KILL, WAIT)
    assert dead(decided(found, "1", DEATH, Decision.REJECTED)) == ()
    assert dead(decided(found, "2", replace(DEATH, removed=True), Decision.ACCEPTED)) == ()
    alive = replace(DEATH, value="is alive")
    assert dead(decided(found, "2", alive, Decision.ACCEPTED)) == ()
    silent = story(("You stab the guard.", "He falls."), WAIT)
    assert dead(silent) == ()
    assert "the guard" in dead(decided(silent, "1", DEATH, Decision.ACCEPTED))


@every_row(
    "text",
    ['"Halt," says the guard.', "The guard gets up.", "You see how the guard opens the door."],
)
def test_who_has_risen_in_the_story_is_alive(text: str) -> None:
    assert dead(story(KILL, ("You wait.", text))) == ()


def test_the_player_may_write_that_they_live() -> None:
    written = Action(Kind.STORY, "The guard gets up and rubs his neck.")
    assert find_dead(story(KILL), written).names == ()


@every_row(
    "text",
    ["The guard is dead already.", "The guard is dead, and he puts on his hat."],
)
def test_who_walks_dead_is_not_silent(text: str) -> None:
    assert dead(story(("You stab the guard.", text))) == ()


@every_row(
    "action",
    [
        "You heal the guard.",
        "You wake the guard.",
        "You raise the guard from the dead.",
        "You bring the guard back to life.",
        "You pour the potion into his mouth.",
        "You remember the guard.",
        "You lie down and sleep.",
        "You go back in time.",
        "You go back to the moment before the fight.",
    ],
)
def test_the_player_may_raise_the_dead_or_dream_of_them(action: str) -> None:
    assert dead(story(KILL), action) == ()
    assert dead(story(KILL, (action, "Nothing happens.")), "You wait.") == ()
    assert "the guard" in dead(story(KILL, (action, "Nothing happens."), WAIT, WAIT))


def test_whom_the_player_has_confirmed_dead_does_not_rise_by_a_reply() -> None:
    rises = ("You wait.", '"Halt," says the guard.')
    confirmed = decided(story(KILL, rises, WAIT), "1", DEATH, Decision.ACCEPTED)
    assert "the guard" in dead(confirmed)
    assert dead(story(KILL, rises, WAIT)) == ()
    raised = story(KILL, ("You bring the guard back to life.", "The guard gets up."), WAIT, WAIT)
    assert dead(decided(raised, "1", DEATH, Decision.ACCEPTED)) == ()


def test_the_player_may_write_that_somebody_confirmed_dead_lives() -> None:
    confirmed = decided(story(KILL, WAIT), "1", DEATH, Decision.ACCEPTED)
    words = "The guard gets up and laughs."
    told = confirmed.with_turn(Turn("s", confirmed.head, Kind.STORY, words, "He looks at you."))
    assert dead(told.with_turn(Turn("t", "s", Kind.DO, *WAIT)).with_head("t")) == ()


def test_to_go_back_somewhere_raises_nobody() -> None:
    for action in ("You go back in.", "You go back to the guard's body.", "You go back home."):
        assert "the guard" in dead(story(KILL), action)


def test_a_description_is_enough_where_others_are_there() -> None:
    opening = "A sailor waits. A breathing man lies in the bed."
    kill = ("You kill the breathing man.", "You kill the breathing man. He falls down dead.")
    killed = decided(
        story(kill, WAIT, opening=opening),
        "1",
        Change(Category.PERSON, "the breathing man", "is dead"),
        Decision.ACCEPTED,
    )
    assert dead(killed) == ("the breathing man",)


@every_row(
    "opening",
    [
        f"{OPENING} The king's necromancer lives above.",
        f"{OPENING} They say that the house is haunted.",
        f"{OPENING} He has nine lives.",
        "You are an actor in a theatre. A guard stands at the door.",
    ],
)
def test_nobody_is_dead_for_sure_where_the_dead_may_come_back(opening: str) -> None:
    assert dead(story(KILL, opening=opening)) == ()
    assert dead(replace(story(KILL), memory="The dead rise at night.")) == ()


def test_who_may_be_taken_for_another_is_left_alone() -> None:
    assert dead(story(KILL, ("You wait.", "Another guard comes down the stairs."))) == ()
    assert dead(story(KILL), "You call for a guard.") == ()


def test_a_pronoun_means_the_dead_where_nobody_else_is_there() -> None:
    assert "he" in dead(story(KILL))
    assert "he" not in dead(story(KILL, ("You wait.", "The cook comes down the stairs.")))
    assert "he" not in dead(story(KILL, ("You wait.", "You hear that Tom is near.")))
