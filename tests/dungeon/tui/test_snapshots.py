"""Compare a dozen whole screens with their pictures; `pytest --snapshot-update` takes them anew.

What stands on every other screen is tested as text, in test_screens.py.
"""

import pytest
from textual.widgets import Input, OptionList

from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings
from tests.dungeon.tui.driver import LONG, AppDriver, adventure

SMALL, LARGE = (80, 24), (120, 40)
RESUMED = LaunchOptions(last=True)
REPLY = "The door swings open on a cold hall."


@pytest.fixture
def matches(build_app, snap_compare):
    """Return a way to press keys and compare the screen that they lead to with its picture."""

    def compare(*keys, size=SMALL, do=None, start=None, theme="grue", replies=()):
        stories = [
            adventure(4, title="The Lamp Is Low", text=LONG),
            adventure(1, name="b2", title="High Water"),
        ]
        app, generator = build_app(
            replies, saved=stories, start=start, settings=Settings(theme=theme, tour=False)
        )

        async def play(pilot):
            driver = AppDriver(app, pilot, generator)
            await driver.wait_until_ready(playing=start is not None)
            for key in keys:
                await pilot.press(key)
                await driver.wait_until_painted()
            if do is not None:
                await do(driver)
            await driver.wait_until_painted()
            assert app.is_running

        return snap_compare(app, terminal_size=size, run_before=play)

    return compare


async def steady_status(driver):
    """Put a speed into the status line that is the same on every machine."""
    await driver.wait_until_idle()
    await driver.game.wait_for_prefetch()
    driver.game.tokens_per_second = 98.0
    driver.play.update_status()


async def play_turn(driver):
    await driver.send("open the door")
    await steady_status(driver)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_title(matches, size):
    assert matches(size=size)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
def test_game_after_a_turn(matches, size):
    assert matches(size=size, start=RESUMED, do=play_turn, replies=[REPLY])


def test_game_in_the_light_theme(matches):
    assert matches(start=RESUMED, do=steady_status, theme="grue-light")


def test_suggestions(matches):
    assert matches("slash", "r", start=RESUMED, do=steady_status)


def test_palette(matches):
    async def open_palette(driver):
        await steady_status(driver)
        await driver.pilot.press("ctrl+p")
        await driver.wait_until(lambda: driver.app.screen.query_one(OptionList).option_count > 15)
        driver.app.screen.query_one(Input).cursor_blink = False  # a picture has no moments
        listing = driver.app.screen.query_one(OptionList)
        listing.styles.scrollbar_size_vertical = 0  # its thumb would count the commands

    assert matches(start=RESUMED, do=open_palette)


def test_editor(matches):
    async def open_editor(driver):
        await driver.send("/memory You are a cook, and you carry a ladle.")
        await steady_status(driver)
        await driver.pilot.press("ctrl+g")

    assert matches(start=RESUMED, do=open_editor)


def test_context(matches):
    async def open_context(driver):
        await play_turn(driver)
        await driver.pilot.press("f2")

    assert matches(size=LARGE, start=RESUMED, do=open_context, replies=[REPLY])


def test_scenarios(matches):
    assert matches("n", size=LARGE)


def test_saves(matches):
    assert matches("s")


def test_models(matches):
    assert matches("m", size=LARGE)
