"""A reply while it arrives and when it is finished."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dungeon import transcript
from dungeon.prose import FinishedReply, RejectReason, ReplyBuilder
from tests.dungeon.prose.shaping import shape_reply
from tests.patience import not_endless
from tests.rows import every_row


def streamed(reply: ReplyBuilder, text: str, size: int = 3) -> str:
    """Feed `text` as a model would write it, and return what was shown."""
    shown = ""
    for start in range(0, len(text), size):
        if reply.done:
            break
        shown += reply.feed(text[start : start + size])
    return shown


@every_row(
    ("written", "told"),
    [
        ("\nThe door opens. A cold wi", "The door opens."),
        ('He says, "Hello."', 'He says, "Hello."'),
        ('He says, "Hello." Then he le', 'He says, "Hello."'),
        ('"Run!" she cries. "They are com', '"Run!" she cries.'),
        ("“Run. Hide,” she says. “They", "“Run. Hide,” she says."),
        (
            '"I was born here.\n\n"I will die here." You no',
            '"I was born here.\n\n"I will die here."',
        ),
        ("One.\n\n\n \nTwo.  \nThree.", "One.\n\nTwo.\nThree."),
        ("  \n\n   It rains.", "It rains."),
    ],
)
def test_a_reply_ends_at_a_sentence_outside_quotations(written, told):
    assert shape_reply(written) == FinishedReply(told, "sentence")


@every_row(
    ("written", "told"),
    [
        ("a narrow path of black sto", "a narrow path of black…"),
        ("a narrow path of black stones,", "a narrow path of black stones…"),
        ('"Who goes there? Speak, or I', '"Who goes there?"'),
        ("He whispers, “Who goes there, in the da", "He whispers, “Who goes there, in the…”"),
        ('Dragon: "I am the Shadow"', 'Dragon: "I am the Shadow…"'),
        (
            "The contents of the envelope are:\n\n1. A note that reads:",
            "The contents of the envelope are…",
        ),
    ],
)
def test_where_no_sentence_ended_the_last_words_are_closed(written, told):
    assert (shape_reply(written).text, shape_reply(written).ended) == (told, "length")


@every_row("written", ["", "\n\n", "...", "unbeliev", "***", '"', "> You run.", ">"])
def test_a_reply_without_prose_is_empty(written):
    assert shape_reply(written).text == ""


def test_a_players_line_ends_the_reply_at_once_and_is_never_shown():
    reply = ReplyBuilder()
    assert streamed(reply, "The door opens, and a cold wind blows.\n\n", size=1) != ""
    assert not reply.done
    assert reply.feed(">") == ""
    assert reply.done
    assert reply.feed(" You run. More.") == ""
    assert reply.finish() == FinishedReply(
        "The door opens, and a cold wind blows.", "sentence", RejectReason.SPEAKS_FOR_PLAYER
    )


def test_a_reply_is_done_at_a_sentence_once_it_is_long_enough():
    reply = ReplyBuilder(target_length=30)
    reply.feed("The door opens. A cold wind blows in. And mo")
    assert reply.done
    assert reply.finish().text == "The door opens. A cold wind blows in."


def test_the_end_of_a_paragraph_is_taken_when_it_is_near():
    reply = ReplyBuilder(target_length=40)
    reply.feed("The door opens. A cold wind blows in.\n")
    assert reply.done


def test_a_quotation_is_heard_to_its_end():
    reply = ReplyBuilder(target_length=10)
    streamed(reply, '"I am old. I am tired. I am done," he says. You nod.')
    assert reply.finish().text == '"I am old. I am tired. I am done," he says.'


def test_a_quotation_never_closed_does_not_freeze_the_reply():
    reply = ReplyBuilder(target_length=10)
    streamed(reply, '"I am old.\n\nHe leaves. Night falls.')
    assert reply.done
    assert reply.finish().text == '"I am old.\n\nHe leaves.'


def test_the_ceiling_ends_what_never_ends():
    reply = ReplyBuilder(max_length=50)
    streamed(reply, "and on " * 100)
    assert reply.done
    assert reply.finish().text == "and on " * 6 + "and on…"
    at_once = ReplyBuilder(max_length=50)
    at_once.feed("and on " * 100)
    assert at_once.finish() == reply.finish()


def test_the_beginning_of_a_sentence_is_shown():
    shown = streamed(ReplyBuilder(), "The door opens slowly, and behind it there st")
    assert shown == "The door opens slowly, and behind it there st"


def test_a_question_to_the_player_is_never_shown():
    reply = ReplyBuilder()
    shown = streamed(reply, "The door opens on a long dark hall.\n\nWhat do you do? ", size=1)
    assert shown == "The door opens on a long dark hall."
    assert reply.finish() == FinishedReply(shown, "sentence", RejectReason.QUESTION)


def test_a_question_in_passing_stays_but_never_ends_the_reply():
    told = "The door opens. What will you do? Before you can choose, it shuts. You wait."
    assert shape_reply(told).text == told
    assert (
        shape_reply("The door opens. What will you do? Before you can ch").text == "The door opens."
    )


def test_a_plain_line_is_shown_after_two_words():
    reply = ReplyBuilder("You open the door.")
    assert reply.feed("\nThe h") == "The h"
    assert reply.feed("all is dark") == "all is dark"
    assert reply.feed("\n\nChapter h") == ""


def test_an_echo_is_dropped_and_never_shown():
    reply = ReplyBuilder("You open the door.")
    shown = streamed(reply, "You open the door. Inside it is dark. The stairs lead down.", size=1)
    assert reply.finish().text == "Inside it is dark. The stairs lead down."
    assert reply.finish().text.startswith(shown)


def test_debris_before_the_story_is_dropped_and_after_it_ends_the_reply():
    finished = shape_reply(
        "Chapter 2: The Door\n\nIt opens. You enter.\n\n### Choices\n\nYou leave."
    )
    assert finished == FinishedReply("It opens. You enter.", "sentence", RejectReason.DEBRIS)
    assert shape_reply("Chapter 2. The Door\nIt opens.").text == "It opens."


def test_nothing_is_kept_after_speech_of_the_player():
    assert shape_reply('"Yes," you say. The door opens.') == FinishedReply(
        "", "length", RejectReason.SPEAKS_FOR_PLAYER
    )


ACTIONS = st.sampled_from(["", "You open the door.", 'You say "Who is there?"'])
SCRAPS = st.sampled_from(
    [
        "You open the door. ", 'You say "Who is there?" ', '"No," you say. ', "What do you do? ",
        "Mr. Hale nods. ", 'He says, "Hello." ', "“Hush. Now,” ", "1. Go north\n", "The end.\n",
        "\n> You run.\n", "\n\n", "\n", " ", '"', "'", "...", "Sure! Here is a story: ", "wait",
        "Chapter 3\n", "You decide. ", "The choice is yours. ", "Now, what now? ", "What now? ",
        "### ", "> ", "So what now? ", "He says, 'Go. Now.' ", "It rains, and the river rises. ",
    ]
)  # fmt: skip
STREAMS = st.lists(SCRAPS | st.text(max_size=6), max_size=14).map("".join) | st.text()


@given(STREAMS, ACTIONS, st.integers(1, 9))
def test_how_the_stream_is_cut_never_changes_the_reply(text, action, size):
    whole, pieces = (
        ReplyBuilder(action, target_length=60, max_length=200),
        ReplyBuilder(action, target_length=60, max_length=200),
    )
    whole.feed(text)
    streamed(pieces, text, size)
    assert whole.finish() == pieces.finish()


@given(STREAMS, ACTIONS)
@example("You open the door. > You run.", "You open the door.")
@example('“Hush. Now,” Chapter 3\nYou decide. You say "Who is there?" ', "")
@example('"You open the door. 1. Go north\n0', "")
def test_a_reply_is_plain_prose_and_finishing_it_again_leaves_it(text, action):
    told = shape_reply(text, action).text
    assert transcript.normalise(told) == told
    assert not any(line.lstrip().startswith(">") for line in told.split("\n"))
    assert shape_reply(told, action).text == told


@given(STREAMS, ACTIONS, st.integers(1, 9))
def test_what_was_shown_is_never_taken_back_before_the_last_sentence(text, action, size):
    reply = ReplyBuilder(action, target_length=60)
    shown = streamed(reply, text, size)
    finished = reply.finish()
    if finished.ended == "sentence":
        assert finished.text.startswith(shown) or shown.startswith(finished.text)
    assert not any(line.lstrip().startswith(">") for line in shown.split("\n"))


@pytest.mark.parametrize(
    "unit", ["a. ", "word ", "x", "' ", '"a, ', "you ", "you, and say ", "\n", "What ", "... "]
)
def test_long_streams_do_not_hang(unit):
    with not_endless():
        reply = ReplyBuilder(target_length=10**6, max_length=10**6)
        streamed(reply, (unit * 4_000)[:4_000], size=4)
        reply.finish()


def test_marks_for_bold_letters_are_left_out():
    written = "**The boy** comes *slowly* over. **He waits.**\n\n**You wait.**\n"
    told = "The boy comes *slowly* over. He waits.\n\nYou wait."
    for size in (1, 2, 3, len(written)):
        reply, shown = ReplyBuilder(), ""
        for start in range(0, len(written), size):
            shown += reply.feed(written[start : start + size])
            assert told.startswith(shown.rstrip())
        assert reply.finish().text == told
