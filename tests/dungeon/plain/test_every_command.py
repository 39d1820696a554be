"""Test that line mode carries out every command, and that its help lists these and no others."""

import re
from pathlib import Path

import pytest

from dungeon.commands.table import COMMANDS
from dungeon.saves.library import Library
from dungeon.session.launcher import LaunchOptions
from tests.dungeon.every_command import CASES, Case, stories
from tests.dungeon.plain.line_mode_run import LineModeRun


def test_there_is_a_line_for_every_command() -> None:
    assert {case.command for case in CASES} == {command.name for command in COMMANDS}
    assert len(CASES) == len(COMMANDS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.command)
async def test_a_command_is_carried_out(own_home: Path, case: Case) -> None:
    line_mode = LineModeRun(own_home, [])
    with Library.open(line_mode.home.saves) as library:
        for story in stories():
            library.create(story)
    lines = [line.format(folder=own_home) for line in (*case.before, case.line)]
    await line_mode(*lines, start=LaunchOptions(adventure="a1"))
    written = " ".join((line_mode.out.getvalue() + line_mode.messages.getvalue()).split())
    assert (case.in_lines or case.told) in written
    assert len(line_mode.saved) == 2 + (case.command in ("fork", "random"))


async def test_help_lists_every_command_and_nothing_else(line_mode: LineModeRun) -> None:
    await line_mode("/help")
    listed = re.findall(r"^ */(\w+)", line_mode.out.getvalue(), re.MULTILINE)
    assert listed == [command.name for command in COMMANDS]
