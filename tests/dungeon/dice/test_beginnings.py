"""Test how the reply to an action that was rolled for begins."""

from dungeon.dice import Roll, done_beginning, reply_beginning, tried_sentence
from dungeon.text.phrases import BannedPhrases
from tests.rows import every_row

LONG = "climb " + "up and up " * 12


@every_row(
    ("action", "die", "beginning"),
    [
        ("You jump over the gap.", 1, "You try to jump over the gap, but it goes badly wrong, and"),
        ("You jump over the gap.", 6, "You try to jump over the gap, but"),
        ("You jump over the gap.", 15, "You jump over the gap."),
        ("You jump over the gap!", 15, "You jump over the gap!"),
        ("You jump over the gap!!", 20, "With brilliant luck you jump over the gap!"),
        ("You jump over the gap!", 6, "You try to jump over the gap, but"),
        ("You jump over the gap?", 15, "You jump over the gap."),
        ("You jump over the gap.", 20, "With brilliant luck you jump over the gap."),
        ("You try to swim…", 6, "You try to swim, but"),
        ("You try to swim.", 15, "You swim."),
        ("You jump. You grab the rope.", 6, "You try to jump, but"),
        (f"You {LONG}.", 6, "You fail, and"),
        ('You say "Open."', 15, "You succeed."),
        ("You shout “Open!” at the door.", 6, "You fail, and"),
        ("You call him 'old goat'.", 15, "You succeed."),
        ("You take the king's hat.", 15, "You take the king's hat."),
        ("You are brave.", 6, ""),
        ("You don't jump.", 6, ""),
        ("You do not jump.", 15, ""),
        ("Ich springe.", 6, ""),
        ("Xyzzy.", 15, ""),
    ],
)
def test_a_reply_begins_with_the_outcome(action: str, die: int, beginning: str) -> None:
    assert reply_beginning(f"{action} {Roll(die).sentence}") == beginning


def test_a_reply_without_a_roll_begins_as_it_likes() -> None:
    assert reply_beginning("You jump over the gap.") == ""
    assert reply_beginning("") == ""


def test_what_the_player_has_banned_is_no_beginning() -> None:
    action = f"You kick the dead king. {Roll(6).sentence}"
    assert reply_beginning(action, BannedPhrases(["dead king"])) == "You fail, and"
    assert not done_beginning(action, BannedPhrases(["dead king"]))


@every_row(
    ("action", "beginning"),
    [
        ("You take the lamp.", "You take the lamp."),
        ("You take the lamp. You run.", "You take the lamp."),
        ("You try to run!", "You run!"),
        ("You run?!", "You run!"),
        ("You run. You shout!", "You run."),
        ("You wait…", "You wait."),
        ('You say "Open."', ""),
        (f"You {LONG}.", ""),
        ("You are brave.", ""),
        ("Ich laufe.", ""),
        ("", ""),
    ],
)
def test_a_reply_may_begin_with_what_was_done(action: str, beginning: str) -> None:
    assert done_beginning(action) == beginning


@every_row(
    ("action", "sentence"),
    [
        ("You take the lamp.", "You try to take the lamp."),
        (f"You run! {Roll(6).sentence}", "You try to run!"),
        ("You try to run!", "You try to run!"),
        ("You are brave.", ""),
    ],
)
def test_an_action_may_be_told_as_only_tried(action: str, sentence: str) -> None:
    assert tried_sentence(action) == sentence
