"""Tests of how ink's lines are read: a choice over several of them, and escapes."""

from pathlib import Path

import pytest

from corpus_scraper.formats.ink import source as ink_source
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.formats.playing import menu, only, play, written


@pytest.fixture
def ink(tmp_path: Path):
    def read(text: str) -> StoryGraph:
        return only(ink_source.FORMAT, written(tmp_path, {"tale.ink": text}))

    return read


def test_the_label_and_the_conditions_of_a_choice_may_take_several_lines(ink) -> None:
    story = ink("""
        A lamp.
        * (lit)
          {oil}
          { match
            } { not wet }

          [Light it] It burns.
          ** (deep)
             {tired} Sleep.
        + {cold} (gone)
          Go -> far
        - (still) * {dark}
            Wait[.], and wait.
        * {late}
        * [Leave] You leave.
        - -> END
        == far
        Far away.
        -> END
    """)
    assert menu(story) == ["Light it ? oil and match and not wet", "Go ? cold"]
    assert play(story, "Go") == "A lamp.\n\nFar away."
    assert menu(story, "Light it") == ["Sleep. ? tired"]
    assert menu(story, "Light it", "Sleep.") == ["Wait. ? dark", "late", "Leave"]
    assert play(story, "Light it", "Sleep.", "Wait.").endswith("Wait, and wait.")


def test_a_backslash_takes_the_meaning_of_the_next_character_away(ink) -> None:
    story = ink(r"""
        VAR who = "Ms \"Vale\""
        \- No gather \-> nor jump, \<> \# nor tag. \\ {who} {sum("\}")}.
        \~ hum \{a|b\} \[c\] https:\/\/x\/\/y \| \TODO
        \=== no knot ===
        {now:\}|\{}{also: so \| so|never\}} \
        * \* [A \[b\] \-> c] \-> d
          \* e
        + \-
        * {x == "\}"} Go {y: \]}\[
        -> END
    """)
    assert play(story) == (
        '- No gather -> nor jump, <> # nor tag. \\ Ms "Vale" something.\n\n'
        "~ hum {a|b} [c] https://x//y | TODO\n\n=== no knot ===\n\n} so | so"
    )
    assert menu(story) == ["* A [b] -> c", "-", 'Go ][ ? x == "}"']
    assert play(story, "* A [b] -> c").endswith("* -> d\n\n* e")
