"""Test the ways into a story: the title, the openings, their questions, and one's own opening."""

import pytest

from dungeon.errors import InputRefused
from dungeon.session.launcher import LaunchOptions
from dungeon.tui.screens.custom_scenario import CustomScenarioScreen
from dungeon.tui.screens.help import HelpScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.models import ModelsScreen
from dungeon.tui.screens.saves import SavesScreen
from dungeon.tui.screens.scenario_picker import ScenarioPicker
from dungeon.tui.screens.title import TitleScreen
from dungeon.tui.widgets.safe_text import SafeInput, SafeTextArea
from tests.dungeon.tui.driver import adventure


def first_row(driver) -> str:
    return str(driver.app.screen.query_one("#menu").get_option_at_index(0).prompt)


async def test_enter_begins_at_once_where_there_is_nothing_to_continue(open_app):
    async with open_app() as t:
        await t.wait_until(lambda: "Quick start" in first_row(t))
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.app.play_screen and t.app.play_screen.is_mounted)
        assert len(t.app.session.library.summaries()) == 1
        assert "${" not in t.prose()[0]


async def test_enter_continues_the_last_adventure(open_app):
    async with open_app(saved=[adventure(5, title="The Stair")]) as t:
        await t.wait_until(lambda: "The Stair" in first_row(t))
        assert "5 turns, 2 hours ago" in first_row(t)
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.app.play_screen and t.app.play_screen.is_mounted)
        assert t.game.adventure.id == "a1"


@pytest.mark.parametrize(
    ("key", "screen"),
    [("n", ScenarioPicker), ("s", SavesScreen), ("m", ModelsScreen), ("h", HelpScreen)],
)
async def test_every_row_has_a_key_and_escape_comes_back(open_app, key, screen):
    async with open_app() as t:
        await t.pilot.press(key)
        await t.wait_until(lambda: isinstance(t.app.screen, screen))
        await t.pilot.pause()
        await t.pilot.press("escape")
        await t.wait_until(lambda: isinstance(t.app.screen, TitleScreen))


async def test_q_quits(open_app):
    async with open_app() as t:
        await t.pilot.press("q")
        await t.wait_until(lambda: not t.app.is_running)


async def test_the_questions_of_a_scenario_are_asked_once_each(open_app):
    async with open_app() as t:
        await t.pilot.press("n")
        await t.wait_until(lambda: isinstance(t.app.screen, ScenarioPicker))
        await t.pilot.pause()
        await t.pilot.press("slash")
        await t.type("sea cook")
        await t.pilot.press("enter", "enter")
        await t.wait_until(lambda: isinstance(t.app.screen, InputDialog))
        await t.pilot.pause()
        await t.type("Heron")
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.app.screen.query_one(SafeInput).value != "Heron")
        await t.pilot.pause()
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.app.play_screen and t.app.play_screen.is_mounted)
        assert "Heron" in t.prose()[0]
        assert "Jem" in t.prose()[0]


async def test_escape_at_a_question_begins_nothing(open_app):
    async with open_app() as t:
        await t.pilot.press("n")
        await t.wait_until(lambda: isinstance(t.app.screen, ScenarioPicker))
        await t.pilot.pause()
        await t.pilot.press("enter")
        await t.wait_until(lambda: isinstance(t.app.screen, InputDialog))
        await t.pilot.press("escape")
        await t.wait_until(lambda: isinstance(t.app.screen, ScenarioPicker))
        assert t.app.session.library.summaries() == []


async def test_a_quick_start_asks_nothing(open_app):
    async with open_app() as t:
        await t.pilot.press("n")
        await t.wait_until(lambda: isinstance(t.app.screen, ScenarioPicker))
        await t.pilot.pause()
        await t.pilot.press("s")
        await t.wait_until(lambda: t.app.play_screen and t.app.play_screen.is_mounted)
        assert "Enid Fogg" in t.prose()[0], "the first of the first genre, with its default"


async def test_the_preview_shows_on_wide_terminals_only(open_app):
    for width, shown in ((80, False), (120, True)):
        async with open_app(size=(width, 40)) as t:
            await t.pilot.press("n")
            await t.wait_until(lambda: isinstance(t.app.screen, ScenarioPicker))
            await t.pilot.pause()
            assert bool(t.app.screen.query_one("#preview").region) is shown


async def test_a_custom_scenario_begins(open_app):
    async with open_app() as t:
        await t.pilot.press("n")
        await t.wait_until(lambda: isinstance(t.app.screen, ScenarioPicker))
        await t.pilot.press("w")
        await t.wait_until(lambda: isinstance(t.app.screen, CustomScenarioScreen))
        await t.pilot.press("ctrl+s")
        await t.pilot.pause()
        assert "empty" in str(t.app.screen.query_one(".error").content)
        t.app.screen.query_one("#opening", SafeTextArea).text = "You stand in [b]a hall[/nope]."
        t.app.screen.query_one("#memory", SafeTextArea).text = "The hall is endless."
        await t.pilot.press("ctrl+s")
        await t.wait_until(lambda: t.app.play_screen and t.app.play_screen.is_mounted)
        assert t.prose() == ["You stand in [b]a hall[/nope]."]
        assert t.game.adventure.memory == "The hall is endless."


async def test_the_command_line_can_ask_for_a_quick_start(open_app):
    async with open_app(start=LaunchOptions(quick=True)) as t:
        assert t.game.adventure.scenario == "lamp"


async def test_an_unknown_scenario_ends_the_command(open_app):
    async with open_app() as t:
        t.app.launch(LaunchOptions(scenario="nosuch"))
        await t.wait_until(lambda: not t.app.is_running)
        assert isinstance(t.app.refusal, InputRefused)
