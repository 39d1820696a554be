"""Import files in the app: from the list of saves, with a line, and on with what came in."""

import json

from dungeon.commands.effects import View
from dungeon.session.launcher import LaunchOptions
from dungeon.tui.screens.importing import ImportScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.saves import SavesScreen
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic
from tests.dungeon.small_disk import leave_little_room, write_stories
from tests.dungeon.transfer import samples
from tests.dungeon.tui.driver import adventure, notices

ON = LaunchOptions(last=True)


async def test_a_file_is_imported_from_the_list_and_with_a_line(open_app, tmp_path):
    file = tmp_path / "old.json"
    file.write_text(json.dumps(samples.KOBOLD), "utf-8")
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+o")
        await t.wait_for_screen(SavesScreen)
        await t.pilot.press("i")
        await t.wait_for_screen(ImportScreen)
        report = t.app.screen.query_one("#import-report", SafeStatic)
        for path, said in ((f"{tmp_path}/none", "There is no file"), (file, "Taken: 3 turns")):
            t.app.screen.query_one(SafeInput).value = str(path)
            await t.pilot.press("enter")
            await t.wait_until(lambda said=said: said in str(report.render()))
        await t.pilot.press("escape")
        await t.wait_for_screen(SavesScreen)
        await t.wait_until(lambda: t.app.screen.query_one("#saves").option_count == 2)
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)
        t.app.open_view(View.IMPORT, str(file))
        await t.wait_for_screen(ImportScreen)
        report = t.app.screen.query_one("#import-report", SafeStatic)
        await t.wait_until(lambda: "Taken: 3 turns" in str(report.render()))


async def test_a_pack_of_scenarios_is_imported_and_begun_with(open_app, tmp_path):
    pack = tmp_path / "rain"
    pack.mkdir()
    (pack / "pack.toml").write_text('title = "Rain"', "utf-8")
    (pack / "well.toml").write_text('title = "The Well"\nopening = "You lean over it."', "utf-8")
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.send(f"/import {pack}")
        await t.wait_for_screen(ImportScreen)
        report = t.app.screen.query_one("#import-report", SafeStatic)
        await t.wait_until(lambda: "Enter begins with it." in str(report.render()))
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.game.adventure.title == "The Well")
        assert t.prose() == ["You lean over it."]


async def test_enter_opens_what_was_imported(open_app, tmp_path):
    save, card = tmp_path / "old.json", tmp_path / "mira.json"
    save.write_text(json.dumps(samples.KOBOLD), "utf-8")
    card.write_text(json.dumps(samples.CARD), "utf-8")
    async with open_app(saved=[adventure()], start=ON) as t:
        for file, opens in ((save, "Enter opens it."), (card, "Enter begins with the first.")):
            t.app.open_view(View.IMPORT, str(file))
            await t.wait_for_screen(ImportScreen)
            report = t.app.screen.query_one("#import-report", SafeStatic)
            await t.wait_until(lambda report=report, opens=opens: opens in str(report.render()))
            await t.pilot.press("enter")
            if file == card:  # it asks for the player's name first
                await t.wait_for_screen(InputDialog)
                await t.pilot.press("enter")
            await t.wait_for_screen(PlayScreen)
            title = {save: "old", card: "Mira"}[file]
            await t.wait_until(lambda title=title: t.game.adventure.title == title)


async def test_a_second_enter_imports_no_second_copy(open_app, tmp_path):
    file = tmp_path / "old.json"
    file.write_text(json.dumps(samples.KOBOLD), "utf-8")
    async with open_app(saved=[adventure()], start=ON) as t:
        library = t.app.session.library
        t.app.open_view(View.IMPORT)
        await t.wait_for_screen(ImportScreen)
        t.app.screen.query_one(SafeInput).value = str(file)
        with t.app.session._opening_library:  # nothing is read until both keys are dealt with
            await t.send_packet("enter", "enter")
        report = t.app.screen.query_one("#import-report", SafeStatic)
        await t.wait_until(lambda: "Enter opens it." in str(report.render()))
        await t.app.change_library(lambda _: None)  # behind all that was asked for
        assert len(library.summaries()) == 2


async def test_an_import_that_is_left_is_reported_where_the_player_is_then(open_app, tmp_path):
    file = tmp_path / "old.json"
    file.write_text(json.dumps(samples.KOBOLD), "utf-8")
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+o")
        await t.wait_for_screen(SavesScreen)
        for path, said in ((file, "Taken: 3 turns"), (f"{tmp_path}/none", "There is no file")):
            await t.pilot.press("i")
            await t.wait_for_screen(ImportScreen)
            t.app.screen.query_one(SafeInput).value = str(path)
            with t.app.session._opening_library:  # nothing is read until both keys are dealt with
                await t.send_packet("enter", "escape")
                await t.wait_for_screen(SavesScreen)
            await t.wait_until(lambda said=said: any(said in each for each in notices(t)))
            await t.wait_until(lambda: t.app.screen.query_one("#saves").option_count == 2)


async def test_a_file_with_nothing_in_it_is_refused(open_app, tmp_path):
    file = tmp_path / "empty.lorebook"
    file.write_text('{"lorebookVersion": 5, "entries": []}', "utf-8")
    async with open_app(saved=[adventure()], start=ON) as t:
        t.app.open_view(View.IMPORT, str(file))
        await t.wait_for_screen(ImportScreen)
        report = t.app.screen.query_one("#import-report", SafeStatic)
        await t.wait_until(lambda: "nothing in it to import" in str(report.render()))


async def test_a_file_that_does_not_fit_on_the_disk_is_left_out_whole(
    open_app, home, tmp_path, monkeypatch
):
    file = write_stories(tmp_path / "stories.json")
    async with open_app(saved=[adventure()], start=ON) as t:
        with monkeypatch.context() as disk:
            leave_little_room(disk, home.saves)
            t.app.open_view(View.IMPORT, str(file))
            await t.wait_for_screen(ImportScreen)
            report = t.app.screen.query_one("#import-report", SafeStatic)
            said = "Nothing of it was imported: the disk is full"
            await t.wait_until(lambda: said in str(report.render()))
        assert [each.title for each in t.app.session.library.summaries()] == ["The Lamp"]
        await t.pilot.press("enter")  # the path still stands there
        await t.wait_until(lambda: "Enter opens the first." in str(report.render()))
        assert len(t.app.session.library.summaries()) == 9
