"""Tests for dungeon.prose.restatement, and what it means for a reply."""

from dungeon.prose import ReplyBuilder
from dungeon.prose.restatement import Restatements
from tests.rows import every_row


def told(text: str, size: int = 3) -> tuple[str, str]:
    """Return the finished text, and what was shown of it while it came in chunks of `size`."""
    reply = ReplyBuilder(target_length=400)
    shown = "".join(reply.feed(text[at : at + size]) for at in range(0, len(text), size))
    return reply.finish().text, shown


@every_row(
    ("text", "kept"),
    [
        ("It comes off. It's wet. It's wet again.", "It comes off. It's wet."),
        ("You're wet from the sword. You're wet. He laughs.", "You're wet from the sword."),
        ("He's on the floor. He's on the floor too. You run.", "He's on the floor."),
        ("The door opens. You go in. THE DOOR OPENS, and", "The door opens. You go in."),
    ],
)
def test_a_reply_ends_before_a_sentence_that_it_has_said(text: str, kept: str) -> None:
    for size in (1, 2, 5, len(text)):
        assert told(text, size) == (kept, kept)


@every_row(
    "text",
    [
        "It looks at the stove. It looks at the rind.",
        "No. No, he will not come back.",
        "You wait. The wait is long.",
        "The key turns. The keyhole is dark.",
        "It is a door. Is it a door?",
    ],
)
def test_sentences_that_only_begin_alike_stay(text: str) -> None:
    assert told(text)[0] == text


def test_a_start_that_may_become_a_restatement_is_held_back() -> None:
    said = Restatements()
    assert not said.may_restate("")
    said.add("It is wet.")
    starts = ("", '"', "I", "It is", "It is we", "It is wet")
    assert all(said.may_restate(start) for start in starts)
    assert not any(said.may_restate(start) for start in ("The", "It was", "It is dry"))
