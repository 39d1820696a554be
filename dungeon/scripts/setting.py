"""A setting that a script declares: its type, its bounds, and how a player's value is read."""

import math
import re
from dataclasses import dataclass

from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe
from dungeon.text import clean_line

Value = bool | int | float | str

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MAX_TEXT = 200
_LONGEST_NUMBER = 16
_WORDS = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. Its type is that of the default: bool, int, float or str."""

    name: str
    default: Value
    summary: str
    """One sentence for the screen."""
    minimum: float | None = None
    """Of a number; None is no bound."""
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    """The texts that are allowed; empty allows any line."""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise ValueError(f"{describe(self.name)} is no name of a setting, like wind_speed")
        if not isinstance(self.default, bool | int | float | str):
            raise TypeError(f"the default of {self.name} must be a bool, int, float or str")
        if not is_line(self.summary):
            raise ValueError(f"the summary of {self.name} must be one line of text")
        object.__setattr__(self, "choices", tuple(self.choices))
        if not all(map(is_line, self.choices)):
            raise ValueError(f"the choices of {self.name} must be lines of text")
        try:
            self.check(self.default)
        except InputRefused as error:
            raise ValueError(f"the default of {self.name}: {error}") from error

    @property
    def allowed(self) -> str:
        """What a value may be, in a few words."""
        match self.default:
            case bool():
                return "on or off"
            case int() | float():
                kind = "a whole number" if isinstance(self.default, int) else "a number"
                low = "" if self.minimum is None else f" from {self.minimum:g}"
                high = "" if self.maximum is None else f" to {self.maximum:g}"
                return kind + low + high
        return f"one of {', '.join(self.choices)}" if self.choices else "one line of text"

    def check(self, value: object) -> Value:
        """Return `value` as this setting has it. Raises InputRefused."""
        match self.default, value:
            case bool(), bool():
                return value
            case str(), str():
                fits = len(value) <= _MAX_TEXT and (not value or is_line(value))
                if fits and (not self.choices or value in self.choices):
                    return value
            case (int() | float(), int() | float()) if not isinstance(value, bool | str):
                whole = not isinstance(self.default, bool) and isinstance(self.default, int)
                if self._is_within(value) and (not whole or value == int(value)):
                    return int(value) if whole else float(value)
        raise InputRefused(f"`{self.name}` must be {self.allowed}, not {describe(value)}.")

    def parse(self, text: str) -> Value:
        """Return the value that was typed; `default` is understood. Raises InputRefused."""
        typed = clean_line(text)
        if typed.lower() == "default":
            return self.default
        match self.default:
            case bool():
                return self.check(_WORDS.get(typed.lower(), typed))
            case int() | float():
                return self.check(_number(typed))
        found = [each for each in self.choices if each.lower() == typed.lower()]
        return self.check(found[0] if found else typed)

    def step_from(self, value: Value, direction: int) -> Value:
        """Return the next value up (1) or down (-1); a line of text has none and stays."""
        if isinstance(value, bool):
            return not value
        if isinstance(value, str):
            if value not in self.choices:
                return value
            return self.choices[(self.choices.index(value) + direction) % len(self.choices)]
        step = 1 if isinstance(self.default, int) else 0.1
        moved = round(value + direction * step, 4)
        low = moved if self.minimum is None else max(moved, self.minimum)
        return self.check(low if self.maximum is None else min(low, self.maximum))

    def _is_within(self, number: float) -> bool:
        above = self.minimum is None or number >= self.minimum
        return math.isfinite(number) and above and (self.maximum is None or number <= self.maximum)


def is_line(text: object) -> bool:
    """Return whether `text` is one line that can be shown as it is."""
    return isinstance(text, str) and bool(text.strip()) and clean_line(text) == text


def _number(typed: str) -> Value:
    """Return the number that was typed, a whole one as such; the text itself if it is none."""
    if len(typed) > _LONGEST_NUMBER:
        return typed
    try:
        number = float(typed)
    except ValueError:
        return typed
    return int(number) if number.is_integer() else number


def show(value: Value) -> str:
    """Return a value as a player types it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else f"{value:g}"
