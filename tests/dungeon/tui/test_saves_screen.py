"""Test the list of saved adventures: renaming, tags, orders, export and deletion."""

import asyncio
import threading

import pytest

from dungeon.errors import NotSaved
from dungeon.session.launcher import LaunchOptions
from dungeon.tui.screens.branches import BranchesScreen
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.saves import SavesScreen
from dungeon.tui.widgets.safe_text import SafeInput
from tests.dungeon.tui.driver import AppDriver, adventure, key_names, notices
from tests.patience import HUNG, loop_until

ON = LaunchOptions(last=True)


async def open_list(t: AppDriver, highlighted: str) -> None:
    """Open the list, and go down to the adventure of that title."""
    await t.pilot.press("ctrl+o")
    await t.wait_for_screen(SavesScreen)
    await t.wait_until(lambda: t.app.screen._rows)
    titles = [row.title for row in t.app.screen._rows]
    await t.pilot.press(*["down"] * titles.index(highlighted))


async def test_the_list_renames_tags_stars_sorts_and_exports(open_app, tmp_path):
    tales = [adventure(title="The Stair"), adventure(5, name="b2", title="The Moor")]
    async with open_app(saved=tales, start=LaunchOptions(adventure="a1")) as t:
        library = t.app.session.library
        await t.pilot.press("ctrl+o")
        await t.wait_for_screen(SavesScreen)
        await t.wait_until(lambda: t.app.screen.query_one("#saves").option_count == 2)
        await t.pilot.press("o", "o")
        await t.wait_until(lambda: "The Moor" in t.app.screen._highlighted.title)
        for key, typed, done in (
            ("n", "The Fen", lambda: library.load("b2").title == "The Fen"),
            ("t", "sea, night", lambda: library.load("b2").tags == ("night", "sea")),
            ("x", f"text {tmp_path}/fen.txt", lambda: (tmp_path / "fen.txt").exists()),
        ):
            await t.pilot.press(key)
            await t.wait_for_screen(InputDialog)
            t.app.screen.query_one(SafeInput).value = typed
            await t.pilot.press("enter")
            await t.wait_until(done)
            await t.wait_for_screen(SavesScreen)
        await t.pilot.press("f")
        await t.wait_until(lambda: library.load("b2").favourite)
        await t.pilot.press("v")
        status = t.app.screen.query_one("#search-status")
        await t.wait_until(lambda: "5 turns on 1 branch" in str(status.content))


async def test_deleting_names_the_adventure_and_asks(open_app):
    async with open_app(saved=[adventure(title="The Stair")]) as t:
        await t.pilot.press("s")
        await t.wait_for_screen(SavesScreen)
        await t.wait_until(lambda: t.app.screen.query_one("#saves").option_count == 1)
        await t.pilot.press("d")
        await t.wait_for_screen(ConfirmDialog)
        assert "The Stair" in str(t.app.screen.query_one(".question").content)
        await t.pilot.press("enter")
        await t.wait_for_screen(SavesScreen)
        assert len(t.app.session.library.summaries()) == 1
        await t.pilot.press("d")
        await t.wait_for_screen(ConfirmDialog)
        await t.pilot.press("y")
        await t.wait_for_screen(SavesScreen)
        await t.wait_until(lambda: not t.app.session.library.summaries())


async def test_lines_load_rename_and_delete_another_adventure(open_app):
    tales = [adventure(title="The Stair"), adventure(5, name="b2", title="The Moor")]
    async with open_app(saved=tales, start=LaunchOptions(adventure="a1")) as t:
        library = t.app.session.library
        await t.send("/library rename the moor to The Fen")
        await t.wait_until(lambda: library.load("b2").title == "The Fen")
        await t.send("/library tag the fen as sea, night")
        await t.wait_until(lambda: library.load("b2").tags == ("night", "sea"))
        await t.send("/load the fen")
        await t.wait_until(lambda: t.game.adventure.id == "b2")
        await t.wait_until_idle()
        await t.send("/library delete the stair")
        assert "If you are sure" in t.activity
        await t.send("/library delete a1 yes")
        await t.wait_until(lambda: [each.id for each in library.summaries()] == ["b2"])
        await t.send("/load")
        await t.wait_for_screen(SavesScreen)


