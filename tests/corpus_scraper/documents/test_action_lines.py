import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.documents.action_lines import LabelReader, typed_action_line
from corpus_scraper.graph import Choice, ChoiceKind
from dungeon import transcript
from tests.corpus_scraper.graphs import graph
from tests.rows import every_row

PROSE = "You stand at the gate. You asked Rowan for the iron key, and Rowan went into Deep Wood."
QUOTED = [("a", "a", f'"{word}."') for word in ("Yes", "No", "Never")]


def read(label: str, prose: str = PROSE, *others: tuple[str, ...]) -> Choice:
    story = graph({"a": prose}, *others, ("a", "a", label))
    return LabelReader(story).read(story.choices[-1])


def action_line(label: str, prose: str = PROSE, *others: tuple[str, ...]) -> str:
    """The action line of a label; empty where it is none."""
    choice = read(label, prose, *others)
    return choice.text if choice.kind is ChoiceKind.ACTION else ""


@every_row(
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
        ("I shrug and walk on.", "You shrug and walk on."),
        ("You turn away.", "You turn away."),
        ("Go [left] and [right]", "You go [left] and [right]."),
        ("Confess", "You confess."),
        ("Believe Rowan", "You believe Rowan."),
        ("Spare him", "You spare him."),
        ("Thump Rowan", "You thump Rowan."),
        ("Contact the guard", "You contact the guard."),
        ("Don't answer", "You don't answer."),
        ("Be cautious", "You are cautious."),
        ("Just leave.", "You just leave."),
        ("Sigh loudly.", "You sigh loudly."),
        ("Tune out", "You tune out."),
        ("Ask about the key?", "You ask about the key."),
        ("Hug him? Or not?", "You hug him. Or not."),
        ("Ask what he wants?", "You ask what he wants?"),
        ("Head home", "You head home."),
        ("Search for clues", "You search for clues."),
        ("search vehicle", "You search vehicle."),
        ("Act surprised", "You act surprised."),
        ("Yes, follow Rowan", "You follow Rowan."),
        ("It's late. Go home.", "You go home."),
        ("You are not ready! Go back!", "You go back!"),
        ("While Rowan sleeps, leave", "While Rowan sleeps, you leave."),
        ("While Dr. K. calls you, stay", "While Dr. K. calls you, you stay."),
    ],
)
def test_what_the_player_does_is_an_action_line(choice: str, told: str) -> None:
    assert action_line(choice) == told


@every_row(
    ("choice", "told"),
    [
        ("Back to the gate", "You go back to the gate."),
        ("To the tower", "You go to the tower."),
        ("Upstairs", "You go upstairs."),
        ("North", "You go north."),
        ("Into the woods...", "You go into the woods..."),
    ],
)
def test_a_way_is_an_action_line_too(choice: str, told: str) -> None:
    assert action_line(choice) == told


@every_row(
    ("choice", "told"),
    [
        ("Take The Iron Key", "You take the iron key."),
        ("Give The Key To Rowan", "You give the key to Rowan."),
        ("Go To Deep Wood", "You go to Deep Wood."),
        ("Go to Rowan Hall", "You go to Rowan Hall."),
        ("Thank rowan", "You thank Rowan."),
        ("Head to the T station.", "You head to the T station."),
        ("Bring It Back", "You bring it back."),
        ("Ask Peter", "You ask Peter."),
        ("ASK ROWAN FOR THE KEY", "You ask Rowan for the key."),
        ("Say The Words “Open Sesame”", "You say the words “Open Sesame.”"),
    ],
)
def test_title_case_becomes_small_and_names_keep_their_capitals(choice: str, told: str) -> None:
    assert action_line(choice) == told


@every_row(
    ("choice", "told"),
    [
        ('"Who goes there?"', 'You say "Who goes there?"'),
        ("What is this place?", 'You say "What is this place?"'),
        ("“Never,” I say.", "“Never,” you say."),
        ('(lie) "I was asleep."', 'You say "I was asleep."'),
        ("(lie) I was asleep.", 'You say "I was asleep."'),
        ("You: Not today.", 'You say "Not today."'),
        ("Interject: I like books.", 'You interject: "I like books."'),
        ("Interject: Just nod.", "You just nod."),
        ("I don't have it", 'You say "I don\'t have it."'),
        ("Yes", 'You say "Yes."'),
        ("No thanks", 'You say "No thanks."'),
        ("What happened", 'You say "What happened?"'),
    ],
)
def test_what_the_player_says_is_an_action_line(choice: str, told: str) -> None:
    assert action_line(choice) == told


