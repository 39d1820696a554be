"""Read the options of a command from a TOML file: `--config train.toml`.

A key is named like its option, with dashes or underscores. What the command line says wins.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe, parse
from dungeon.text.encoding import read_text, unify_line_ends
from dungeon.text.error_words import did_you_mean

_NOT_KEYS = ("config", "help")


def config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--config FILE` to a command."""
    return click.option(
        "--config", type=click.Path(path_type=Path), metavar="FILE", is_eager=True,
        expose_value=False, callback=_load,
        help="TOML file with options: keys are named like them; the command line wins.",
    )(command)  # fmt: skip


def _load(context: click.Context, _option: click.Parameter, path: Path | None) -> None:
    if path is not None:
        context.default_map = read_config(path, context)


def read_config(path: Path, context: click.Context) -> dict[str, Any]:
    """Return the values in the file by the names of the command's parameters.

    Raises InputRefused, with the line, for a key that is no option and a value that none takes.
    """
    text = unify_line_ends(read_text(path))
    keys = option_keys(context.command)
    known = keys | _hidden_keys(context.command)
    values: dict[str, Any] = {}
    for key, value in parse(text, str(path)).items():
        place = f"{path}, line {_line(text, key)}"
        parameter = known.get(key.replace("_", "-"))
        if parameter is None:
            raise InputRefused(f"{place}: there is no option `{key}`.{_hint(key, keys)}")
        name = str(parameter.name)
        if name in values:
            raise InputRefused(f"{place}: `{key}` is given twice. Remove one of the two.")
        _check(parameter, value, context, f"{place}: {key}")
        values[name] = value
    return values


def option_keys(command: click.Command) -> dict[str, click.Parameter]:
    """Return the parameters of a command by key, with dashes: the long name of each option."""
    keys = {}
    for parameter in command.params:
        names = [name for name in parameter.opts if name.startswith("--")] or [str(parameter.name)]
        keys[names[0].removeprefix("--").replace("_", "-")] = parameter
    return {key: parameter for key, parameter in keys.items() if key not in _NOT_KEYS}


def _hidden_keys(command: click.Command) -> dict[str, click.Parameter]:
    """Return the parameters of a command that have another name, which no help lists, by that."""
    return {
        name.removeprefix("--"): parameter
        for parameter in command.params
        for name in getattr(parameter, "hidden_opts", ())
    }


def _hint(key: str, keys: dict[str, click.Parameter]) -> str:
    return did_you_mean(key.replace("_", "-"), keys) or f" The options are: {', '.join(keys)}."


def _check(parameter: click.Parameter, value: Any, context: click.Context, place: str) -> None:
    """Raise InputRefused where the option does not take the value, or takes it for another one."""
    each = value if parameter.multiple and isinstance(value, list) else [value]
    kinds, expected = _toml_kinds(parameter)
    for item in each:
        if not isinstance(item, kinds) or (isinstance(item, bool) and bool not in kinds):
            raise InputRefused(f"{place} must be {expected}, not {describe(item)}.")
        try:
            parameter.type.convert(item, parameter, context)
        except click.BadParameter as error:
            raise InputRefused(f"{place}: {error.message.rstrip('.')}.") from error


def _toml_kinds(parameter: click.Parameter) -> tuple[tuple[type, ...], str]:
    match parameter.type:
        case click.types.BoolParamType():
            return (bool,), "true or false"
        case click.types.IntParamType():
            return (int,), "a whole number"
        case click.types.FloatParamType():
            return (int, float), "a number"
        case _:
            return (str,), "text in quotation marks"


def _line(text: str, key: str) -> int:
    """Return the number of the line on which a key at the top of the document is set."""
    start = rf"^[ \t]*\[*[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*[=.\]]"
    found = re.search(start, text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1
