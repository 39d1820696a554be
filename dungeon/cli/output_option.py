"""`-o`, `--output`: where a command writes to, by the same name in every command."""

from functools import partial
from typing import Any

import click


class OutputOption(click.Option):
    """An option that is also known by a shorter name, which no help lists."""

    hidden_opts = ("--out",)

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Let the parser know the hidden name, too."""
        shown = self.opts
        self.opts = [*shown, *self.hidden_opts]
        try:
            super().add_to_parser(parser, ctx)
        finally:
            self.opts = shown


output_option = partial(click.option, "-o", "--output", cls=OutputOption)
"""Add the option to a command; takes what `click.option` takes besides names."""
