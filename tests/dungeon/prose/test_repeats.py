"""Tests that no sentence of the story is told twice word for word."""

import pytest

from dungeon.prose import EarlierSentences, FinishedReply, RejectReason, ReplyBuilder

STORY = [
    "The wind howls over the black moor.\n\nNobody answers.",
    "“You are late again, my friend,” he says.",
]


def reply_to(written: str, *, size: int = 3) -> tuple[FinishedReply, str]:
    reply, shown = ReplyBuilder(earlier=EarlierSentences(STORY)), ""
    for at in range(0, len(written), size):
        shown += reply.feed(written[at : at + size])
    return reply.finish(), shown


@pytest.mark.parametrize("size", [1, 7, 400])
def test_a_sentence_of_the_story_ends_the_reply_before_it(size):
    finished, shown = reply_to(
        "The gate is shut. The wind howls over the black moor. So.", size=size
    )
    assert finished == FinishedReply("The gate is shut.", "sentence", RejectReason.LOOP)
    assert "howls" not in shown


def test_at_the_beginning_it_is_skipped():
    finished, shown = reply_to("The wind howls over the black moor! A lamp goes out. ")
    assert finished.text == shown == "A lamp goes out."


@pytest.mark.parametrize(
    "new",
    [
        "The wind howls over the black moor and the sea.",
        "The wind howls over the grey moor.",
        "Nobody answers.",
    ],
)
def test_a_sentence_that_differs_and_a_short_one_are_told(new):
    finished, shown = reply_to(f"You wait. {new} ")
    assert finished.text == shown.rstrip() == f"You wait. {new}"


def test_marks_and_capitals_make_no_difference():
    assert "THE WIND HOWLS, OVER THE BLACK MOOR" in EarlierSentences(STORY)
    assert "The wind howls" not in EarlierSentences(STORY)
    assert "" not in EarlierSentences([])
