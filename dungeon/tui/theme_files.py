"""Read the player's own themes: TOML files with the fields of a Textual theme."""

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe, refuse_unknown
from dungeon.settings.themes import read_theme_file, theme_files
from dungeon.text import clean_path
from dungeon.text.error_words import did_you_mean

_COLORS = tuple(
    "primary secondary accent warning error success foreground background surface panel boost"
    .split()
)  # fmt: skip
_FLAGS = ("dark", "ansi")
_SHARES = ("luminosity_spread", "text_alpha")
_FIELDS = (*_COLORS, *_FLAGS, *_SHARES, "variables")

_STYLES = frozenset("none not bold dim italic underline reverse strike".split())
"""What a variable that names a text style may say, as words with spaces between them."""

_STYLE_NAMES = ("-style", "-style-hover")
"""How the names of those variables end; all others are colours."""

_ALPHA = re.compile(r"(?P<color>.+?)\s+(?P<percent>\d{1,3})%")


def load_themes(folder: Path, on_error: Callable[[str], None]) -> list[Theme]:
    """Return the themes in `folder`; `on_error` takes a sentence for each file that is none."""
    themes = []
    for path in theme_files(folder):
        try:
            themes.append(load_theme(path))
        except InputRefused as error:
            on_error(str(error))
    return themes


def load_theme(path: Path) -> Theme:
    """Return the theme in a TOML file; it is called by the file's name.

    Raises InputRefused, which names the file, the key and what is allowed.
    """
    table, source = read_theme_file(path), clean_path(path)
    refuse_unknown(table, _FIELDS, source)
    try:
        values = {key: _check(key, value) for key, value in table.items()}
    except InputRefused as error:
        raise InputRefused(f"{source}: {error}") from error
    return Theme(name=path.stem, **values)


def _check(key: str, value: Any) -> Any:
    """Return the value of a field. Raises InputRefused."""
    if key in _COLORS:
        return _check_color(key, value)
    if key in _FLAGS:
        if not isinstance(value, bool):
            raise InputRefused(f"`{key}` must be true or false, not {describe(value)}.")
        return value
    if key in _SHARES:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= 1:
            raise InputRefused(f"`{key}` must be a number from 0 to 1, not {describe(value)}.")
        return float(value)
    return _check_variables(value)


def _check_color(key: str, value: Any) -> str:
    refusal = InputRefused(
        f'`{key}` must be a colour such as "#d9a354", "rgb(217,163,84)" or "ansi_yellow", '
        f"not {describe(value)}."
    )
    if not isinstance(value, str):
        raise refusal
    try:
        Color.parse(value)
    except ColorParseError as error:
        raise refusal from error
    return value


def _check_variables(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InputRefused(
            f"`variables` must be a table headed [variables], not {describe(value)}."
        )
    known = variable_names()
    for name in value:
        if name not in known:
            raise InputRefused(
                f"there is no variable {describe(name)}.{did_you_mean(name, known)} Textual's "
                "guide to themes lists them."
            )
    return {name: _check_variable(name, each) for name, each in value.items()}


def _check_variable(name: str, value: Any) -> str:
    if name.endswith(_STYLE_NAMES):
        if isinstance(value, str) and value.strip() and set(value.split()) <= _STYLES:
            return value
        raise InputRefused(
            f"`variables.{name}` must be a text style: {', '.join(sorted(_STYLES))}; not "
            f"{describe(value)}."
        )
    alpha = _ALPHA.fullmatch(value) if isinstance(value, str) else None
    if alpha and int(alpha["percent"]) <= 100:
        _check_color(f"variables.{name}", alpha["color"])
        return str(value)
    return _check_color(f"variables.{name}", value)


def variable_names() -> frozenset[str]:
    """Return the names of the variables that a theme may set."""
    generated = Theme(name="any", primary="#888888").to_color_system().generate()
    return frozenset(generated) - {field.name for field in fields(Theme)}
