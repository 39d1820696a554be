"""A picture of every screen at two sizes; `pytest --snapshot-update` takes them anew."""

import pytest
from textual.widgets import Input, OptionList

from dungeon.errors import GeneratorError
from dungeon.generator.scripted import Reply
from dungeon.session import LaunchOptions
from dungeon.settings import Settings
from dungeon.tui.model_loader import Stage, State
from dungeon.tui.screens.database_error import DatabaseErrorScreen
from tests.dungeon.tui.table import LONG, Table, adventure

SIZES = [pytest.param((80, 24), id="80x24"), pytest.param((120, 40), id="120x40")]
ON = LaunchOptions(last=True)


@pytest.fixture(params=SIZES)
def picture(request, built, snap_compare):
    """Return a way to press keys and compare the picture that comes of it."""

    def take(*keys, do=None, start=None, saved=None, theme="grue", replies=()):
        stories = saved if saved is not None else [_long(), _short()]
        settings = Settings(theme=theme)
        app, generator = built(replies, saved=stories, start=start, settings=settings)

        async def play(pilot):
            table = Table(app, pilot, generator)
            await table.seated(playing=start is not None)
            for key in keys:
                await pilot.press(key)
                await table.at_rest()
            if do is not None:
                await do(table)
            await table.at_rest()
            assert app.is_running

        return snap_compare(app, terminal_size=request.param, run_before=play)

    return take


def _long():
    return adventure(4, title="The Lamp Is Low", text=LONG)


def _short():
    return adventure(1, name="b2", title="High Water")


async def _figures(table):
    """Let the figures say what they say at home."""
    await table.settled()
    await table.game.settle()
    table.game.tokens_per_second = 98.0
    table.play.show_figures()


def test_title(picture):
    assert picture()


def test_title_of_the_first_time(picture):
    assert picture(saved=[])


def test_title_while_a_model_is_fetched(picture):
    async def fetch(table):
        state = State(Stage.FETCHING, "Fetching SmolLM2", 34_000_000, 93_000_000)
        table.app.screen.show_engine(state)

    assert picture(do=fetch)


def test_title_without_a_model(picture):
    async def fail(table):
        table.app.screen.show_engine(
            State(Stage.FAILED, "The model cannot be fetched: no network.")
        )

    assert picture(do=fail)


def test_title_in_the_light(picture):
    assert picture(theme="grue-light")


def test_play(picture):
    assert picture(start=ON, do=_figures)


def test_play_in_the_light(picture):
    assert picture(start=ON, do=_figures, theme="grue-light")


def test_play_after_a_turn(picture):
    async def turn(table):
        await table.send("open the door")
        await _figures(table)

    assert picture(start=ON, do=turn, replies=["The door swings open on a cold hall."])


def test_play_while_a_reply_is_written(picture):
    async def turn(table):
        await table.type("go down the stair")
        await table.pilot.press("enter")
        await table.until(lambda: "engine" in table.prose()[-1])
        table.game.tokens_per_second = 98.0
        table.play.show_figures()

    reply = Reply("The stair goes down into the rock, and an engine beats below", "hang")
    assert picture(start=ON, do=turn, replies=[reply])


def test_play_where_the_engine_failed(picture):
    async def turn(table):
        await table.send("open the door")
        await _figures(table)

    assert picture(start=ON, do=turn, replies=[GeneratorError("The engine fell over.")])


def test_play_with_suggestions(picture):
    assert picture("slash", "r", start=ON, do=_figures)


def test_play_in_a_long_story(picture):
    async def look_up(table):
        await table.pilot.press("ctrl+home")
        await _figures(table)

    assert picture(start=ON, do=look_up, saved=[adventure(200)])


def test_openings(picture):
    assert picture("n")


def test_question(picture):
    assert picture("n", "enter")


def test_own_opening(picture):
    assert picture("n", "w")


def test_saves(picture):
    assert picture("s")


def test_saves_searched(picture):
    assert picture("s", "slash", "r", "o", "c", "k")


def test_delete(picture):
    assert picture("s", "d")


def test_models(picture):
    assert picture("m")


def test_help(picture):
    assert picture("h")


def test_memory(picture):
    async def edit(table):
        await table.send("/memory You are a cook, and you carry a ladle.")
        await _figures(table)
        await table.pilot.press("ctrl+g")

    assert picture(start=ON, do=edit)


def test_leaving_an_editor(picture):
    async def edit(table):
        await _figures(table)
        for key in ("ctrl+n", "d", "escape"):
            await table.pilot.press(key)
            await table.at_rest()

    assert picture(start=ON, do=edit)


def test_context(picture):
    async def look(table):
        await table.send("/memory You are a cook, and you carry a ladle.")
        await table.send("open the door")
        await _figures(table)
        await table.pilot.press("f2")

    assert picture(start=ON, do=look, replies=["The door swings open on a cold hall."])


def test_whole_story(picture):
    async def read(table):
        await _figures(table)
        await table.send("/print")

    assert picture(start=ON, do=read)


def test_trouble(picture):
    async def fail(table):
        sentence = "The saves were written by a newer Grue. Update it to play on."
        await table.app.push_screen(DatabaseErrorScreen(sentence, "adventures.db"))

    assert picture(do=fail)


def test_palette(picture):
    async def ask(table):
        await _figures(table)
        await table.pilot.press("ctrl+p")
        await table.until(lambda: table.app.screen.query_one(OptionList).option_count > 15)
        table.app.screen.query_one(Input).cursor_blink = False  # a picture has no moments

    assert picture(start=ON, do=ask)
