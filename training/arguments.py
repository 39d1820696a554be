"""Check the arguments that people give by name, and suggest the name or value they meant.

Serves the command line, configuration files and Python. Imports nothing heavy.
"""

import functools
import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, ParamSpec, TypeVar

from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe
from dungeon.text.error_words import did_you_mean

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

MAX_SEED = 2**32 - 1
"""The largest seed that NumPy and torch both take."""


@dataclass(frozen=True, slots=True)
class Argument:
    """The values that an argument takes."""

    kind: type
    """bool, int, float, str, dict or PurePath; an int is a float, a string a path."""
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
        hint = did_you_mean(value, self.choices) if isinstance(value, str) and self.choices else ""
        return f"must be {self._expected()}, not {_describe(value)}.{hint}"

    def _fits(self, value: Any) -> bool:
        if self.kind in (int, float):
            return self._fits_number(value)
        kinds = (str, PurePath) if self.kind is PurePath else self.kind
        return isinstance(value, kinds) and (not self.choices or value in self.choices)

    def _fits_number(self, value: Any) -> bool:
        kinds = int if self.kind is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return False
        try:
            number = float(value)
        except OverflowError:
            return False
        is_above = number > self.minimum if self.open else number >= self.minimum
        return is_above and number <= self.maximum and math.isfinite(number)

    def _expected(self) -> str:
        if self.choices:
            return " or ".join(f"`{choice}`" for choice in self.choices)
        if self.kind is bool:
            return "true or false"
        if self.kind in (str, PurePath):
            return "text" if self.kind is str else "a path"
        if self.kind is dict:
            return "a dict"
        number = "a whole number" if self.kind is int else "a number"
        if not math.isfinite(self.maximum):
            return f"{number} {'above' if self.open else 'of at least'} {self.minimum:g}"
        if self.open:
            return f"{number} above {self.minimum:g} and at most {self.maximum:g}"
        maximum = int(self.maximum) if self.kind is int else self.maximum
        return f"{number} from {self.minimum:g} to {maximum}"


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
            hint = did_you_mean(name, allowed) or f" The arguments are: {', '.join(allowed)}."
            raise InputRefused(f"There is no argument `{name}`.{hint}")


def checked(
    known: Mapping[str, Argument], also: Iterable[str] = ()
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Return a decorator that checks the arguments of a function before each call.

    `also` are the names that it takes in its `**` parameter. None passes where it is the default,
    and everywhere in the `**` parameter. The decorated function raises InputRefused.
    """

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        signature = inspect.signature(function)
        parameters = signature.parameters
        named = [name for name, each in parameters.items() if each.kind != each.VAR_KEYWORD]
        allowed = list(dict.fromkeys([*(name for name in named if name != "self"), *also]))
        required = [name for name in named if parameters[name].default is not None]

        @functools.wraps(function)
        def call(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            refuse_unknown(kwargs, allowed)
            given = signature.bind(*args, **kwargs).arguments | kwargs
            for name in known.keys() & given.keys():
                if given[name] is None and name not in required:
                    continue
                if problem := known[name].problem(given[name]):
                    raise InputRefused(f"{name} {problem}")
            return function(*args, **kwargs)

        return call

    return decorate


def _describe(value: object) -> str:
    if isinstance(value, (bool, int, float, str, list, dict)):
        return describe(value)
    return "None" if value is None else f"a {type(value).__name__}"
