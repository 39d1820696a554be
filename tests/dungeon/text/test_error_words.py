"""Tests of what errors call things, and of the guess at what was meant."""

from hypothesis import given
from hypothesis import strategies as st

from dungeon.text.error_words import did_you_mean, in_quotes
from tests.rows import every_row

COMMANDS = ("undo", "save", "guidance", "note", "hooks", "settings", "speech", "lora_rank", "Moor")


@every_row(
    ("typed", "meant"),
    [
        ("udno", "undo"),
        ("Undoo", "undo"),
        ("rank", "lora_rank"),
        ("moor", "Moor"),
        ("setings", "settings"),
    ],
)
def test_what_is_nearly_right_is_guessed(typed: str, meant: str) -> None:
    assert did_you_mean(typed, COMMANDS) == f" Did you mean `{meant}`?"


@every_row("typed", ["nosuch", "keys.nonsense", "nonsense", "look", "dance", "", "x" * 100_000])
def test_what_is_like_nothing_gets_no_guess(typed: str) -> None:
    assert did_you_mean(typed, COMMANDS) == ""


def test_a_command_is_guessed_with_its_slash() -> None:
    assert did_you_mean("udno", COMMANDS, mark="/") == " Did you mean `/undo`?"


@given(st.text())
def test_what_was_typed_is_one_short_line_in_quotation_marks(typed: str) -> None:
    shown = in_quotes(typed)
    assert shown[0] + shown[-1] == "“”"
    assert len(shown) <= 42
    assert "\n" not in shown
