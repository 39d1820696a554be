from dungeon.data_files.player_turns import continues_only, to_action_text
from tests.rows import every_row


@every_row(
    ("message", "action"),
    [
        ("open the door", "You open the door."),
        ("I open the door", "You open the door."),
        ("> take lamp", "You take lamp."),
        ("north", "You go north."),
        ("xyzzy", "You xyzzy."),
        ("parry the blow", "You parry the blow."),
        ("You will pay for this!", "You will pay for this!"),
        ("Who are you?", 'You say "Who are you?"'),
        ("tell the guard a lie", "You tell the guard a lie."),
        ("play the flute", "You play the flute."),
    ],
)
def test_what_the_player_does_is_an_action(message: str, action: str) -> None:
    assert to_action_text(message) == action


@every_row(
    "message",
    [
        "",
        "Write a short story about a dragon.",
        "Tell me a long bedtime story.",
        "Can you write like a pirate?",
        "I want you to act as a dungeon master.",
        "The dragon roars.",
        "Alex walks in.",
        "I open the door.\nThen I run.",
        "I open the door. " * 30,
    ],
)
def test_instructions_and_prose_are_no_actions(message: str) -> None:
    assert to_action_text(message, opens=True) == ""


def test_what_asks_for_more_is_known() -> None:
    assert continues_only("Continue the story.")
    assert not continues_only("Continue north")