async def test_the_adventure_being_played_is_not_deleted(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+o")
        await t.wait_for_screen(SavesScreen)
        await t.wait_until(lambda: t.app.screen.query_one("#saves").option_count == 1)
        await t.pilot.press("d")
        await t.wait_until_painted()
        assert isinstance(t.app.screen, SavesScreen)
        assert t.app.session.library.summaries()


CHANGES = {
    "n": (InputDialog, "enter", lambda library: library.load("b2").title == "Fen"),
    "t": (InputDialog, "enter", lambda library: library.load("b2").tags == ("Fen",)),
    "f": (None, "", lambda library: library.load("b2").favourite),
    "d": (ConfirmDialog, "y", lambda library: len(library.summaries()) == 1),
}
"""Keys of the list, the dialog that each opens and what answers it, and whether it is done."""


@pytest.mark.parametrize(
    ("key", "next_key"),
    [("n", "escape"), ("n", "o"), ("t", "escape"), ("f", "o"), ("d", "escape")],
)
async def test_no_key_behind_a_change_takes_it_back(open_app, key, next_key):
    dialog, answer, is_done = CHANGES[key]
    tales = [adventure(title="The Stair"), adventure(name="b2", title="The Moor")]
    async with open_app(saved=tales, start=LaunchOptions(adventure="a1")) as t:
        library = t.app.session.library
        await open_list(t, "The Moor")
        if dialog is not None:
            await t.pilot.press(key)
            await t.wait_for_screen(dialog)
            for field in t.app.screen.query(SafeInput):
                field.value = "Fen"
        with t.app.session._opening_library:  # nothing is saved until both keys are dealt with
            await t.send_packet(*filter(None, (answer or key, next_key)))
        await t.wait_until(lambda: is_done(library))


@pytest.mark.parametrize("title", ["The Stair", "The Moor"])
async def test_two_quick_stars_set_one_and_take_it_back(open_app, monkeypatch, title):
    tales = [adventure(title="The Stair"), adventure(name="b2", title="The Moor")]
    async with open_app(saved=tales, start=LaunchOptions(adventure="a1")) as t:
        library, stars = t.app.session.library, []
        revise = library.revise

        def revise_and_note(adventure_id, **changes):
            revise(adventure_id, **changes)
            stars.append(changes["favourite"])

        await open_list(t, title)
        monkeypatch.setattr(library, "revise", revise_and_note)
        with t.app.session._opening_library:  # nothing is read until both keys are dealt with
            await t.send_packet("f", "f")
        await t.wait_until(lambda: len(stars) == 2)
        assert stars == [True, False]


async def test_a_change_that_fails_is_told_though_the_list_is_left(open_app, monkeypatch):
    tales = [adventure(title="The Stair"), adventure(name="b2", title="The Moor")]
    async with open_app(saved=tales, start=LaunchOptions(adventure="a1")) as t:

        def fail(*_, **__):
            raise NotSaved("The disk is full.")

        monkeypatch.setattr(t.app.session.library, "revise", fail)
        await open_list(t, "The Moor")
        await t.pilot.press("n")
        await t.wait_for_screen(InputDialog)
        await t.send_packet("enter", "escape")
        await t.wait_until(lambda: "The disk is full." in notices(t))


async def test_enter_right_behind_a_query_opens_none_of_the_rows_before_it(open_app):
    tales = [adventure(text="A zither lies there."), adventure(name="b2", title="The Moor")]
    async with open_app(saved=tales, start=LaunchOptions(adventure="a1")) as t:
        await open_list(t, "The Moor")
        with t.app.session._opening_library:
            await t.send_packet("slash", *key_names("zither"), "enter", "enter")
        await t.wait_until(lambda: t.app.screen.query_one("#saves").option_count == 3)
        assert t.game.adventure.id == "a1"
        await t.pilot.press("enter")
        await t.wait_for_screen(BranchesScreen)
        assert t.game.adventure.id == "a1"


async def test_a_search_that_was_overtaken_numbers_nothing(open_app, monkeypatch):
    async with open_app(saved=[adventure()], start=ON) as t:
        library = t.app.session.library
        search = library.search
        begun, allowed = threading.Event(), threading.Event()

        def search_slowly(query):
            begun.set()
            assert allowed.wait(HUNG)
            return search(query)

        monkeypatch.setattr(library, "search", search_slowly)
        overtaken = asyncio.create_task(t.app.search("thing"))
        await loop_until(begun.is_set)
        overtaken.cancel()
        monkeypatch.setattr(library, "search", search)
        found = await t.app.search("passage")
        allowed.set()
        await t.wait_until_painted()  # which waits for the thread
        assert t.app.session.found == found
