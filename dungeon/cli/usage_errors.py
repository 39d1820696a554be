"""What is wrong with a command line, in the style of all other errors."""

import re

import click

from dungeon.text import clean
from dungeon.text.error_words import did_you_mean, in_quotes

_NOT_A_CHOICE = re.compile(r"'(?P<typed>.*?)' is not one of ", re.DOTALL)
_QUOTED = re.compile(r"'([^']*)'")


def explain(error: click.ClickException) -> str:
    """Return what is wrong, what was probably meant, and where help is."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    how = f" `{context.command_path} --help` says what there is." if context else ""
    return f"{_sentence(error)}{how}"


def _sentence(error: click.ClickException) -> str:
    match error:
        case click.NoSuchOption():
            options = [] if error.ctx is None else _long_options(error.ctx)
            guess = did_you_mean(error.option_name.lstrip("-"), options, mark="--")
            return f"There is no option {in_quotes(error.option_name)}.{guess}"
        case click.BadParameter(param=click.Parameter() as parameter):
            return _bad_value(error, parameter)
    return _in_style(error.format_message())


def _bad_value(error: click.BadParameter, parameter: click.Parameter) -> str:
    """Return what is wrong with the value of a parameter."""
    name = parameter.get_error_hint(error.ctx).replace("'", "`") if error.ctx else "The value"
    kind = parameter.type
    if isinstance(kind, click.Choice) and (found := _NOT_A_CHOICE.match(error.message)):
        allowed = [str(choice) for choice in kind.choices]
        guess = did_you_mean(found["typed"], allowed)
        return (
            f"{name} cannot be {in_quotes(found['typed'])}.{guess} "
            f"Choose one of: {', '.join(allowed)}."
        )
    if isinstance(error, click.MissingParameter):
        return f"{name} is missing."
    return f"{name}: {_in_style(error.message)}"


def _in_style(message: str) -> str:
    """Return a message of click with its quotation marks, and with its full stop."""
    sentence = _QUOTED.sub(r"“\1”", clean(message)).rstrip()
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def _long_options(context: click.Context) -> list[str]:
    """Return the names of the options that a command has, without their dashes."""
    options = (name for each in context.command.get_params(context) for name in each.opts)
    return [name.removeprefix("--") for name in options if name.startswith("--")]
