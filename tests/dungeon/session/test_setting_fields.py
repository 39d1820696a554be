"""Test how settings are shown, typed and stepped through."""

from dataclasses import fields
from pathlib import Path

import pytest

from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.session.setting_fields import FIELDS, find_field, read_change, settings_text
from dungeon.settings import Settings

DOCS = Path(__file__).parents[3] / "docs" / "settings.md"


def test_file_screen_command_and_documentation_have_the_same_settings(tmp_path):
    names = [field.name for field in FIELDS]
    assert sorted(names) == sorted(field.name for field in fields(Settings))
    assert [
        line.split()[0] for line in settings_text(Settings()).splitlines() if "(default " in line
    ] == names
    documented = [line for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert documented == [_documented(field) for field in FIELDS]
    for field in FIELDS:
        assert read_change(field.name, "", Settings(), Home(tmp_path))[0] == {}


def _documented(field):
    how = field.changed_by or f"/settings {field.name}"
    default = field.value_in(Settings()) or "empty"
    return f"| `{field.name}` | {default} | {field.summary} | `{how}` |"


def test_what_has_a_command_of_its_own_says_so(tmp_path):
    with pytest.raises(InputRefused, match="`model` is changed with /model"):
        read_change("model", "gpt2", Settings(), Home(tmp_path))
    assert "changed with settings.toml" in _refusal("speech_command", "rm -rf x", tmp_path)
    assert read_change(
        "presets", "", Settings(presets={"calm": {"temperature": 0.3}}), Home(tmp_path)
    )[1].startswith("presets is 1 set (default empty).")


def _refusal(name, text, folder):
    with pytest.raises(InputRefused) as refusal:
        read_change(name, text, Settings(), Home(folder))
    return str(refusal.value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("width", "60", 60),
        ("width", "default", 72),
        ("retrieval", "OFF", False),
        ("write-ahead", "on", True),
        ("theme", "GRUE-light", "grue-light"),
        ("engine", "Built-in", "built-in"),
        ("state", "Auto", "auto"),
        ("summary", "extractive", "extractive"),
        ("guidance", "1.5", 1.5),
    ],
)
def test_a_value_is_read_as_it_is_typed(tmp_path, name, text, value):
    changes, message = read_change(name, text, Settings(), Home(tmp_path))
    assert changes == {name.replace("-", "_"): value}
    assert "is now" in message


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("widht", "60", "There is no setting “widht”. Did you mean `width`"),
        ("width", "wide", "`width` is a whole number, not “wide”"),
        ("retrieval", "maybe", "`retrieval` is on or off, not “maybe”"),
        ("theme", "grue-lihgt", "Did you mean `grue-light`"),
        ("engine", "cuda", "`engine` is auto, built-in, llama-server"),
        ("state_finder", "me", "`state_finder` is auto, rules, model"),
        ("state_line", "some", "`state_line` is things, all, off"),
        ("guidance", "much", "`guidance` is a number, not “much”"),
        ("guidance", "nan", "guidance"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_value_is_refused(tmp_path, name, text, sentence):
    with pytest.raises(InputRefused, match=sentence):
        read_change(name, text, Settings(), Home(tmp_path))


def test_without_a_value_the_setting_is_described(tmp_path):
    changes, message = read_change("width", "", Settings(width=60), Home(tmp_path))
    assert changes == {}
    assert message.startswith("width is 60 (default 72).")
    assert "One of: ask, auto, off." in read_change("state", "", Settings(), Home(tmp_path))[1]


def test_stepping_goes_through_what_there_is(tmp_path):
    home, settings = Home(tmp_path), Settings()
    assert find_field("retrieval").next_value(settings, home, 1) == "off"
    assert find_field("width").next_value(settings, home, -1) == "71"
    assert find_field("guidance").next_value(settings, home, 1) == "1"
    assert find_field("guidance").next_value(Settings(guidance=1.0), home, -1) == "0"
    assert find_field("reply_tokens").next_value(settings, home, 1) == "10"
    assert find_field("context_length").next_value(Settings(context_length=512), home, -1) == "0"
    assert find_field("theme").next_value(settings, home, 1) == "grue-light"


def test_all_are_shown_as_lines():
    assert "width            60" in settings_text(Settings(width=60))
