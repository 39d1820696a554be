"""Test that a sentence in which the dead speak or act is neither told nor shown."""

from dungeon.prose import FinishedReply, RejectReason, ReplyBuilder
from dungeon.state import TheDead
from tests.rows import every_row

GUARD = TheDead(("the guard",))


def reply_to(written: str, size: int) -> tuple[FinishedReply, str]:
    reply, shown = ReplyBuilder("You wait.", dead=GUARD), ""
    for at in range(0, len(written), size):
        shown += reply.feed(written[at : at + size])
    return reply.finish(), shown


@every_row("size", [1, 7, 400])
@every_row(
    "act",
    ['"Halt!" says the guard.', "The guard gets up.", "“Halt. Who goes?” says the guard."],
)
def test_the_reply_ends_before_it(act: str, size: int) -> None:
    finished, shown = reply_to(f"The lantern goes out. {act} Rain falls.", size)
    assert finished == FinishedReply("The lantern goes out.", "sentence", RejectReason.DEAD_ACT)
    assert shown.rstrip() == "The lantern goes out."


@every_row("size", [1, 400])
def test_a_reply_that_begins_with_it_is_empty(size: int) -> None:
    finished, shown = reply_to('"Halt!" says the guard. Rain falls.', size)
    assert (finished.text, finished.cut, shown) == ("", RejectReason.DEAD_ACT, "")


@every_row("size", [1, 400])
def test_what_else_is_said_of_the_dead_is_told(size: int) -> None:
    written = 'The guard lies on his back. "Poor man," says the cook. The guard says nothing.'
    finished, shown = reply_to(written, size)
    assert finished.text == written
    assert written.startswith(shown)


def test_another_one_is_told_apart() -> None:
    written = 'A second guard comes in. "Halt!" says the guard.'
    assert reply_to(written, 1)[0].text == written
