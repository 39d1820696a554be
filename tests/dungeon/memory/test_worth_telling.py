"""Test which sentences tell what has happened, and which need another one before them."""

from dungeon.memory.worth_telling import (
    introduced_words,
    is_echo,
    is_refusal,
    is_unclear,
    told_action,
    worth,
)
from tests.rows import every_row


@every_row(
    "sentence",
    [
        "You stab the king in the heart, and he falls dead.",
        "You take the crown and put it in your sack.",
        "Old Marta gives you a brass key.",
        "You lose the lamp in the water.",
        "The bridge breaks behind you.",
        "A man with a sword comes in.",
        "There is oil in a small box, and there is a letter under it.",
        "You reach the mill before dark.",
        "The dog's name is Barley.",
        '"I will bring you the ring," says the boy.',
        '"Give me the crown," says the king.',
        "You try to swing your sword, but it breaks.",
        "A snake bites you in the leg.",
        "The door opens.",
        "You are a lamplighter with a lamp and a cup.",
        "You are Yara, mechanic, with a wrench in your hand.",
    ],
)
def test_what_happens_is_worth_telling(sentence: str) -> None:
    assert worth(sentence) >= 1.5


@every_row(
    "sentence",
    [
        "You look around.",
        "You wait in the dark.",
        "You listen at the wall.",
        "It is dark and cold.",
        "The air is very still.",
        "Your hands are cold.",
        "Nothing happens.",
        "You see nothing in the hall.",
        '"Who are you?" asks the man.',
        "You stand before the wall.",
    ],
)
def test_what_only_is_so_is_not(sentence: str) -> None:
    assert worth(sentence) <= 0


@every_row(
    ("sentence", "is_it"),
    [
        ("He falls dead.", True), ("Then she opens the door.", True), ("It breaks.", True),
        ("You cut off his head.", True), ("You hold it out.", True), ('"Give it to me."', True),
        ('"Halt," he says.', True), ('"I am king" and "Halt."', True),
        ("The king falls, and he dies.", False), ("Éowyn gives you her ring.", False),
        ("他死了", False),  # without spaces: one word, and no quotation
        ("Mara gives you her key.", False), ("You hit the man, and he falls.", False),
        ("You take the cup that is gold.", False), ('"It is mine," says the king.', False),
    ],
)  # fmt: skip
def test_a_pronoun_that_may_be_anybodys_is_unclear(sentence: str, is_it: bool) -> None:
    assert is_unclear(sentence) is is_it


def test_an_action_is_a_sentence_of_the_story_without_its_roll() -> None:
    assert told_action("You hit the lock. (You roll 15 of 20 and succeed.)") == "You hit the lock."
    assert told_action("You hit the lock. (You roll 6 of 20 and fail.)") == (
        "You try to hit the lock."
    )
    assert told_action('You say "Open." (You roll 6 of 20 and fail.)') == ""
    assert told_action("You hit the lock") == "You hit the lock."
    assert told_action("You hit the lock!") == "You hit the lock!"
    assert told_action("You wait…") == told_action("You wait?") == "You wait."
    assert told_action('You say "Open the door."') == told_action("look") == ""


def test_an_echo_tells_the_action_and_nothing_else() -> None:
    assert is_echo("You tie his hands with the strap.", "You tie the man's hands with the strap.")
    assert not is_echo("You tie his hands, and he cries.", "You tie his hands.")
    assert not is_echo("The door opens.", "You open the door.")


@every_row(
    "sentence",
    [
        "You cannot open it.", "You can’t open it.", "You do not open the door.",
        "You try to open it.", "You could open the door.", "You almost open it.",
    ],
)  # fmt: skip
def test_what_was_not_done_is_no_echo(sentence: str) -> None:
    assert not is_echo(sentence, "You open the door.")
    assert is_refusal(sentence, "You open the door.")
    assert is_echo("You try to open it.", "You try to open the door.")
    assert not is_refusal("You try to open it.", "You try to open the door.")
    assert not is_refusal("You do not see the cat.", "You open the door.")


def test_what_is_brought_in_is_known() -> None:
    assert introduced_words("A fat rat sits on a box.") >= {"rat", "box"}
    assert introduced_words("The rat sits on the box.") == frozenset()
