import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.documents.action_lines import to_action_line
from dungeon import transcript


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("Open the door", "You open the door."),
        ("draw my sword", "You draw your sword."),
        ("1. Go left", "You go left."),
        ("(b) Go right", "You go right."),
        ("• Wait.", "You wait."),
        ("[Take the lamp]", "You take the lamp."),
        ("(Accept.)", "You accept."),
        ("I'll follow her", "You follow her."),
        ("I am going to sing", "You sing."),
        ("You turn away.", "You turn away."),
        ("Go [left] and [right]", "You go [left] and [right]."),
    ],
)
def test_what_the_hero_does(choice: str, told: str) -> None:
    assert to_action_line(choice) == told


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ('"Who goes there?"', 'You say "Who goes there?"'),
        ("What is this place?", 'You say "What is this place?"'),
        ("“Never,” I say.", "“Never,” you say."),
    ],
)
def test_what_the_hero_says(choice: str, told: str) -> None:
    assert to_action_line(choice) == told


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("Hut 14", "Hut 14."),
        ("Wuthering Heights", "Wuthering Heights."),
        ("Gone with the Wind", "Gone with the Wind."),
        ("Framing Hooper...", "Framing Hooper..."),
        ("impatient", "Impatient."),
        ("Red", "Red."),
        ("Answers: A, B, A", "Answers: A, B, A."),
        ("Perhaps I should flee.", "Perhaps you should flee."),
        ("(Of course!)", "Of course!"),
        ("Not anymore", "Not anymore."),
        ("On top of the canvas", "On top of the canvas."),
    ],
)
def test_what_is_no_command_gets_no_subject(choice: str, told: str) -> None:
    assert to_action_line(choice) == told


@pytest.mark.parametrize(
    "choice", ["Confess", "Sing a song", "Ask Peter", "Attack Grendel", "Bring It Back"]
)
def test_a_command_gets_one_even_where_it_looks_like_a_name(choice: str) -> None:
    assert to_action_line(choice).startswith("You ")


@pytest.mark.parametrize(
    "choice",
    [
        "Continue",
        "continue...",
        "Click to continue",
        "Next page",
        "NEXT",
        "Begin the story",
        "Turn the page.",
        ">> Next",
        "→",
        "* * *",
        "(4)",
        "",
    ],
)
def test_turning_the_page_is_no_deed(choice: str) -> None:
    assert to_action_line(choice) == ""


def test_a_choice_longer_than_a_player_may_type_is_told_whole() -> None:
    choice = "I take " + "one stone and " * 120 + "leave."
    told = to_action_line(choice)
    assert told.startswith("You take one stone")
    assert told.endswith("leave.")


@given(st.text(max_size=80))
def test_any_choice_is_one_line_that_a_transcript_holds(choice: str) -> None:
    told = to_action_line(choice)
    assert "\n" not in told
    assert transcript.read(transcript.write([transcript.ActionLine(told)])) == (
        [transcript.ActionLine(told)] if told else []
    )
