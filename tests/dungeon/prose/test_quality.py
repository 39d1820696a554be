"""When a reply is written again, and which of several is taken."""

from hypothesis import given
from hypothesis import strategies as st

from dungeon.prose import FinishedReply, RejectReason, score
from tests.dungeon.prose.shaping import shape_reply

HALL = (
    "The hall is long and dark, and at its far end a lamp burns behind a curtain. "
    "Somebody has set a table for two."
)
RIVER = (
    "The river runs fast under the broken bridge, and on the other bank a boy waves a red flag. "
    "He seems to be in a hurry."
)
LAMP = "You lift the lamp. Its light falls on a row of portraits, and every face is turned away."


def flaw(text, *earlier):
    return score(FinishedReply(text, "sentence"), earlier=earlier).flaw


def test_a_new_reply_is_accepted():
    assert flaw(RIVER, HALL, LAMP) is None


def test_a_repeated_reply_is_a_loop_even_with_a_word_changed():
    assert flaw(HALL, HALL, RIVER) is RejectReason.LOOP
    assert flaw(HALL.replace("lamp", "candle"), HALL) is RejectReason.LOOP


def test_a_reply_patched_together_from_two_others_is_a_loop():
    assert (
        flaw(HALL.split(". ")[0] + ". " + RIVER.split(". ")[0] + ".", HALL, RIVER)
        is RejectReason.LOOP
    )


def test_a_reply_that_copies_the_opening_is_a_loop():
    opening = "You are Sir Rowan, a knight of the kingdom of Larion. You hunt a dragon."
    copy = "You are Sir Rowan, a knight of the kingdom of Larion. What is it?"
    assert flaw(copy, opening) is RejectReason.LOOP


def test_a_short_reply_may_be_made_of_phrases_of_the_story_but_not_copy_a_reply():
    told = "A woman with a sword and a red hat stands on the stone bridge."
    assert flaw("A woman with a sword stands on the stone.", told) is None
    copy = "A woman with a sword stands on the stone."
    assert flaw(copy, copy) is RejectReason.LOOP


def test_what_the_player_and_the_dice_have_given_a_reply_is_no_copy():
    begun = "You try to force the heavy iron door, but"
    told = f"{begun} it is too tight. It is locked."
    again = FinishedReply(f"{begun} the stone is too tight.", "sentence")
    assert score(again, earlier=[told, HALL]).flaw is RejectReason.LOOP
    assert score(again, earlier=[told, HALL], given=[begun]).flaw is None
    copy = FinishedReply(f"You force the door. {HALL}", "sentence")
    assert score(copy, earlier=[HALL], given=["You force the door."]).flaw is RejectReason.LOOP


def test_a_reply_that_goes_round_in_circles_is_a_loop():
    assert flaw("The ship is lost. You wait. The ship is lost. You turn. The ship is lost.")
    lamp = "the light of the red lamp"
    assert flaw(f"You see {lamp} on a wall. Then {lamp} is on her face, and soon {lamp} dies.")
    assert flaw("It is and it is and it is and it is and it is and it is.") is RejectReason.LOOP
    assert flaw("No. No. No. No. No. No. No. No. No. No. No. No.") is RejectReason.LOOP


def test_a_refrain_within_a_reply_is_not():
    assert flaw("My friend. My friend. I am the last one you could talk to.") is None
    assert flaw("Drip. Drip. Drip. The cave is wet, and you are not alone in it.") is None


def test_a_refrain_is_refused_only_the_third_time_running():
    assert flaw("Nothing happens.", HALL, "Nothing happens.") is None
    assert flaw("Nothing happens.", "Nothing happens.", HALL, "Nothing happens.") is None
    assert flaw("Nothing happens.", "Nothing happens.", "Nothing happens.") is RejectReason.LOOP


def test_ordinary_play_is_never_refused():
    """Clover Edition's issue 10: every action refused as looping, from the first one on."""
    told: list[str] = [""]
    for reply in (HALL, LAMP, "Nothing happens.", RIVER, "Nothing happens.", "It rains.", ""):
        if reply:
            assert flaw(reply, *told) is None
        told.append(reply)


