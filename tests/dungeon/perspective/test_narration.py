"""Who a story is told to, and by whom."""

from dungeon import scenarios
from dungeon.perspective import is_first_person
from dungeon.prose import RejectReason, ReplyBuilder, is_second_person
from tests.rows import every_row


@every_row("scenario", scenarios.available())
def test_every_shipped_opening_is_told_to_the_player(scenario):
    assert is_second_person(scenarios.fill(scenario, {}).opening)


@every_row(
    "opening",
    [
        "I wake in the hold, and my head hurts. You are gone.",
        "Bram wakes in the hold. His head hurts.",
        "Bram wakes. “You again,” says the rat.",
        "We set out at dawn, my brother and I.",
    ],
)
def test_a_story_told_otherwise_is_left_to_its_teller(opening):
    assert not is_second_person(opening)


@every_row(
    "text",
    [
        "And so we found Jem and he went with me.",
        "I saw Jem go after his brother.",
        "My father was standing there.",
        "When I was a child, it rained.",
        "I'm going to kill you.",
        "My father gave you the key.",
        'He looked at us and said, "You are late."',
    ],
)
def test_somebody_takes_the_story_for_his_own(text):
    assert is_first_person(text)


@every_row(
    "text",
    [
        '"I am here," says the rat. "We all are."',
        "“I am here,” says the rat.",
        "'I see,' says the rat.",
        "You think that I must be mad.",
        "On the wall somebody has written: I know what is down there.",
        "A mine gapes in the hill, and the U.S. flag hangs over it.",
        "King Charles is dead, and his sister weeps.",
        "“I know,” he says, “because my brother told me.”",
    ],
)
def test_what_is_said_thought_or_written_in_the_story_stays(text):
    assert not is_first_person(text)


def told(text, *, second_person):
    reply = ReplyBuilder("You look around.", second_person=second_person)
    shown = "".join(reply.feed(character) for character in text)
    finished = reply.finish()
    assert finished.text.startswith(shown.rstrip()) or shown.startswith(finished.text)
    return finished


def test_the_story_ends_before_it_becomes_somebody_elses():
    text = "The door is open, and rain blows in. I saw Jem go after his brother. He was lost.\n"
    finished = told(text, second_person=True)
    assert finished.text == "The door is open, and rain blows in."
    assert finished.cut is RejectReason.FIRST_PERSON
    assert told(text, second_person=False).text == text.strip()


def test_nothing_remains_of_a_reply_that_somebody_tells():
    finished = told("I saw Jem go after his brother. He was lost.\n", second_person=True)
    assert (finished.text, finished.cut) == ("", RejectReason.FIRST_PERSON)
