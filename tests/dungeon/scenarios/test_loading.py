"""Scenarios from files and from players: what is read, and how an invalid file is refused."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon import scenarios
from dungeon.dice import Attribute, DiceRules
from dungeon.errors import InputRefused
from dungeon.scenarios.parser import from_text, from_toml
from dungeon.scenarios.writer import to_toml
from dungeon.text import clean
from tests.rows import every_row

GOOD = """
title = "The Well"
opening = '''
You lean over
the well.

Something leans back.
'''
"""


def _read(text):
    return from_toml(text, name="well", source="well.toml")


def _refusal(text):
    with pytest.raises(InputRefused) as refused:
        _read(text)
    return str(refused.value)


def test_lines_may_be_broken_anywhere_and_a_blank_line_begins_a_paragraph():
    assert _read(GOOD).opening == "You lean over the well.\n\nSomething leans back."


def test_title_and_opening_are_enough():
    scenario = _read(GOOD)
    assert (scenario.name, scenario.genre) == ("well", "your own")
    assert scenario.summary == "You lean over the well."
    assert scenario.questions == ()


def test_the_examples_of_the_guide_are_scenarios():
    guide = (Path(__file__).parents[3] / "docs" / "writing-scenarios.md").read_text("utf-8")
    (whole,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert [question.name for question in scenarios.questions(_read(whole))] == ["hero", "village"]
    (short,) = re.findall(r"```\n(The Well\n.*?)```", guide, re.DOTALL)
    assert from_text(short, name="well", source="well.txt").title == "The Well"


@every_row(
    ("choices", "reason"),
    [
        ('"a cook"', "must be a list of texts"),
        ("[1, 2]", "must be a list of texts"),
        ('["a cook"]', "has 1 answers. Give 2 to 12"),
        ('["a cook", "A Cook"]', "two of the `choices` are alike"),
        ('["a cook", " "]', "one of them is empty"),
        ('["a cook", "${hero}"]', "plain words, without braces"),
        (f'["a cook", "{"x" * 81}"]', "at most 80 fit"),
        ('["a cook", "a thief"]\ndefault = "a king"', "`default` must be one of the `choices`"),
    ],
)
def test_choices_are_checked(choices, reason):
    refusal = _refusal(f'{GOOD}[[questions]]\nname = "hero"\nchoices = {choices}')
    assert refusal.startswith("well.toml, question 1: ")
    assert reason in refusal


def test_the_choices_of_a_question_are_read_and_written():
    question = '[[questions]]\nname = "hero"\nchoices = ["a cook", "a thief"]'
    scenario = _read(GOOD.replace("over", "over ${hero} and") + question)
    assert scenario.questions[0].choices == ("a cook", "a thief")
    assert scenario.questions[0].default == "a cook"
    assert _read(to_toml(scenario)) == scenario


def test_dice_are_read_written_and_begun_with():
    dice = "[dice]\nrisky = true\n[dice.attributes]\nwits = -1\nluck = {verbs = ['bet']}"
    scenario = _read(GOOD + dice)
    assert scenario.dice == DiceRules((Attribute("wits", -1), Attribute("luck", 0, ("bet",))), True)
    assert _read(to_toml(scenario)) == scenario
    assert scenarios.fill(scenario, {}).dice == scenario.dice
    own = scenarios.from_player("You wake.", dice="wits -1, risky on")
    assert own.dice.risky
    with pytest.raises(InputRefused, match="from 2 to 20"):
        scenarios.from_player("You wake.", dice="threshold 1")


def test_a_filter_and_genres_arrange_the_list():
    shown = scenarios.matching(scenarios.available(), "TALE ferry")
    assert "ferry" in [scenario.name for scenario in shown]
    assert len(shown) < 3
    own = scenarios.from_player("You wake.")
    genres = [genre for genre, _ in scenarios.group_by_genre([*scenarios.available(), own])]
    assert genres[:3] == ["your own", "comic", "court intrigue"]


def test_genres_of_the_players_own_scenarios_come_first():
    shown = scenarios.available()
    last, _ = scenarios.group_by_genre(shown)[-1]
    own = next(scenario.name for scenario in shown if scenario.genre.casefold() == last.casefold())
    assert scenarios.group_by_genre(shown, {own})[0][0] == last


def test_a_shipped_scenario_is_loaded_by_name():
    assert scenarios.load("lamp").title == "The Lamp Is Low"


def test_a_scenario_is_loaded_by_path(tmp_path):
    (tmp_path / "well.toml").write_text(GOOD)
    assert scenarios.load(str(tmp_path / "well.toml")).name == "well"


def test_the_player_s_own_scenario_takes_precedence_over_a_shipped_one(tmp_path):
    (tmp_path / "lamp.toml").write_text(GOOD)
    (tmp_path / "notes.md").write_text("no opening")
    assert scenarios.load("lamp", folder=tmp_path).title == "The Well"
    listed = [scenario.name for scenario in scenarios.available(tmp_path)]
    assert listed == ["lamp", *(name for name in scenarios.shipped_names() if name != "lamp")]


def test_a_toml_file_hides_a_text_file_of_its_name(tmp_path):
    (tmp_path / "well.toml").write_text(GOOD)
    (tmp_path / "well.txt").write_text("You stand in a wood.")
    assert scenarios.load("well", folder=tmp_path).title == "The Well"


def test_an_invalid_file_is_reported_and_hides_no_other(tmp_path):
    (tmp_path / "bad.toml").write_text("title = ")
    (tmp_path / "well.toml").write_text(GOOD)
    errors: list[str] = []
    assert scenarios.available(tmp_path, on_error=errors.append)[0].name == "well"
    (error,) = errors
    assert "bad.toml is not valid TOML" in error


def test_a_missing_folder_is_empty(tmp_path):
    assert len(scenarios.available(tmp_path / "none")) == len(scenarios.shipped_names())


@pytest.mark.parametrize(
    "name", ["../lamp", "/etc/passwd", "lam", "", "Lamp\x1b[2J", "lamp.toml\0"]
)
def test_an_unknown_name_is_refused_with_how_to_list_all(name, tmp_path):
    with pytest.raises(InputRefused, match="`grue scenarios list` lists all") as refused:
        scenarios.load(name, folder=tmp_path)
    assert str(refused.value) == clean(str(refused.value))


@every_row(
    ("name", "sentence"),
    [
        ("umbrela", "Did you mean `umbrella`"),
        ("lam", "Did you mean `lamp`"),
        ("well", "There is no scenario “well”. `grue scenarios list`"),
    ],
)
def test_the_nearest_names_are_suggested(name, sentence):
    with pytest.raises(InputRefused, match=sentence):
        scenarios.load(name)


def test_a_missing_file_is_refused():
    with pytest.raises(InputRefused, match=r"There is no file nowhere\.toml"):
        scenarios.load("nowhere.toml")


def test_plain_prose_takes_its_title_from_a_line_above_it_or_from_the_file():
    titled = from_text("The Well\n\nYou lean over\nthe well.", name="w", source="w.txt")
    assert (titled.title, titled.opening) == ("The Well", "You lean over the well.")
    bare = from_text("You lean over.\n\nIt leans back.", name="w", source="w.txt")
    assert (bare.title, bare.opening) == ("w", "You lean over.\n\nIt leans back.")
    one = from_text("The Well", name="w", source="w.txt")
    assert (one.title, one.opening) == ("w", "The Well")


def test_a_text_file_is_loaded_whatever_its_byte_order_mark(tmp_path):
    (tmp_path / "Well.TXT").write_bytes(b"\xef\xbb\xbfThe Well\r\n\r\nYou lean over.\r\n")
    assert scenarios.load("Well", folder=tmp_path).title == "The Well"


def test_a_custom_scenario_is_named_by_its_first_words():
    scenario = scenarios.from_player("You wake up in a barn, and the cow is talking. She is cross.")
    assert scenario.title == "You wake up in a barn…"
    assert scenario.summary == "You wake up in a barn, and the cow is talking."
    assert scenarios.from_player("You wake.").title == "You wake"
    broom = scenarios.from_player("You are a goblin in a broom cupboard.")
    assert broom.title == "You are a goblin…"
    assert scenarios.from_player("You wake.", "The\x07 Cow").title == "The Cow"


@every_row("text", ["", " \n\t", "\x1b\x07", "> > "])
def test_a_scenario_without_prose_is_refused(text):
    with pytest.raises(InputRefused, match="is empty"):
        scenarios.from_player(text)


def test_escapes_in_toml_strings_are_cleaned():
    scenario = _read('title = "A\\u001b[2J"\nopening = "You\\u202e wait.\\u0007"\nnote = "\\u200b"')
    assert (scenario.title, scenario.opening, scenario.note) == ("A[2J", "You wait.", "")


def test_prose_cannot_contain_an_action_line():
    assert _read('title = "A"\nopening = "> You die."').opening == "You die."


@every_row(
    ("text", "said"),
    [
        ("title = ", "well.toml is not valid TOML: Invalid value (at "),
        ('opening = "You wait."', "`title` is missing"),
        ('title = "A"\nopening = " "', "`opening` is missing"),
        ('title = 5\nopening = "You."', "`title` must be text in quotation marks, not 5."),
        ('title = "A"\nopening = ["You."]', "`opening` must be text in quotation marks, not a"),
        ('titel = "A"', "no key `titel`. Did you mean `title`?"),
        (f'title = "{"A" * 81}"\nopening = "You."', "`title` has 81 characters, and at most 80"),
        (f'title = "A"\nopening = "{"A" * 20_001}"', "has 20,001 characters"),
        (GOOD + "questions = 5", "[[questions]]"),
        (GOOD + "dice = 5", "well.toml: `dice` must be a table, not 5"),
        (GOOD + "[dice.attributes]\nwits = 6", "`dice`: `attributes`: wits is a whole number"),
        (GOOD + '[[questions]]\nnam = "a"', "question 1: there is no key `nam`. Did you mean"),
        (GOOD + '[[questions]]\nquestion = "a?"', "question 1: `name` must be the word"),
        (GOOD + '[[questions]]\nname = "${a}"', "question 1: `name` must be the word"),
        (GOOD + '[[questions]]\nname = "a"\n[[questions]]\nname = "a"', "two questions"),
        ('title = "A"\nopening = "' + "".join(f"${{{n}}}" for n in range(13)) + '"', "Ask fewer"),
        ("a = " + "[" * 50_000, "nested too deeply"),
        ("a." * 30_000 + "a = 1", "more than 64 parts"),
        ("a = 1" + "0" * 5_000, "is not valid TOML"),
        ("a = 2020-13-41", "is not valid TOML"),
        ("a = 0x" + "f" * 50_000, "no key `a`"),
        ('"\\u001b[2J" = 1', "no key `[2J`"),
        ("\x00", "is not valid TOML"),
    ],
)  # fmt: skip
def test_an_invalid_file_is_refused_with_its_place(text, said):
    message = _refusal(text)
    assert message.startswith("well.toml")
    assert said in message
    assert message == clean(message)
    assert "\n" not in message


def test_a_line_and_a_column_are_named():
    assert "(at line 2, column 9)" in _refusal('title = "A"\nopening You wait.')


def test_a_file_too_large_is_refused_unread(tmp_path):
    (tmp_path / "big.txt").write_bytes(b"a" * (256 * 1024 + 1))
    with pytest.raises(InputRefused, match="too large: at most 256 KiB"):
        scenarios.load("big", folder=tmp_path)


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path):
    (tmp_path / "latin.toml").write_bytes(b'title = "A"\nopening = "caf\xe9"')
    with pytest.raises(InputRefused, match="line 2 is not UTF-8"):
        scenarios.load("latin", folder=tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe, which this system lacks")
def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(InputRefused, match="is not a file"):
        scenarios.load("pipe", folder=tmp_path)


@given(st.text(max_size=300))
@pytest.mark.parametrize(
    "read", [scenarios.from_player, lambda text: from_text(text, name="n", source="n.txt"), _read]
)
def test_any_text_is_parsed_or_refused(read, text):
    message = ""
    try:
        scenario = read(text)
    except InputRefused as refused:
        message = str(refused)
    assert message == clean(message)
    if message:
        return
    assert scenario.opening
    assert scenario.title
    assert scenario.opening == clean(scenario.opening)
    assert not any(line.startswith(">") for line in scenario.opening.split("\n"))
