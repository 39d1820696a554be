"""Test that the app carries out every command, and that its help lists these and no others."""

import re

from dungeon.commands.table import COMMANDS
from dungeon.session.launcher import LaunchOptions
from dungeon.tui.screens.help import HelpScreen
from dungeon.tui.screens.play import PlayScreen
from tests.dungeon.every_command import CASES, stories
from tests.dungeon.tui.driver import AppDriver, notices, visible_text

ON = LaunchOptions(adventure="a1")


async def type_line(t: AppDriver, line: str) -> None:
    """Send a line, wait until it is carried out, and come back from what it has opened."""
    await t.send(line)
    if line.startswith("/search"):
        await t.wait_until(lambda: t.app.session.found)
    await back_to_the_game(t)


async def back_to_the_game(t: AppDriver) -> None:
    while not isinstance(t.app.screen, PlayScreen) or t.play.story.chosen:
        await t.pilot.press("escape")
        await t.pilot.pause()


def shown(t: AppDriver) -> str:
    activity = t.activity if t.app.play_screen else ""
    return " ".join(f"{visible_text(t)} {activity} {' '.join(notices(t))}".split())


async def test_every_command_is_carried_out(open_app, tmp_path):
    async with open_app(saved=stories(), start=ON, size=(120, 50)) as t:
        for case in CASES[:-1]:
            for line in case.before:
                await type_line(t, line)
            t.app.clear_notifications()
            await t.send(case.line.format(folder=tmp_path))
            if case.screen:
                await t.wait_until(lambda case=case: type(t.app.screen).__name__ == case.screen)
            await t.wait_until(lambda case=case: case.told in shown(t))
            if case.screen != "TitleScreen":
                await back_to_the_game(t)


async def test_every_screen_that_a_command_opens_shows_its_way_back_at_40_by_12(open_app):
    async with open_app(saved=stories(), start=ON, size=(40, 12)) as t:
        for case in (each for each in CASES if each.screen and each.screen != "TitleScreen"):
            for line in case.before:
                await type_line(t, line)
            await t.send(case.line)
            await t.wait_until(lambda case=case: type(t.app.screen).__name__ == case.screen)
            await t.wait_until(lambda: "esc" in visible_text(t).lower())
            await back_to_the_game(t)


async def test_quit_ends_the_app(open_app):
    async with open_app(saved=stories(), start=ON) as t:
        await t.type("/quit")
        await t.pilot.press("enter")
        await t.wait_until(lambda: not t.app.is_running)


async def test_help_lists_every_command_and_nothing_else(open_app):
    async with open_app(saved=stories(), start=ON) as t:
        await t.send("/help")
        await t.wait_for_screen(HelpScreen)
        tables = "\n".join(str(part.content) for part in t.app.screen.query("KeyValueTable"))
        listed = re.findall(r"(?:^|\s)/(\w+)", tables)
        for command in COMMANDS:
            assert command.name in listed
        known = {name for each in COMMANDS for name in (each.name, *each.aliases)}
        assert set(listed) <= known