def test_an_empty_reply_says_why():
    assert score(shape_reply("")).flaw is RejectReason.EMPTY
    assert score(shape_reply("> You run.")).flaw is RejectReason.SPEAKS_FOR_PLAYER
    assert score(shape_reply("As an AI, I cannot.")).flaw is RejectReason.ASSISTANT
    assert score(shape_reply("You run.", "You run.")).flaw is RejectReason.ECHO


def test_what_follows_an_echo_may_be_short():
    reply = shape_reply("You stop the wagon. The others stop.", "You stop the wagon.")
    assert reply.text == "The others stop."
    assert score(reply).flaw is None


def test_a_reply_of_nothing_but_a_question_hands_the_story_back():
    assert flaw("What is this?") is RejectReason.QUESTION
    assert flaw('"What is this?" she asks.') is None
    assert flaw("What is this? A key.") is None


def test_of_several_flawed_replies_the_best_is_the_smallest():
    attempts = [
        shape_reply(""),
        shape_reply("What is it?"),
        shape_reply(HALL),
        shape_reply(HALL + " " + RIVER),
    ]
    ranked = sorted(attempts, key=lambda attempt: score(attempt, earlier=[HALL]))
    assert [attempt.text for attempt in ranked] == [HALL + " " + RIVER, HALL, "What is it?", ""]


@given(st.text(), st.lists(st.text(), max_size=4))
def test_every_text_is_judged(text, earlier):
    verdict = score(shape_reply(text), earlier=earlier)
    assert (verdict.flaw is None) == (verdict.badness < 1)


def test_figures_and_marks_are_no_story():
    assert flaw("-  2183704569      .\n.") is RejectReason.EMPTY
    assert flaw("The clock strikes 12:00:00, and 3,000 crows go up.") is None
    assert flaw("“Ja!” 你好。") is None


def test_a_word_that_stands_twice_in_a_row_is_a_small_flaw():
    doubled = '"I am the dead king," says the breathing breathing.'
    assert flaw(doubled) is RejectReason.DOUBLED_WORD
    assert flaw("You open the the door.") is RejectReason.DOUBLED_WORD
    assert flaw("You see a man holding holding a lamp.") is RejectReason.DOUBLED_WORD
    loop = score(FinishedReply(HALL, "sentence"), earlier=[HALL])
    assert 1 <= score(FinishedReply(doubled, "sentence")).badness < loop.badness


def test_a_word_may_stand_twice_in_a_row_for_a_reason():
    for text in (
        "He had had plenty, and the one that that man holds is yours.",
        "The rust is red where he holds it it turns to dust.",
        "You walk a long long road. It is very very cold, and you fall over over a stone.",
        "Knock knock. The drip drip of the water and the creaking knock knock at the door stop.",
        "No, no. The door, door of oak, is shut. He sleeps. Sleeps he well?",
        "You sail to Bora Bora, and the row of letters is E E E.",
        "The door he opens opens on a yard, and whatever they touched touched them.",
        '"The the door," he stammers. "The the key!" You nod.',
        "Vous vous levez. Piano piano si va lontano.",
        "You find a half-open open-air stage.",
    ):
        assert flaw(text) is None, text
    echoed = FinishedReply("The man says tree tree to you.", "sentence")
    assert score(echoed).flaw is None or score(echoed, given=["You tree tree tree."]).flaw is None


def test_a_stump_that_a_flaw_has_left_is_written_again():
    stump = FinishedReply("You go in.", "sentence", cut=RejectReason.SPEAKS_FOR_PLAYER)
    assert score(stump).flaw is RejectReason.SPEAKS_FOR_PLAYER
    assert score(FinishedReply("You go in.", "sentence")).flaw is None
    assert score(stump) < score(FinishedReply("", "sentence", cut=RejectReason.SPEAKS_FOR_PLAYER))
