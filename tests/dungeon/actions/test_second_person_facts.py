"""Test that what a player writes of themselves is put into the person of the story."""

from dungeon.actions import facts_to_second_person, kept_first_person
from tests.rows import every_row


@every_row(
    ("typed", "kept"),
    [
        ("My name is Ada.", "Your name is Ada."),
        ("You are Wick. i have a lamp", "You are Wick. You have a lamp"),
        ("I'm a cook,  Tom my son.\n\nI run!", "You're a cook,  Tom your son.\n\nYou run!"),
        ("Me and Tom are thieves.", "You and Tom are thieves."),
        ("We have a lamp. Henry I is king.", "We have a lamp. Henry I is king."),
        ('Tom says "I am lost." I am not.', 'Tom says "I am lost." You are not.'),
        ("The sign says: I watch. I fear it.", "The sign says: I watch. You fear it."),
        ("My name is Ada: I am a thief. I run.", "Your name is Ada: you are a thief. You run."),
        ("I have a rule: I never run.", "I have a rule: I never run."),
        ("Me llamo Ada. Je m'appelle Ada, et toi?", "Me llamo Ada. Je m'appelle Ada, et toi?"),
        ("", ""),
    ],
)
def test_facts_are_in_the_second_person(typed: str, kept: str) -> None:
    assert facts_to_second_person(typed) == kept
    assert facts_to_second_person(kept) == kept


def test_only_what_may_be_a_quotation_is_named_as_kept() -> None:
    sign = "The sign says: I watch."
    assert kept_first_person(f"My name is Ada: I am a thief. {sign} Two things: a lamp.") == [sign]


def test_a_long_memory_takes_linear_time() -> None:
    assert facts_to_second_person("I am. " * 5_000) == "You are. " * 5_000
