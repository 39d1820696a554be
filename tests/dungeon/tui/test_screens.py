"""Test what stands on every screen, and what has the focus, at the smallest size and a larger one.

The snapshots have larger sizes still.
"""

import pytest

from dungeon.commands.effects import View
from dungeon.errors import GeneratorError
from dungeon.generator.server_detection import LocalServer
from dungeon.models.overview import summarise
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.database_error import DatabaseErrorScreen
from dungeon.tui.screens.help import HelpScreen
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.title import TitleScreen
from tests.dungeon.generator.servers import OPENAI_MODELS, serving
from tests.dungeon.tui.driver import LONG, adventure, visible_text

SIZES = [pytest.param((40, 12), id="40x12"), pytest.param((60, 15), id="60x15")]
RESUMED = LaunchOptions(last=True)

FROM_THE_TITLE = {
    "title": ([], ["The Lamp Is Low", "New adventure", "Quit"], "menu"),
    "scenarios": ([("n", "A new adventure")], ["Begin", "Back", "More"], "scenarios"),
    "question": (
        [("n", "A new adventure"), ("enter", "Esc goes")],
        ["Enter takes"],
        None,
    ),
    "custom scenario": (
        [("n", "A new adventure"), ("w", "Your own opening")],
        ["How it begins", "Title (may stay empty)"],
        "opening",
    ),
    "saves": ([("s", "The Lamp Is Low")], ["Saved adventures", "Open"], "saves"),
    "delete": (
        [("s", "The Lamp Is Low"), ("d", "Delete “")],
        ["Every turn of it goes.", "Keep"],
        "no",
    ),
    "models": ([("m", "Who tells the story")], ["Grue 135M", "SmolLM2"], "models"),
    "settings": ([("e", "The colours of the screen.")], ["theme", "grue"], "settings"),
    "help": ([("h", "How to play")], ["what you do:", "Say"], None),
}
"""For each screen: the keys and what each one shows, what else is visible, and the focus."""

FROM_THE_GAME = {
    "game": ([], ["The Lamp Is Low", "What do you do?", "saved"], "prompt-input"),
    "suggestions": ([("slash", "/help"), ("r", "/retry")], ["/redo", "/roll"], "prompt-input"),
    "memory": ([("ctrl+g", "Memory")], ["Keep it", "Cancel"], "text"),
    "leaving an editor": (
        [("ctrl+n", "Author's note"), ("d", "d"), ("escape", "Leave without keeping")],
        ["Write on"],
        "no",
    ),
    "context": ([("f2", "What the model was told")], ["Back"], None),
    "saves": ([("ctrl+o", "Saved adventures")], ["The Lamp", "Back"], "saves"),
}


def stories():
    return [
        adventure(4, title="The Lamp Is Low", text=LONG),
        adventure(1, name="b2", title="High Water"),
    ]


async def press(driver, keys, texts, focus):
    for key, text in keys:
        await driver.pilot.press(key)
        await driver.wait_until(lambda text=text: text in visible_text(driver))
    await driver.wait_until(lambda: all(text in visible_text(driver) for text in texts))
    if focus:
        await driver.wait_until(
            lambda: driver.app.focused is not None and driver.app.focused.id == focus
        )


async def look_at_help(driver, way_back):
    """Open the help of the screen on top, whose keys come first, and leave it."""
    below = driver.app.screen
    await driver.pilot.press("f1")
    await driver.wait_for_screen(HelpScreen)
    stand_on_it = isinstance(below, TitleScreen | PlayScreen | ConfirmDialog)
    assert ("On this screen" in visible_text(driver)) != stand_on_it
    await driver.pilot.press(way_back)
    await driver.wait_until(lambda: driver.app.screen is below)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", FROM_THE_TITLE)
async def test_a_screen_from_the_title_and_its_help(open_app, screen, size):
    async with open_app(saved=stories(), size=size) as t:
        await press(t, *FROM_THE_TITLE[screen])
        if not isinstance(t.app.screen, HelpScreen):
            await look_at_help(t, "escape")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", FROM_THE_GAME)
async def test_a_screen_from_the_game_and_its_help(open_app, screen, size):
    async with open_app(saved=stories(), start=RESUMED, size=size) as t:
        await press(t, *FROM_THE_GAME[screen])
        await look_at_help(t, "f1")


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_time_there_is_nothing_to_continue(open_app, size):
    async with open_app(size=size) as t:
        await press(t, [], ["Quick start", "begin at once", "Quit"], "menu")


@pytest.mark.parametrize("size", SIZES)
async def test_a_failing_engine_is_reported_under_the_story(open_app, size):
    broken = GeneratorError("The engine fell over.")
    async with open_app([broken], saved=stories(), start=RESUMED, size=size) as t:
        await t.send("open the door")
        await press(t, [], ["The engine fell over.", "open the door"], "prompt-input")


