"""Test the names of themes, and that the list of Textual's is the one that Textual has."""

import pytest
from textual.theme import BUILTIN_THEMES

from dungeon.errors import InputRefused
from dungeon.settings import themes


def test_the_list_of_textuals_themes_is_whole():
    assert set(themes.TEXTUAL_THEMES) == set(BUILTIN_THEMES)


def test_the_players_themes_are_named_after_their_files(tmp_path):
    for name in ("moor.toml", "not a name.toml", "notes.txt"):
        (tmp_path / name).write_text('primary = "#88aa66"')
    (tmp_path / "broken.toml").write_text("primary = ")
    (tmp_path / "empty.toml").write_text("")
    names = themes.theme_names(tmp_path)
    assert "moor" in names
    assert not {"not a name", "notes", "broken", "empty"} & set(names)
    assert themes.find_theme(" Moor ", tmp_path) == "moor"
    assert themes.theme_names(tmp_path / "missing")[:3] == themes.GRUE_THEMES


@pytest.mark.parametrize(
    ("text", "reason"), [("primary = ", "not valid TOML"), ("", "needs at least `primary`")]
)
def test_whose_file_is_no_theme_is_told_why(tmp_path, text, reason):
    (tmp_path / "moor.toml").write_text(text)
    with pytest.raises(InputRefused, match=rf"moor\.toml.*{reason}"):
        themes.find_theme("Moor", tmp_path)


def test_the_nearest_name_is_suggested(tmp_path):
    with pytest.raises(InputRefused, match="Did you mean `grue-contrast`"):
        themes.find_theme("grue-contrst", tmp_path)
