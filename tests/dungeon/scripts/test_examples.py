"""The examples that ship do what they say."""

import re
from dataclasses import replace
from pathlib import Path

from dungeon.scripts import Keep, PromptParts, TurnInfo
from dungeon.scripts.examples import weather, word_swap
from dungeon.scripts.loading import ScriptFile, load_file
from tests.rows import every_row

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


@every_row(
    ("reply", "kept"),
    [
        ("Suddenly it rains, suddenly.", Keep({"swapped": 5}, "Then it rains, then.")),
        ("Suddenness is no word to swap.", None),
    ],
)
def test_word_swap_replaces_whole_words_and_counts(reply, kept):
    turn = replace(with_defaults(word_swap.SCRIPT), state={"swapped": 3})
    assert word_swap.on_output(reply, turn) == kept


def test_the_script_of_the_documentation_does_what_it_says():
    document = (Path(__file__).parents[3] / "docs/extending.md").read_text("utf-8")
    found = re.search(r"```python\n(.*?)```", document, re.DOTALL)
    assert found
    script = load_file(ScriptFile(Path("example.py"), found[1].encode()))
    turn = with_defaults(script)
    assert script.on_input("You draw the sword.", turn) == "You draw Stormbringer."
    assert script.on_context(PromptParts("", "Be brief."), turn).note == "Be brief. You are weary."
    assert script.on_output("It rains.", turn) == Keep({"replies": 1})
