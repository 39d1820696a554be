"""Tests of the gate for text from outside."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from dungeon.text import clean, clean_line
from tests.rows import every_row

HOSTILE = [
    "\x1b]52;c;cGF5bG9hZA==\x07",
    "\x1b[2J",
    "\x9b2J",
    "\x1b]8;;http://example.org\x1b\\",
    "\x1bP$q",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\U000e0041",
    "\x00",
    "\x7f",
    "\r",
    "\ud800",
]


@every_row("sequence", HOSTILE)
def test_nothing_that_steers_a_terminal_passes(sequence: str) -> None:
    cleaned = clean(f"a{sequence}b")
    assert cleaned.startswith("a")
    assert cleaned.endswith("b")
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in cleaned)


def test_markup_is_only_text() -> None:
    assert clean("[/nope] [@click=app.exit]") == "[/nope] [@click=app.exit]"


def test_emoji_keep_their_joiner() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert clean(family) == family


def test_newlines_become_one_kind() -> None:
    assert clean("a\r\nb\u2028c\u2029d\te") == "a\nb\nc\nd\te"


@given(st.text(alphabet=st.characters(), max_size=60), st.integers(0, 60))
def test_pieces_come_out_like_the_whole(text: str, at: int) -> None:
    assert clean(text[:at]) + clean(text[at:]) == clean(text)


@given(st.text(alphabet=st.characters()))
def test_cleaning_twice_changes_nothing_and_can_always_be_saved(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    cleaned.encode()


@given(st.text())
def test_a_clean_line_is_one_line(text: str) -> None:
    assert "\n" not in clean_line(text)
