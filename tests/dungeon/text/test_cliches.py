"""Tests of the list of banned phrases: what ships, and what the player makes of it."""

import pytest

from dungeon.errors import InputRefused
from dungeon.text.cliches import MAX_PHRASES, combine, default_cliches, parse_phrases, split
from dungeon.text.phrases import normalise
from tests.rows import every_row


def test_the_shipped_list_is_one_that_a_player_could_write():
    assert parse_phrases(default_cliches()) == default_cliches()
    assert all(2 < len(normalise(phrase).split()) < 7 for phrase in default_cliches())


def test_a_list_is_split_into_what_the_player_added_and_allowed():
    first, *others = default_cliches()
    phrases = (*others, "Heart skips a beat")
    assert split(phrases) == (("Heart skips a beat",), (first,))
    assert combine(*split(phrases)) == phrases
    assert split(default_cliches()) == ((), ())


def test_phrases_are_cleaned_and_duplicates_left_out():
    assert parse_phrases(["", " a\x1b  cat ", "A cat!", "dog"]) == ("a cat", "dog")


@every_row(
    ("lines", "problem"),
    [
        (["…"], "needs a word"),
        (["a" * 201], "at most 200 characters"),
        (map(str, range(MAX_PHRASES + 1)), "At most 1,000"),
    ],
)
def test_what_no_phrase_can_be_is_refused(lines, problem):
    with pytest.raises(InputRefused, match=problem):
        parse_phrases(lines)
