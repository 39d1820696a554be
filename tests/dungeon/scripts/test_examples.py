"""The examples that ship do what they say."""

from dataclasses import replace

import pytest

from dungeon.scripts import Keep, PromptParts, TurnInfo
from dungeon.scripts.examples import weather, word_swap

TURN = TurnInfo(5, "do", "You look.", "A Tale", (), {}, {})


def with_defaults(script, **changes) -> TurnInfo:
    settings = {each.name: each.default for each in script.settings}
    return replace(TURN, settings=settings | changes)


def test_weather_adds_a_line_to_the_note_that_depends_on_the_turn_alone():
    turn = with_defaults(weather.SCRIPT)
    parts = weather.on_context(PromptParts("You are a smith.", "Be brief."), turn)
    assert parts == PromptParts("You are a smith.", "Be brief. It is morning. Clouds gather.")
    later = replace(with_defaults(weather.SCRIPT, climate="arctic"), number=21)
    assert weather.on_context(PromptParts("", ""), later).note == "It is night. Snow falls."


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        ("Suddenly it rains, suddenly.", Keep({"swapped": 5}, "Then it rains, then.")),
        ("Suddenness is no word to swap.", None),
    ],
)
def test_word_swap_replaces_whole_words_and_counts(reply, kept):
    turn = replace(with_defaults(word_swap.SCRIPT), state={"swapped": 3})
    assert word_swap.on_output(reply, turn) == kept
