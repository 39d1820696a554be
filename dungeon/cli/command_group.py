"""A group of subcommands: its help gives every summary in full, and a wrong name is explained."""

import click

from dungeon.text.error_words import did_you_mean, in_quotes

_MAX_SUMMARY = 1_000
"""Characters of a summary; more than any has, so that click cuts none of them short."""


class CommandGroup(click.Group):
    """Click's group, which would end every longer summary in `...`, however wide the terminal, and
    name no command that may be meant.
    """

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return the name and the summary of every subcommand that is shown."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return [
            (name, command.get_short_help_str(limit=_MAX_SUMMARY))
            for name, command in found
            if command is not None and not command.hidden
        ]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the subcommand that is asked for; suggest the closest where there is none."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            ctx.fail(f"There is no command {in_quotes(name)}.{did_you_mean(name, known)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands; a summary that is too long for a line goes on in the next."""
        with formatter.section("Commands"):
            formatter.write_dl(self.summaries(ctx))
