"""Check the arguments that people give by name, and suggest the name or value they meant.

Serves the command line, configuration files and Python. Imports nothing heavy.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dungeon.errors import InputRefused
from dungeon.toml_file import describe, suggest


@dataclass(frozen=True, slots=True)
class Argument:
    """The values that an argument takes."""

    kind: type
    """bool, int, float or str; an int is a float as well, and a bool is neither."""
    minimum: float = -math.inf
    maximum: float = math.inf
    open: bool = False
    """Whether the minimum itself is excluded."""
    choices: tuple[str, ...] = ()
    """The allowed strings; any, where there are none."""

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with `value`, to follow the argument's name, or None."""
        if self._fits(value):
            return None
        hint = suggest(value, self.choices) if isinstance(value, str) and self.choices else ""
        return f"must be {self._expected()}, not {describe(value)}.{hint}"

    def _fits(self, value: Any) -> bool:
        if self.kind in (int, float):
            kinds = (int,) if self.kind is int else (int, float)
            return (
                isinstance(value, kinds)
                and not isinstance(value, bool)
                and math.isfinite(value)
                and self.minimum <= value <= self.maximum
                and not (self.open and value == self.minimum)
            )
        return isinstance(value, self.kind) and (not self.choices or value in self.choices)

    def _expected(self) -> str:
        if self.choices:
            return " or ".join(f'"{choice}"' for choice in self.choices)
        if self.kind is bool:
            return "true or false"
        if self.kind is str:
            return "text"
        number = "a whole number" if self.kind is int else "a number"
        if math.isfinite(self.maximum):
            above = "above " if self.open else "from "
            return f"{number} {above}{self.minimum:g} to {self.maximum:g}"
        return f"{number} {'above' if self.open else 'of at least'} {self.minimum:g}"


def check_arguments(values: Mapping[str, Any], known: Mapping[str, Argument]) -> None:
    """Raise InputRefused for the first of `values` whose name or value is not `known`.

    None stands for an argument that was not given.
    """
    refuse_unknown(values, known)
    for name, value in values.items():
        if value is not None and (problem := known[name].problem(value)):
            raise InputRefused(f"{name} {problem}")


def refuse_unknown(names: Iterable[str], known: Iterable[str]) -> None:
    """Raise InputRefused for the first of `names` that is not `known`, and suggest the closest."""
    allowed = tuple(known)
    for name in names:
        if name not in allowed:
            hint = suggest(name, allowed) or f" The arguments are: {', '.join(allowed)}."
            raise InputRefused(f"There is no argument `{name}`.{hint}")
