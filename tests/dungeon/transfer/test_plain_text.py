import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import InputRefused
from dungeon.story import Kind
from dungeon.transfer import plain_text
from tests.dungeon.saves import tales
from tests.rows import every_row

TALE = """\
You stand before a door.

It is locked.

> look
A brass key lies here.
> You say "Open."

> take key

Taken.
"""


def test_a_transcript_becomes_a_line_of_turns() -> None:
    adventure = plain_text.read("my old tale.txt", TALE)
    assert adventure.title == "my old tale"
    assert [(turn.kind, turn.action, turn.text) for turn in adventure.path()] == [
        (Kind.OPENING, "", "You stand before a door.\n\nIt is locked."),
        (Kind.DO, "look", "A brass key lies here."),
        (Kind.SAY, 'You say "Open."', ""),
        (Kind.DO, "take key", "Taken."),
    ]
    assert adventure.head == adventure.tip == list(adventure.turns)[-1]


def test_a_transcript_may_begin_with_an_action() -> None:
    adventure = plain_text.read("x.txt", "> look\nA hall.")
    assert [(turn.kind, turn.text) for turn in adventure.path()] == [
        (Kind.OPENING, ""),
        (Kind.DO, "A hall."),
    ]


def test_a_turn_without_action_stays_a_turn() -> None:
    told = "You wait.\n\n>\n\nA bell rings.\n\n> go\n\n>\n\nIt stops.\n"
    adventure = plain_text.read("x.txt", told)
    assert [(turn.kind, turn.action, turn.text) for turn in adventure.path()] == [
        (Kind.OPENING, "", "You wait."),
        (Kind.CONTINUE, "", "A bell rings."),
        (Kind.DO, "go", ""),
        (Kind.CONTINUE, "", "It stops."),
    ]
    assert plain_text.write(adventure) == told


def test_only_the_line_to_the_head_is_written() -> None:
    text = plain_text.write(tales.branched())
    assert text.startswith("A lamp burns in the window.\n\n> You say")
    assert "clock" not in text
    assert text.endswith("灯台\n")


@given(st.text(st.characters(codec="utf-8") | st.sampled_from('>\n "'), max_size=300))
def test_reading_and_writing_settle_at_once(text: str) -> None:
    try:
        adventure = plain_text.read("x.txt", text)
    except InputRefused:
        return
    written = plain_text.write(adventure)
    assert plain_text.write(plain_text.read("x.txt", written)) == written


@every_row("text", ["", "  \n\n", ">\n> >\n", "\x1b\x07"])
def test_a_file_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(InputRefused, match=r"x\.txt holds no text"):
        plain_text.read("x.txt", text)


def test_more_turns_than_any_adventure_has_are_refused() -> None:
    with pytest.raises(InputRefused, match="50,000"):
        plain_text.read("x.txt", "> go\n" * 50_001)


def test_control_characters_are_dropped() -> None:
    adventure = plain_text.read("x\x1b[2J.txt", "A \x1b]52;c;x\x07light.\u202e\n> \x9bgo")
    assert plain_text.write(adventure) == "A ]52;c;xlight.\n\n> go\n"
    assert "\x1b" not in adventure.title
