"""Test that what is printed is wrapped at words, in columns too."""

import io

from hypothesis import given
from hypothesis import strategies as st

from dungeon.commands.table import COMMANDS
from dungeon.text.wrapping import wrap_for, wrap_lines
from tests.rows import every_row

NOTE = "/note [TEXT]   A note to the author on how to write"


@every_row(
    ("width", "lines"),
    [
        (80, [NOTE]),
        (36, ["/note [TEXT]   A note to the author", "               on how to write"]),
        (24, ["/note [TEXT]", "    A note to the author", "    on how to write"]),
    ],
)
def test_a_line_goes_on_below_its_column_where_there_is_room(width, lines):
    assert wrap_lines(NOTE, width).split("\n") == lines


@given(st.lists(st.text("ab-/ \n", max_size=40)).map("".join), st.integers(1, 60))
def test_no_word_is_cut_and_none_is_lost(text, width):
    wrapped = wrap_lines(text, width)
    assert wrapped.split() == text.split()
    assert all(len(line) <= width or len(line.split()) <= 1 for line in wrapped.split("\n"))


@every_row("width", [39, 79])
def test_the_list_of_commands_fits(width):
    text = "\n".join(f"  {each.syntax:<38}{each.summary}" for each in COMMANDS)
    assert max(map(len, wrap_lines(text, width).split("\n"))) <= width


def test_the_players_line_goes_on_below_its_first_word():
    assert wrap_lines("> You go to the mill.", 12).split("\n") == ["> You go to", "  the mill."]


def test_a_pipe_gets_lines_as_they_are():
    assert wrap_for(io.StringIO(), "word " * 40) == "word " * 40
