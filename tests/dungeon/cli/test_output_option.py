"""Every command that writes to a place of choice has `-o`, `--output`, and knows `--out`."""

from collections.abc import Iterator

import click
from click.testing import CliRunner

from dungeon.cli import grue
from dungeon.cli.output_option import OutputOption, output_option
from tests.rows import every_row


def commands(group: click.Group, name: str = "grue") -> Iterator[tuple[str, click.Command]]:
    """Yield every command below a group, with all of its words."""
    context = click.Context(group)
    for each in group.list_commands(context):
        command = group.get_command(context, each)
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {each}")
        elif command is not None:
            yield f"{name} {each}", command


def test_all_commands_call_it_the_same() -> None:
    writing = {
        name: option
        for name, command in commands(grue)
        for option in command.params
        if {"-o", "--out", "--output"} & {*option.opts}
    }
    assert {"grue train", "grue corpus build", "grue stories import", "grue saves export"} <= {
        *writing
    }
    for name, option in writing.items():
        assert isinstance(option, OutputOption), name
        assert option.opts == ["-o", "--output"], name


@click.command()
@output_option(required=True, help="Where to.")
def write(output: str) -> None:
    click.echo(output)


@every_row("name", ["-o", "--output", "--out"])
def test_it_is_known_by_three_names(name: str) -> None:
    assert CliRunner().invoke(write, [name, "mine"]).stdout == "mine\n"


def test_the_shorter_name_is_in_no_help_and_in_no_error() -> None:
    shown = CliRunner().invoke(write, ["--help"]).output
    assert "-o, --output" in shown
    assert "--out " not in shown
    assert "--out'" not in CliRunner().invoke(write, []).output
