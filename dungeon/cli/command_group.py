"""A group of subcommands whose help gives the summary of each in full."""

import click

_WHOLE = 1_000
"""Characters of a summary; more than any has, so that click cuts none of them short."""


class CommandGroup(click.Group):
    """Click's group, which would end every longer summary in `...`, however wide the terminal."""

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return the name and the summary of every subcommand that is shown."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return [
            (name, command.get_short_help_str(limit=_WHOLE))
            for name, command in found
            if command is not None and not command.hidden
        ]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands; a summary that is too long for a line goes on in the next."""
        with formatter.section("Commands"):
            formatter.write_dl(self.summaries(ctx))