@pytest.mark.parametrize("size", SIZES)
async def test_saves_that_cannot_be_opened_are_explained(open_app, size):
    async with open_app(size=size) as t:
        sentence = "The saves were written by a newer Grue. Update it to play on."
        await t.app.push_screen(DatabaseErrorScreen(sentence, "adventures.db"))
        advice = ["adventures.db", "grue saves check"]
        await press(t, [], ["Your adventures cannot be opened", *advice, "Try again"], None)


async def test_a_model_of_a_server_on_this_machine_is_chosen_with_one_key(open_app):
    async with (
        serving({"/v1/models": OPENAI_MODELS}) as server,
        open_app(saved=stories()) as t,
    ):
        port = int(server.address.rpartition(":")[2])
        t.app.session.local_servers = (LocalServer("Ollama", port),)
        await press(t, [("m", "Ollama, on this machine")], [], "models")
        await t.pilot.press("end", "enter")
        await t.wait_until(lambda: t.app.session.settings.model == f"{server.address}#tale")


LISTS = {
    "lore": ([("f4", "Lore")], ["Add"], None),
    "state": ([("f8", "Add")], [], None),
    "sampling": ([("f3", "temperature")], [], None),
    "settings": ([("f7", "theme")], [], None),
    "branches": ([("ctrl+b", "Back")], [], None),
    "a chosen turn": ([("ctrl+up", "Go here")], [], None),
}


@pytest.mark.parametrize("screen", LISTS)
async def test_f1_helps_on_every_list_and_leads_back_to_it(open_app, screen):
    async with open_app(saved=stories(), start=RESUMED) as t:
        await press(t, *LISTS[screen])
        await look_at_help(t, "f1")


async def test_on_a_small_screen_one_scroll_bar_moves_what_is_below_the_heading(open_app):
    async with open_app(saved=stories(), start=RESUMED, size=(40, 12)) as t:
        below = t.app.screen
        for view in (View.ATTRIBUTES, View.MODELS, View.SAMPLING, View.SETTINGS):
            t.app.open_view(view)
            await t.wait_until(lambda: t.app.screen is not below and t.app.screen.is_mounted)
            await t.wait_until_painted()
            assert t.app.screen.max_scroll_y == 0, view
            bars = [
                widget
                for widget in t.app.screen.query("VerticalScroll, OptionList")
                if widget.show_vertical_scrollbar and widget.scrollbar_size_vertical
            ]
            assert len(bars) == 1, view
            await t.pilot.press("escape")
            await t.wait_until(lambda: t.app.screen is below)


async def test_a_narrow_row_of_a_model_says_below_its_name_what_decides(open_app):
    async with open_app(saved=stories(), start=RESUMED, size=(40, 24)) as t:
        t.app.open_view(View.MODELS)
        await t.wait_until(lambda: "not pulled" in visible_text(t))
        lines = [line.strip() for line in visible_text(t).splitlines()]
        at = lines.index("● Grue 135M")
        assert lines[at + 1].startswith("93 MB · ")
        await t.pilot.resize_terminal(100, 30)
        await t.wait_until(lambda: "● Grue 135M               93 MB · " in visible_text(t))


async def test_the_models_are_read_once_however_often_the_screen_changes_its_size(
    open_app, monkeypatch
):
    reads = []

    def counted(*given, **named):
        reads.append(given)
        return summarise(*given, **named)

    monkeypatch.setattr("dungeon.tui.screens.models.summarise", counted)
    async with open_app(saved=stories(), start=RESUMED, size=(40, 24)) as t:
        t.app.open_view(View.MODELS)
        await t.wait_until(lambda: "not pulled" in visible_text(t))
        models = t.app.screen.query_one("#models")
        models.highlighted = 1
        for width, after_name in ((100, "   "), (40, "\n"), (100, "   ")):
            await t.pilot.resize_terminal(width, 30)
            row = f"SmolLM2 135M Instruct{after_name}"
            await t.wait_until(lambda row=row: row in str(models.get_option_at_index(1).prompt))
        assert models.highlighted == 1
        assert len(reads) == 1
        t.app._stack.show_load_state(t.app.model_loader.state)  # as where the speed was measured
        await t.wait_until(lambda: len(reads) == 2)


async def test_help_begins_with_the_keys_of_the_screen_below_the_players_own_included(open_app):
    settings = Settings(tour=False, keys={"lore.add": "f12"})
    async with open_app(saved=stories(), start=RESUMED, settings=settings) as t:
        await press(t, *LISTS["lore"])
        await t.pilot.press("f1")
        await t.wait_for_screen(HelpScreen)
        first = visible_text(t).partition("How to play")[0]
        assert all(words in first for words in ("F12", "Add", "Import", "Esc", "Back"))
