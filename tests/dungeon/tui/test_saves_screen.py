"""Test the list of saved adventures: renaming, tags, orders, export and deletion."""

from dungeon.session.launcher import LaunchOptions
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.saves import SavesScreen
from dungeon.tui.widgets.safe_text import SafeInput
from tests.dungeon.tui.driver import adventure

ON = LaunchOptions(last=True)


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
