"""The names of the colour themes: Grue's, Textual's, and those in the player's themes folder.

The colours themselves are the screen's affair (`dungeon/tui/theme.py`, `theme_files.py`).
"""

import re
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe, parse
from dungeon.text import clean_line, clean_path
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


def read_theme_file(path: Path) -> dict[str, Any]:
    """Return the fields of the theme in a file; it is called by the file's name.

    Raises InputRefused where it has not the name of a theme, cannot be read, or lacks `primary`;
    whether that is a colour, the screen says.
    """
    source, name = clean_path(path), path.stem
    if not THEME_NAME.fullmatch(name):
        raise InputRefused(
            f"{source}: a theme is called by its file's name, which begins with a letter and has "
            "only letters, digits, - and _ before `.toml`. Rename the file."
        )
    if name in (*GRUE_THEMES, *TEXTUAL_THEMES):
        raise InputRefused(f"{source}: the theme {name} comes with the game. Rename the file.")
    table = parse(read_text(path), source)
    if "primary" not in table:
        raise InputRefused(f'{source}: a theme needs at least `primary`, such as "#d9a354".')
    return table


def _is_theme(path: Path) -> bool:
    try:
        read_theme_file(path)
    except InputRefused:
        return False
    return True


def theme_names(folder: Path) -> tuple[str, ...]:
    """Return the names of all themes; a file's is its name without `.toml`. Broken files are left
    out.
    """
    own = (path.stem for path in theme_files(folder) if _is_theme(path))
    return tuple(dict.fromkeys([*GRUE_THEMES, *own, *TEXTUAL_THEMES]))


def find_theme(name: str, folder: Path) -> str:
    """Return the name of the theme called `name`. Raises InputRefused where there is none."""
    known = theme_names(folder)
    wanted = clean_line(name)
    for each in known:
        if each.lower() == wanted.lower():
            return each
    for path in theme_files(folder):
        if path.stem.lower() == wanted.lower():
            read_theme_file(path)  # says why it is none
    raise InputRefused(
        f"There is no theme {describe(wanted)}.{did_you_mean(wanted, known)} "
        f"The themes are: {', '.join(known)}."
    )
