"""Test that keys count in the order typed, however fast they come: typing, moving, and saving."""

import asyncio

import pytest
from textual import events

from dungeon.commands import lore
from dungeon.session.launcher import LaunchOptions
from dungeon.tui.key_queue import KeyQueue
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.custom_scenario import CustomScenarioScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.lore import LoreScreen
from dungeon.tui.screens.saves import SavesScreen
from dungeon.tui.screens.scenario_picker import ScenarioPicker
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.widgets.safe_text import SafeInput
from tests.dungeon.tui.driver import AppDriver, adventure, key_names
from tests.patience import loop_until

ON = LaunchOptions(last=True)
WORDS = "the old ferryman takes a copper coin and never looks back"

EDITED = {
    "/memory": lambda t: t.game.adventure.memory,
    "/note": lambda t: t.game.adventure.note,
    "/edit": lambda t: t.game.adventure.current_turn().text,
    "/action": lambda t: t.game.adventure.current_turn().action,
    "/lore add ferryman": lambda t: "".join(e.content for e in lore.entries(t.game)),
}
"""The commands that open an editor, and what it keeps."""


async def open_editor(t: AppDriver, command: str) -> None:
    await t.send(command)
    await t.wait_for_screen(TextEditor)


@pytest.mark.parametrize("command", EDITED)
async def test_an_editor_keeps_every_key_before_the_one_that_saves(open_app, command):
    async with open_app(["It rains."], saved=[adventure()], start=ON) as t:
        await open_editor(t, command)
        await t.send_packet(*key_names(f" {WORDS}"), "ctrl+s")
        await t.wait_until(lambda: not isinstance(t.app.screen, TextEditor))
        await t.wait_until_idle()
        assert WORDS in EDITED[command](t).lower()


async def test_keys_behind_the_one_that_saves_go_to_what_is_below(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await open_editor(t, "/memory")
        await t.send_packet(*key_names("Anna"), "ctrl+s", *key_names("go north"))
        await t.wait_until(lambda: t.app.screen is t.play)
        assert t.game.adventure.memory == "Anna"
        assert t.play.prompt_bar.text == "go north"


async def test_keys_behind_a_command_go_to_the_editor_that_it_opens(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.send_packet(*key_names("/memory"), "enter", *key_names("Anna"), "ctrl+s")
        await t.wait_until(lambda: t.app.screen is t.play)
        assert t.game.adventure.memory == "Anna"


async def test_moving_and_deleting_count_in_their_place(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await open_editor(t, "/memory")
        keys = (*key_names("abx"), "backspace", *key_names("de"), "left", "left", "c", "ctrl+s")
        await t.send_packet(*keys)
        await t.wait_until(lambda: t.app.screen is t.play)
        assert t.game.adventure.memory == "abcde"


async def test_what_is_pasted_counts_in_its_place(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await open_editor(t, "/memory")
        t.app.post_message(events.Key("a", "a"))
        t.app.post_message(events.Paste("b\nc"))
        t.app.post_message(events.Key("ctrl+s", None))
        await t.wait_until(lambda: t.app.screen is t.play)
        assert t.game.adventure.memory == "ab\nc"


async def test_escape_asks_about_words_that_came_together_with_it(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await open_editor(t, "/memory")
        await t.send_packet(*key_names("Anna"), "escape")
        await t.wait_for_screen(ConfirmDialog)


async def test_an_own_opening_keeps_every_key(open_app):
    async with open_app([], saved=[adventure()], start=ON) as t:
        await t.send("/new")
        await t.wait_for_screen(ScenarioPicker)
        await t.pilot.press("w")
        await t.wait_for_screen(CustomScenarioScreen)
        await t.send_packet(*key_names(WORDS), "tab", *key_names("pay him"), "ctrl+s")
        await t.wait_until(lambda: t.app.screen is t.app.play_screen and t.game.adventure.memory)
        assert t.game.adventure.path()[0].text == WORDS
        assert t.game.adventure.memory == "pay him"


async def test_an_input_takes_what_came_together_with_enter(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.send("/load")
        await t.wait_for_screen(SavesScreen)
        await t.pilot.press("n")
        await t.wait_for_screen(InputDialog)
        await t.send_packet(*key_names(WORDS), "enter")
        await t.wait_until(lambda: t.game.adventure.title == WORDS)


async def test_a_field_for_words_takes_them_before_the_list_gets_keys(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("f4")
        await t.wait_for_screen(LoreScreen)
        await t.send_packet("slash", *key_names("a dam"))
        assert t.app.screen.query_one(SafeInput).value == "a dam"


async def test_a_widget_that_is_busy_for_long_does_not_hold_the_keyboard_up(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        t.app.key_queue = KeyQueue(t.app, t.app.key_queue._deliver, patience=0.01)
        free = asyncio.Event()
        t.play.call_later(free.wait)
        t.app.post_message(events.Key("home", None))  # which the busy screen sees before the app
        t.app.post_message(events.Key("a", "a"))
        await loop_until(lambda: t.play.prompt_bar.text == "a")
        free.set()
