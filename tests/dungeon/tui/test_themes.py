"""Test the contrast of Grue's themes, the files of the player's, and the choice of one."""

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from dungeon.errors import InputRefused
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings, load
from dungeon.settings.themes import GRUE_THEMES
from dungeon.tui.contrast import MIN_CONTRAST, contrast_ratio, dim_text_variables
from dungeon.tui.theme import GRUE_CONTRAST, THEMES
from dungeon.tui.theme_files import load_theme, load_themes, variable_names
from tests.dungeon.tui.driver import adventure
from tests.rows import every_row

TEXT = "foreground primary secondary accent warning error success text-muted text-disabled".split()
GROUNDS = "background surface panel".split()
CURSORS = ["block-cursor-background", "block-cursor-blurred-background"]
ON_A_CURSOR = [(text, cursor) for text in ("primary", "text-muted") for cursor in CURSORS]
ON_THEIR_OWN = [
    ("footer-key-foreground", "footer-background"),
    ("footer-description-foreground", "footer-background"),
    ("block-cursor-foreground", "block-cursor-background"),
    ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
]


def colors_of(theme):
    variables = theme.to_color_system().generate() | theme.variables
    return variables | dim_text_variables(theme, variables)


def test_contrast_is_measured_as_wcag_defines_it():
    black, white = Color.parse("#000"), Color.parse("#fff")
    assert contrast_ratio(black, white) == pytest.approx(21)
    assert contrast_ratio(white, Color.parse("#777777")) == pytest.approx(4.48, abs=0.01)


@every_row("theme", THEMES)
def test_every_text_of_grues_themes_has_enough_contrast(theme):
    colors = colors_of(theme)
    pairs = [(text, ground) for text in TEXT for ground in GROUNDS] + ON_THEIR_OWN + ON_A_CURSOR
    wanted = 7 if theme is GRUE_CONTRAST else MIN_CONTRAST
    found = {
        (text, ground): contrast_ratio(Color.parse(colors[text]), Color.parse(colors[ground]))
        for text, ground in pairs
    }
    assert not {pair: ratio for pair, ratio in found.items() if ratio < wanted}


def test_grues_themes_are_those_that_are_named():
    assert tuple(theme.name for theme in THEMES) == GRUE_THEMES


def test_the_terminals_own_colours_stay_its_own():
    theme = BUILTIN_THEMES["ansi-dark"]
    assert dim_text_variables(theme, theme.to_color_system().generate()) == {}


def test_a_theme_is_read_with_every_field(tmp_path):
    path = tmp_path / "moor.toml"
    path.write_text(
        'primary = "#88aa66"\nbackground = "rgb(10,12,10)"\ndark = true\ntext_alpha = 0.9\n'
        '[variables]\nborder = "#334433 40%"\nblock-cursor-text-style = "bold underline"\n'
    )
    theme = load_theme(path)
    assert (theme.name, theme.primary, theme.text_alpha) == ("moor", "#88aa66", 0.9)
    assert theme.variables["border"] == "#334433 40%"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a theme needs at least `primary`"),
        ('primary = "wuggle"', "`primary` must be a colour such as .* not “wuggle”"),
        ("primary = 7", "`primary` must be a colour"),
        ('primary = "#fff"\nprimry = "#fff"', "no key `primry`. Did you mean `primary`"),
        ('primary = "#fff"\ndark = "yes"', "`dark` must be true or false"),
        ('primary = "#fff"\ntext_alpha = 3', "`text_alpha` must be a number from 0 to 1"),
        ('primary = "#fff"\nvariables = 1', r"must be a table headed \[variables\]"),
        ('primary = "#fff"\n[variables]\nbordr = "#fff"', "Did you mean `border`"),
        ('primary = "#fff"\n[variables]\nborder = "red; }"', "`variables.border` must be a colour"),
        ('primary = "#fff"\n[variables]\nborder = "bold"', "`variables.border` must be a colour"),
        ('primary = "#fff"\n[variables]\nlink-style = "#fff"', "must be a text style"),
        ("primary = ", "is not valid TOML"),
    ],
)  # fmt: skip
def test_what_is_no_theme_is_refused_in_a_sentence(tmp_path, text, sentence):
    path = tmp_path / "moor.toml"
    path.write_text(text)
    with pytest.raises(InputRefused, match=sentence) as refused:
        load_theme(path)
    assert "moor.toml" in str(refused.value)


def test_files_with_names_of_no_theme_are_said(tmp_path):
    for name in ("nord", "my theme"):
        (tmp_path / f"{name}.toml").write_text('primary = "#fff"')
    said = []
    assert load_themes(tmp_path, said.append) == []
    assert "Rename the file" in said[0]
    assert "comes with the game" in said[1]


def test_variables_are_those_of_textual():
    assert {"border", "footer-background", "link-style"} <= variable_names()
    assert "primary" not in variable_names()


async def test_a_theme_of_ones_own_is_chosen_and_a_wrong_one_is_named(open_app, home):
    home.themes.mkdir(parents=True)
    (home.themes / "moor.toml").write_text('primary = "#88aa66"')
    (home.themes / "broken.toml").write_text('primary = "wuggle"')
    settings = Settings(theme="mor")
    async with open_app(
        saved=[adventure()], start=LaunchOptions(last=True), settings=settings
    ) as t:
        said = " ".join(notice.message for notice in t.app._notifications)
        assert "broken.toml" in said
        assert "There is no theme “mor”. Did you mean `moor`?" in said
        assert t.app.theme == "grue"
        await t.send("/theme contrast")
        assert "There is no theme" in t.activity
        await t.send("/theme moor")
        assert t.activity == "theme is now moor."
        assert t.app.theme == load(home.settings).theme == "moor"
        await t.send("/set width 60")
        assert t.play.story.children[-1].styles.max_width.value == 66
        t.app._notifications.clear()
        await t.send("/theme broken")
        assert "`primary` must be a colour" in next(iter(t.app._notifications)).message
        assert t.app.theme == "grue"
        assert load(home.settings).theme == "broken"
