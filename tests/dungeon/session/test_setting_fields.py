"""Test how settings are shown, typed and stepped through."""

from dataclasses import fields

import pytest

from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.session import setting_fields
from dungeon.session.setting_fields import FIELDS, find_field, read_change
from dungeon.settings import Settings


def test_every_field_is_a_setting():
    names = {field.name for field in fields(Settings)}
    assert {field.name for field in FIELDS} <= names


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("width", "60", 60),
        ("width", "default", 72),
        ("retrieval", "OFF", False),
        ("write-ahead", "on", True),
        ("theme", "GRUE-light", "grue-light"),
        ("engine", "Built-in", "built-in"),
    ],
)
def test_a_value_is_read_as_it_is_typed(tmp_path, name, text, value):
    changes, message = read_change(name, text, Settings(), Home(tmp_path))
    assert changes == {name.replace("-", "_"): value}
    assert "is now" in message


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("widht", "60", "There is no setting \"widht\". Did you mean `width`"),
        ("width", "wide", 'width is a whole number, not "wide"'),
        ("retrieval", "maybe", 'retrieval is on or off, not "maybe"'),
        ("theme", "grue-lihgt", "Did you mean `grue-light`"),
        ("engine", "cuda", "engine is auto, built-in, llama-server"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_value_is_refused(tmp_path, name, text, sentence):
    with pytest.raises(InputRefused, match=sentence):
        read_change(name, text, Settings(), Home(tmp_path))


def test_without_a_value_the_setting_is_described(tmp_path):
    changes, message = read_change("width", "", Settings(width=60), Home(tmp_path))
    assert changes == {}
    assert message.startswith("width is 60 (default 72).")


def test_stepping_goes_through_what_there_is(tmp_path):
    home, settings = Home(tmp_path), Settings()
    assert find_field("retrieval").next_value(settings, home, 1) == "off"
    assert find_field("width").next_value(settings, home, -1) == "71"
    assert find_field("theme").next_value(settings, home, 1) == "grue-light"


def test_all_are_shown_as_lines():
    text = setting_fields.settings_text(Settings(width=60))
    assert "width           60" in text
    assert all(field.name in text for field in FIELDS)
