"""The names of the colour themes: Grue's, Textual's, and those in the player's themes folder.

The colours themselves are the screen's affair (`dungeon/tui/theme.py`, `theme_files.py`).
"""

import re
from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe, parse
from dungeon.text import clean_line
from dungeon.text.encoding import read_text
from dungeon.text.error_words import did_you_mean

GRUE_THEMES = ("grue", "grue-light", "grue-contrast")
"""The themes that ship; the first is the default."""

TEXTUAL_THEMES = tuple(
    """
    textual-dark textual-light nord gruvbox catppuccin-mocha dracula tokyo-night monokai flexoki
    catppuccin-latte catppuccin-frappe catppuccin-macchiato solarized-light solarized-dark
    rose-pine rose-pine-moon rose-pine-dawn atom-one-dark atom-one-light ansi-dark ansi-light
    """.split()
)
"""The themes that Textual brings, listed here for line mode, which does not load Textual."""

THEME_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")
"""What a theme may be called."""


def theme_files(folder: Path) -> list[Path]:
    """Return the TOML files in the themes folder, by name; none where there is no folder."""
    try:
        return sorted(path for path in folder.glob("*.toml") if path.is_file())
    except OSError:
        return []


def _may_be_theme(path: Path) -> bool:
    """Whether a file has the name of a theme, can be read and sets the one colour that all need;
    whether that is a colour, the screen says.
    """
    try:
        table = parse(read_text(path), path.name)
    except InputRefused:
        return False
    return THEME_NAME.fullmatch(path.stem) is not None and isinstance(table.get("primary"), str)


def theme_names(folder: Path) -> tuple[str, ...]:
    """Return the names of all themes; a file's is its name without `.toml`. Broken files are left
    out.
    """
    own = (path.stem for path in theme_files(folder) if _may_be_theme(path))
    return tuple(dict.fromkeys([*GRUE_THEMES, *own, *TEXTUAL_THEMES]))


def find_theme(name: str, folder: Path) -> str:
    """Return the name of the theme called `name`. Raises InputRefused where there is none."""
    known = theme_names(folder)
    wanted = clean_line(name)
    for each in known:
        if each.lower() == wanted.lower():
            return each
    raise InputRefused(
        f"There is no theme {describe(wanted)}.{did_you_mean(wanted, known)} "
        f"The themes are: {', '.join(known)}."
    )
