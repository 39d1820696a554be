"""Tests of the list of biased words."""

import pytest

from dungeon.errors import InputRefused
from dungeon.settings.biased_words import (
    BiasedWords,
    parse_line,
    parse_lines,
    parse_recorded,
    with_entry,
)
from tests.rows import every_row

LANTERN = BiasedWords("lantern", 2.0)


@every_row("bias", [2.0, -0.1, 1.2345678, 1e-7, 20.0])
def test_a_line_says_all_of_an_entry(bias: float) -> None:
    entry = BiasedWords("dark forest", bias)
    assert parse_line(entry.line) == entry
    assert parse_recorded([entry.line]) == (entry,)
    assert LANTERN.line == "lantern 2"


def test_of_the_same_words_the_last_entry_counts_and_zero_is_none() -> None:
    assert parse_lines(["lantern 2", "", "Lantern -3"]) == (BiasedWords("Lantern", -3.0),)
    assert with_entry((LANTERN,), parse_line("LANTERN off")) == ()


@every_row("line", ["lantern", "2", "off", "lantern nan", "lantern 21", "! 2"])
def test_what_is_no_entry_is_refused(line: str) -> None:
    with pytest.raises(InputRefused):
        parse_line(line)
    assert parse_recorded([line]) == ()
