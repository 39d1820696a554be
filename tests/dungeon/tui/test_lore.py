"""Test the lore screen, and entries made of selected words."""

import json
import threading
from dataclasses import replace

import pytest

from dungeon.commands import lore_import
from dungeon.errors import NotSaved
from dungeon.lore import LoreEntry, dump, load
from dungeon.session.launcher import LaunchOptions
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.context import ContextScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.lore import LoreScreen
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.widgets.safe_text import SafeInput, SafeTextArea
from dungeon.tui.widgets.turn import ProseView
from tests.dungeon.tui.driver import adventure, notices, visible_text
from tests.patience import HUNG, loop_until

ON = LaunchOptions(last=True)
GATE = LoreEntry("gate", "The gate", "It is shut.", ("gate",))


def entries(t):
    return load(t.app.session.library.load("a1").lore)


async def test_entries_are_added_tested_changed_and_removed(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.send("/lore add bell")
        await t.wait_for_screen(TextEditor)
        await t.pilot.press("ctrl+s")
        await t.wait_until(lambda: "has no text" in visible_text(t))
        await t.type("It is cracked.")
        await t.pilot.press("ctrl+s")
        await t.wait_for_screen(LoreScreen)
        assert [(e.title, e.keys, e.content) for e in entries(t)] == [
            ("bell", ("bell",), "It is cracked.")
        ]
        await t.pilot.press("slash")
        await t.type("A bell!")
        await t.wait_until(lambda: "key “bell”, in this text" in visible_text(t))
        await t.pilot.press("down", "enter")
        await t.wait_for_screen(TextEditor)
        area = t.app.screen.query_one(SafeTextArea)
        area.text = area.text.replace("keys: bell", "keys: gong")
        await t.pilot.press("ctrl+s")
        await t.wait_for_screen(LoreScreen)
        await t.wait_until(lambda: "Nothing fires." in visible_text(t))
        await t.pilot.press("d")
        await t.wait_for_screen(ConfirmDialog)
        await t.pilot.press("y")
        await t.wait_for_screen(LoreScreen)
        await t.wait_until(lambda: not entries(t))
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)


async def test_lore_of_another_program_is_added(open_app, tmp_path):
    file = tmp_path / "cards.json"
    file.write_text('[{"keys": "gate", "value": "It is shut.", "title": "The gate"}]')
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.send("/lore")
        await t.wait_for_screen(LoreScreen)
        await t.pilot.press("i")
        await t.wait_for_screen(InputDialog)
        t.app.screen.query_one(SafeInput).value = str(file)
        await t.pilot.press("enter")
        await t.wait_until(lambda: [entry.title for entry in entries(t)] == ["The gate"])
        await t.wait_until(lambda: "1 lore entry added." in visible_text(t))


async def test_a_selected_word_becomes_an_entry(open_app):
    async with open_app(saved=[adventure(text="Behold: the zither, at last.")], start=ON) as t:
        prose = t.play.query(ProseView).last()
        start = str(prose.content).index("zither")
        await t.pilot.mouse_down(prose, offset=(prose.styles.padding.left + start, 0))
        await t.pilot.hover(prose, offset=(prose.styles.padding.left + start + 6, 0))
        await t.pilot.mouse_up(prose, offset=(prose.styles.padding.left + start + 6, 0))
        await t.pilot.press("f4")
        await t.wait_for_screen(TextEditor)
        assert "keys: zither\n" in t.app.screen.query_one(SafeTextArea).text
        await t.pilot.press("escape")
        await t.wait_for_screen(LoreScreen)
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)
        await t.pilot.press("f4")
        await t.wait_for_screen(LoreScreen)


@pytest.mark.parametrize("size", [(40, 12), (100, 30)])
async def test_the_screens_say_why_an_entry_fired(open_app, size):
    story = replace(adventure(), lore=dump([GATE, replace(GATE, id="b", probability=0)]))
    async with open_app(["It rains."], saved=[story], start=ON, size=size) as t:
        await t.send("look at the gate")
        await t.pilot.press("f2")
        await t.wait_for_screen(ContextScreen)
        text = "".join(str(each.content) for each in t.app.screen.query(".excerpt"))
        assert "“The gate” is in the prompt: key “gate”, 1 turn back." in text
        assert "does not fire: not drawn, with a probability of 0 %." in text
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)
        await t.pilot.press("f4")
        await t.wait_for_screen(LoreScreen)
        assert "The gate [gate]" in visible_text(t)


async def test_an_import_goes_on_where_the_screen_is_left(open_app, tmp_path, monkeypatch):
    file = tmp_path / "book.json"
    file.write_text(json.dumps([{"keys": "gate", "value": "It is shut."}]), "utf-8")
    begun, allowed, read = threading.Event(), threading.Event(), lore_import.read_file

    def read_slowly(typed):
        begun.set()
        assert allowed.wait(HUNG)
        return read(typed)

    monkeypatch.setattr(lore_import, "read_file", read_slowly)
    async with open_app(saved=[adventure()], start=LaunchOptions(last=True)) as t:
        await t.pilot.press("f4")
        await t.wait_for_screen(LoreScreen)
        await t.pilot.press("i")
        await t.wait_for_screen(InputDialog)
        t.app.screen.query_one(SafeInput).value = str(file)
        await t.send_packet("enter", "escape")
        await loop_until(begun.is_set)
        await t.wait_until(lambda: t.app.screen is t.play)
        allowed.set()
        await t.wait_until(lambda: load(t.game.adventure.lore))


async def test_an_entry_that_cannot_be_removed_is_told_though_the_list_is_left(
    open_app, monkeypatch
):
    story = replace(adventure(), lore=dump([GATE]))
    async with open_app(saved=[story], start=ON) as t:
        allowed = threading.Event()

        def fail(*_, **__):
            assert allowed.wait(HUNG)
            raise NotSaved("The disk is full.")

        monkeypatch.setattr(t.app.session.library, "revise", fail)
        await t.pilot.press("f4")
        await t.wait_for_screen(LoreScreen)
        await t.pilot.press("d")
        await t.wait_for_screen(ConfirmDialog)
        await t.send_packet("y", "escape")
        await t.wait_for_screen(PlayScreen)
        allowed.set()
        await t.wait_until(lambda: "The disk is full." in notices(t))
