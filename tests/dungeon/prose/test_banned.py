"""Tests that a sentence with a banned phrase is not told, on engines that could not avoid it."""

from dungeon.prose import FinishedReply, RejectReason, ReplyBuilder
from dungeon.text.phrases import ban
from tests.rows import every_row

STORY = [
    "The wind howls over the black moor.\n\nNobody answers.",
    "“You are late again, my friend,” he says.",
]
PHRASES = ["heart skips a beat"]


def reply_to(written: str, *, size: int = 3) -> tuple[FinishedReply, str]:
    reply, shown = ReplyBuilder(banned=ban(PHRASES, STORY)), ""
    for at in range(0, len(written), size):
        shown += reply.feed(written[at : at + size])
    return reply.finish(), shown


@every_row("size", [1, 7, 400])
def test_a_sentence_of_the_story_ends_the_reply_before_it(size):
    finished, shown = reply_to(
        "The gate is shut. The wind howls over the black moor. So.", size=size
    )
    assert finished == FinishedReply("The gate is shut.", "sentence", RejectReason.LOOP)
    assert "howls" not in shown


def test_at_the_beginning_it_is_skipped():
    finished, shown = reply_to("The wind howls over the black moor! A lamp goes out. ")
    assert finished.text == shown == "A lamp goes out."


@every_row(
    "new",
    [
        "The wind howls over the grey moor.",
        "Nobody answers.",
        "Your heart skips a meal.",
    ],
)
def test_other_words_and_short_sentences_are_told(new):
    finished, shown = reply_to(f"You wait. {new} ")
    assert finished.text == shown.rstrip() == f"You wait. {new}"


@every_row("size", [1, 400])
def test_a_banned_phrase_within_a_sentence_ends_the_reply_too(size):
    written = "The gate is shut. Your heart skips a beat at that."
    finished, shown = reply_to(written, size=size)
    assert finished.text == "The gate is shut."
    assert "skips" not in shown
