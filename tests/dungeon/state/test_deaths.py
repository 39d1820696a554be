"""Test who is found dead by an action and its reply, and who is not."""

from dungeon.state import find_changes
from dungeon.state.mentions import mentions
from dungeon.story import Kind, Turn
from dungeon.story.state_events import Category
from tests.rows import every_row

OPENING = Turn("0", None, Kind.OPENING, "", "A guard stands at the door. The rain is cold.")


def dead(action: str, reply: str, *before: Turn) -> list[str]:
    """Return who is found dead, with what is true of them."""
    turn = Turn("9", "0", Kind.DO, action, reply)
    changes = find_changes(turn, before or (OPENING,))
    return [f"{each.name} {each.value}" for each in changes if each.category is Category.PERSON]


GUARD = ["the guard is dead"]


@every_row(
    ("action", "reply", "expected"),
    [
        ("You kill the guard.", "He falls and does not move.", GUARD),
        ("You kill him.", "He's dead.", GUARD),
        ("You kill him.", "The guard is dead.", GUARD),
        ("You attack the guard.", "The guard's dead.", GUARD),
        ("You stab him with the knife.", "He drops to his knees. He does not move.", GUARD),
        ("You shoot the guard. (You roll 14 of 20 and succeed.)", "He drops dead.", GUARD),
        ("You cut his throat.", "He sinks down the wall and dies.", GUARD),
        ("You cut off the guard's head.", "His head rolls across the floor.", GUARD),
        ("You hit the guard on the head.", "He goes down and lies still.", GUARD),
        ("You draw the sword and run him through.", "Your sword kills him at once.", GUARD),
        ("You drive the knife into his heart.", "He breathes his last.", GUARD),
        ("You throw the axe at the guard.", "The axe takes him in the neck, and he dies.", GUARD),
        ("You check whether he is dead.", "He is dead.", GUARD),
        ("You look at the guard.", "He is dead. He had a wife.", GUARD),
        ("You strangle her.", "She stops breathing.", GUARD),
        (
            "You shoot Old Bram.",
            "Bram falls off the wall. He never moves again.",
            ["Old Bram is dead"],
        ),
        ("You attack the gorrom.", "It is dead.", ["the gorrom is dead"]),
        ("You kill the gangster.", "He falls and does not move.", ["the gangster is dead"]),
        ("You shoot the wolf.", "It lies still in the snow.", ["the wolf is dead"]),
        ("You attack the orcs.", "They fall and do not move.", ["the orcs are dead"]),
        ("You attack the witches.", "They fall and do not move.", ["the witches are dead"]),
        ("You shoot the policemen.", "They fall and do not move.", ["the policemen are dead"]),
        ("You stab the spies.", "Both of them die.", ["the spies are dead"]),
        ("You stab the orcs.", "They fall over, and all four of them die.", ["the orcs are dead"]),
        ("You cut Sir Hugo's throat.", "He falls and is dead.", ["Sir Hugo is dead"]),
        ("You shoot them.", "Both soldiers fall. They do not move.", ["the soldiers are dead"]),
    ],
)
def test_who_is_attacked_is_dead_where_the_reply_says_so(
    action: str, reply: str, expected: list[str]
) -> None:
    assert dead(action, reply) == expected


@every_row(
    ("action", "reply"),
    [
        ("You kill the guard.", "He falls."),
        ("You kill the guard.", "He does not move. He laughs."),
        ("You kill the guard.", "He falls and does not move. Then he gets up."),
        ("You kill the guard.", 'He falls and does not move. "Ow," he says.'),
        ("You kill the guard.", "He is almost dead."),
        ("You kill the guard.", "He is dead tired."),
        ("You kill the guard.", "He is dead, but he is still breathing."),
        ("You kill the guard.", "If he falls, he is dead."),
        ("You kill the guard.", '"He is dead," says the cook.'),
        ("You kill the guard.", "You can't kill the guard. The axe is too big."),
        ("You kill the guard.", "Nothing kills him."),
        ("You shoot the guard.", "The bullet does not kill him."),
        ("You attack the guard.", "You lift the axe to kill him."),
        ("You kill the guard.", "The cook comes in. He falls and does not move."),
        ("You kill the guard.", "You fall and do not move."),
        ("You kill the guard. (You roll 2 of 20 and fail.)", "He falls and does not move."),
        ("You look at the guard.", "He sits by the wall and does not move. He is asleep."),
        ("You push the guard.", "He falls and does not get up."),
        ("You stab his coat.", "It falls and does not move."),
        ("You hit the lamp.", "It falls and lies still."),
        ("You hit the ground.", "It does not move. You fall, and it lies still."),
        ("You drop your lamp on the floor.", "It dies."),
        ("You talk to the guard.", "He falls and does not move."),
        ("You kill the mood.", "It is quiet."),
    ],
)
def test_nobody_is_dead_without_the_reply(action: str, reply: str) -> None:
    assert dead(action, reply) == []


def test_a_pronoun_means_whoever_was_mentioned_last() -> None:
    two = Turn("1", "0", Kind.DO, "You wait.", "The cook and the monk come in.")
    assert dead("You kill him.", "He is dead.", OPENING, two) == []  # it may be either
    assert dead("You kill him.", "The monk falls. He is dead.", OPENING, two) == []
    talk = Turn("2", "1", Kind.DO, "You attack the monk.", "The cook screams.")
    assert dead("You kill him.", "He is dead.", OPENING, two, talk) == ["the monk is dead"]
    again = Turn("3", "2", Kind.DO, "You stab him again.", "Rain drums on the roof.")
    assert dead("You kill him.", "He is dead.", talk, again) == ["the monk is dead"]
    lady = Turn("4", "0", Kind.DO, "You wait.", "A lady comes in with a monk and a grey wolf.")
    assert dead("You kill her.", "She is dead.", lady) == ["the lady is dead"]
    assert dead("You kill it.", "It is dead.", lady) == ["the grey wolf is dead"]
    troll = Turn("6", "0", Kind.DO, "You wait.", "Finn throws a stone at the troll.")
    assert dead("You stab him.", "He falls down dead.", troll) == []  # a monster is he, too
    court = Turn("5", "0", Kind.DO, "You wait.", "Princess Ada comes in with Count Orlo.")
    assert dead("You kill him.", "He is dead.", court) == ["Count Orlo is dead"]
    assert dead("You kill her.", "She is dead.", court) == ["Princess Ada is dead"]


def test_mentions_are_people_and_animals() -> None:
    text = (
        "You are a thief. The old guard's dog bites Captain Hale. Snow falls. Bogdan picks a lock."
    )
    assert [each.name for each in mentions(text)] == ["the old guard", "Captain Hale", "Bogdan"]
