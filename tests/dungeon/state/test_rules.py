"""Test what the rules find in a turn, and above all what they leave alone."""

from dungeon.state import find_changes, sentence_of
from dungeon.state.evidence import evidence_of
from dungeon.story import Kind, Turn
from tests.rows import every_row


def found(reply: str, action: str = "", kind: Kind = Kind.DO) -> list[str]:
    """Return the changes in a turn as sentences."""
    return [sentence_of(change) for change in find_changes(Turn("t", None, kind, action, reply))]


def test_prose_of_the_player_counts_like_a_reply() -> None:
    told = "You are in the hall. You take the lamp."
    expected = ["You are in the hall.", "You carry the lamp."]
    assert found(told) == expected
    assert found("It is quiet.", told, Kind.STORY) == expected
    assert found("", told, Kind.STORY) == expected
    lost = "The lamp slips from your hand and falls into the well."
    assert found(lost, told, Kind.STORY) == found(f"{told} {lost}")
    assert found("It is quiet.", f'You say "{told}"', Kind.SAY) == []


@every_row(
    ("reply", "sentences"),
    [
        ("You take the silver cup from the shelf.", ["You carry the silver cup."]),
        (
            "You pick up a rope, the lamp and some bread.",
            ["You carry a rope.", "You carry the lamp.", "You carry some bread."],
        ),
        ("You bow and take her ring.", ["You carry her ring."]),
        ("Old Bram gives you a sack of flour.", ["You carry a sack of flour."]),
        ("The candle goes in your belt.", ["You carry the candle."]),
        ("You have a knife in your hand.", ["You carry a knife."]),
        ("You took the key, and you slipped it away.", ["You carry the key."]),
        ("You drop the lamp.", ["You no longer carry the lamp."]),
        ("You give the boy your knife.", ["You no longer carry your knife."]),
        ("The rat takes your bread.", ["You no longer carry your bread."]),
        ("Your lamp is gone.", ["You no longer carry your lamp."]),
        ("You step into the mill.", ["You are in the mill."]),
        ("You come to a side cave with a fire in it.", ["You are in a side cave."]),
        ("You walk to Tar Bridge.", ["You are at Tar Bridge."]),
        ("The old king is dead.", ["The old king is dead."]),
        ("You kill the rat with one blow.", ["The rat is dead."]),
        ("Sir Humphrey dies in the winter.", ["Sir Humphrey is dead."]),
        ("You are wounded in the leg.", ["You are wounded in the leg."]),
        ("It bites you in the ear.", ["You are bitten in the ear."]),
        ("You fall and break your arm.", ["Your arm is broken."]),
        ("Bram is now your friend.", ["Bram is your friend."]),
        ("The witch trusts you.", ["The witch trusts you."]),
        (
            "You promise Kofi to find the ring.",
            ["You have promised to find the ring."],
        ),
    ],
)
def test_what_is_plainly_told_is_found(reply: str, sentences: list[str]) -> None:
    assert found(reply) == sentences


@every_row(
    "reply",
    [
        "You take a deep breath.",
        "You take a step back and look at the door.",
        "You take the path to the left.",
        "You take the boy by the hand.",
        "You take the rope the sailor left you.",  # the phrase has no clear end
        "You take the lamp, but it slips out of your hand.",
        "You try to take the lamp.",
        "You could take the lamp.",
        "If you take the lamp, it goes dark.",
        "You do not take the lamp.",
        "Do you take the lamp?",
        "You remember how you took the lamp.",
        '"You take the lamp," says Bram.',
        "Bram takes the lamp.",
        "He sighs and takes the lamp.",
        "You are in the dark.",
        "You are in trouble.",
        "You come to the conclusion.",
        "You run to Gordon.",
        "You reach the lamp.",
        "The king is dead tired.",
        "The fire dies.",
        "The radio is dead.",
        "You are dead.",
        "It is dead.",
        "The second is dead.",
        "The bandit is dead, and his hat rolls away. He laughs.",
        "You kill the monk by accident. He is only wounded.",
        "You are almost wounded in the leg.",
        "The wind bites your face.",
        "You promise to wait.",
        "He is like a friend who trusts you.",
        "You step into the mill if the dog sleeps",  # no whole sentence
        "You take " + "the very " * 200 + "lamp.",
    ],
)
def test_what_is_not_certain_is_left_alone(reply: str) -> None:
    assert found(reply) == []


def test_a_model_breaks_lines_within_sentences() -> None:
    assert found("You take the\nred lamp from the\nshelf.") == ["You carry the red lamp."]
    assert found("You take the\n\nred lamp from the shelf.") == []
    assert found("It is hot. The man in the suit\ntakes the lamp.", "You take the lamp.") == []


def test_an_action_counts_where_the_reply_takes_it_up() -> None:
    assert found("The cup is warm.", "You take the cup.") == ["You carry the cup."]
    assert found("You enter.", "You take the cup.") == []
    assert found("The cup does not move.", "You take the cup.") == []
    assert found("The cup is warm.", "You take the cup. (You roll 3 of 20 and fail.)") == []
    assert found("The cup is warm.", "You take the cup.", Kind.SAY) == []
    assert found("He nods.", "You promise to find the ring.") == [
        "You have promised to find the ring."
    ]
    assert found("The rat squeals.", "You kill the rat.") == []  # only the story says who dies


def test_an_opening_says_what_the_player_has() -> None:
    assert found("You are Ada, a monk, with a lamp, a rope and a plan.", kind=Kind.OPENING) == [
        "You carry a lamp.",
        "You carry a rope.",
    ]
    assert found("You have a copper chisel and eight biscuits.", kind=Kind.OPENING) == [
        "You carry a copper chisel.",
        "You carry eight biscuits.",
    ]
    assert found("You have a lamp and a rope.") == []
    assert found("He comes with a lamp, with a rope.", kind=Kind.OPENING) == []


def test_what_a_reply_says_of_a_thing_is_looked_for_once_and_of_a_bounded_number() -> None:
    looping = "You take " + ", ".join(["a lamp"] * 45) + ". "
    evidence_of.cache_clear()
    assert found(looping * 20) == ["You carry a lamp."]
    assert evidence_of.cache_info().misses == 1
    many = [f"a {one}{other} lamp" for one in "bcdfg" for other in "klmnprstvwxyz"]
    story = " ".join(f"You take {', '.join(many[at : at + 8])}." for at in range(0, 65, 8))
    assert len(found(story)) == 60


def test_hostile_text_takes_linear_time() -> None:
    assert found(", and ".join(["you take the"] * 5_000) + ".") == []
    assert found("You take " + ", ".join(["the cup"] * 60) + " and", "x" * 1000) == []
    assert len(found("the cup " * 5_000 + "in your " * 5_000, "You take the cup.")) < 2