def test_an_answer_is_speech_only_after_a_question() -> None:
    assert action_line("Maybe.", '"Will you come?"') == 'You say "Maybe."'
    assert action_line("Maybe.", "You look at the sky.") == ""


def test_a_question_without_quotation_marks_is_a_thought_where_others_have_them() -> None:
    assert action_line("What is this place?", PROSE, *QUOTED) == ""
    assert action_line("I wonder who he is.", PROSE, *QUOTED) == ""


@every_row(
    "choice",
    [
        "Blood",
        "Wednesday",
        "Pumpkin pie",
        "Water bottle",
        "Stairs to the attic",
        "The Battle of Orm",
        "Hut 14",
        "Wuthering Heights",
        "Gone with the Wind",
        "Framing Hooper...",
        "impatient",
        "Red",
        "Rowan",
        "Calls",
        "Answers: A, B, A",
        "Perhaps I should flee.",
        "On top of the canvas",
        "Rowan talks about the key.",
        "Rowan: Who goes there?",
        "The door is opening.",
        "You can't see anything.",
        "You arrived at the gate.",
        "Your heart beats.",
        "It's late.",
        "So you walk on.",
        "You'll always be alone.",
        "Don't be afraid.",
        "Screw the gate.",
        "Attack: 5",
        "Tell --- about the key",
        "Guard tower",
        "Hope Street",
        "Study",
        "Hope",
        "Visit to the doctor",
        "Face in the mirror",
        "Ring on her finger",
        "Host, agent, parasite",
        "And stopped",
    ],
)
def test_what_is_no_action_is_context(choice: str) -> None:
    found = read(choice)
    assert found.kind is ChoiceKind.CONTEXT
    assert found.text.rstrip(".") == f"{choice[0].upper()}{choice[1:]}".rstrip(".")


def test_where_labels_are_commands_one_that_begins_with_you_tells_what_happens() -> None:
    commands = [("a", "a", label) for label in ("Run", "Hide", "Open the door")]
    assert action_line("You regret your words.", PROSE, *commands) == ""
    assert action_line("You regret your words.") == "You regret your words."


def test_a_link_inside_a_sentence_is_read_as_the_sentence_has_it() -> None:
    prose = "There is a hammer beside the open window. You could run to the gate."
    assert [action_line(label, prose) for label in ("hammer", "Open window")] == ["", ""]
    assert action_line("run to the gate", prose) == "You run to the gate."


def test_a_word_that_the_prose_has_as_a_name_is_no_verb() -> None:
    assert action_line("Chase") == "You chase."
    assert action_line("Chase", "You see Chase. Then you wave at Chase.") == ""


@every_row(
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
def test_turning_the_page_has_no_text(choice: str) -> None:
    assert read(choice).text == ""
    assert typed_action_line(choice) == ""


def test_what_was_typed_is_an_action_whatever_it_says() -> None:
    story = graph({"a": "A hall."})
    typed = Choice("a", "a", "xyzzy", kind=ChoiceKind.ACTION)
    assert LabelReader(story).read(typed).text == "You xyzzy."


def test_a_choice_longer_than_a_player_may_type_is_told_whole() -> None:
    told = action_line("I take " + "one stone and " * 120 + "leave.")
    assert told.startswith("You take one stone")
    assert told.endswith("leave.")


@pytest.mark.parametrize(
    "piece",
    ["(a) ", "with a, ", "a", "Go. ", "You ", "A ", "go? ", "'tis ", "x: ", "to the ", "Say: "],
)
def test_a_label_of_any_length_is_read(piece: str) -> None:
    assert read(piece * 5_000).text


@given(st.text(max_size=80))
def test_any_choice_is_one_line_that_a_transcript_holds(choice: str) -> None:
    found = read(choice)
    assert "\n" not in found.text
    block = (transcript.ActionLine if found.kind is ChoiceKind.ACTION else transcript.Prose)(
        found.text
    )
    assert transcript.read(transcript.write([block])) == ([block] if found.text else [])
