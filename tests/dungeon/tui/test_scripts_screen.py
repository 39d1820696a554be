"""Test the screen of scripts: trusted, set and switched off by keys."""

import threading

from textual.widgets import OptionList

from dungeon.scripts.loading import read_file
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import load
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.scripts import ScriptsScreen
from dungeon.tui.screens.settings import SettingsScreen
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic
from tests.dungeon.scripts.sources import SHOUT, make_home
from tests.dungeon.tui.driver import adventure
from tests.patience import HUNG, loop_until


async def test_a_script_is_trusted_set_and_switched_off_by_keys(open_app, home, tmp_path):
    make_home(tmp_path, shout=SHOUT)
    async with open_app(["It rains."], saved=[adventure()], start=LaunchOptions(last=True)) as t:
        await t.pilot.press("f7")
        await t.wait_for_screen(SettingsScreen)
        await t.pilot.press("up", "enter")  # the last line leads to the scripts
        await t.wait_for_screen(ScriptsScreen)
        listing = t.app.screen.query_one(OptionList)
        assert "not trusted" in str(listing.get_option("shout").prompt)
        await t.pilot.press("enter")
        await t.wait_for_screen(ConfirmDialog)
        await t.pilot.press("y")
        await t.wait_until(lambda: listing.option_count == 2)
        await t.pilot.press("down", "right")
        await t.wait_until(
            lambda: "4   default 3" in str(listing.get_option("shout/volume").prompt)
        )
        await t.pilot.press("enter")
        await t.wait_for_screen(InputDialog)
        t.app.screen.query_one(SafeInput).value = "12"
        await t.pilot.press("enter")
        await t.wait_for_screen(ScriptsScreen)
        error = t.app.screen.query_one(".error", SafeStatic)
        await t.wait_until(lambda: "from 0 to 9" in str(error.content))
        assert load(home.settings).script_settings == {"shout": {"volume": 4}}
        await t.pilot.press("d")
        await t.wait_until(lambda: not load(home.settings).script_settings)
        await t.pilot.press("escape", "escape")
        await t.wait_for_screen(PlayScreen)
        await t.send("wait")
        assert t.prose()[-1] == "IT RAINS!!!"
        await t.send("/scripts")
        await t.wait_for_screen(ScriptsScreen)
        await t.pilot.press("enter")
        await t.wait_until(lambda: load(home.settings).scripts_off == ("shout",))
        await t.pilot.press("x")
        listing = t.app.screen.query_one(OptionList)
        await t.wait_until(lambda: "not trusted" in str(listing.get_option("shout").prompt))
        assert t.game.active_scripts.names == ()


async def test_the_settings_of_a_script_stand_on_the_settings_screen(open_app, home, tmp_path):
    digits = make_home(tmp_path, shout=SHOUT) and read_file(home.scripts / "shout.py").sha256
    async with open_app(["It rains."], saved=[adventure()], start=LaunchOptions(last=True)) as t:
        await t.send(f"/scripts trust shout {digits}")
        await t.pilot.press("f7")
        await t.wait_for_screen(SettingsScreen)
        listing = t.app.screen.query_one(OptionList)

        def shown() -> str:
            return str(listing.get_option("shout/volume").prompt)

        assert "How loud. Of the script shout." in shown()
        await t.pilot.press("up", "up", "right")
        await t.wait_until(lambda: "4   default 3" in shown())
        assert load(home.settings).script_settings == {"shout": {"volume": 4}}
        for typed in ("12", "2"):
            await t.pilot.press("enter")
            await t.wait_for_screen(InputDialog)
            t.app.screen.query_one(SafeInput).value = typed
            await t.pilot.press("enter")
            await t.wait_for_screen(SettingsScreen)
            if typed == "12":
                error = t.app.screen.query_one(".error", SafeStatic)
                await t.wait_until(lambda error=error: "from 0 to 9" in str(error.content))
        await t.wait_until(lambda: "2   default 3" in shown())
        await t.pilot.press("d")
        await t.wait_until(lambda: not load(home.settings).script_settings)
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)
        await t.send("wait")
        assert t.prose()[-1] == "IT RAINS!!!"


async def test_a_script_is_on_though_its_screen_is_left_while_it_is_trusted(
    open_app, tmp_path, monkeypatch
):
    make_home(tmp_path, shout=SHOUT)
    async with open_app(saved=[adventure()], start=LaunchOptions(last=True)) as t:
        begun, allowed, activate = threading.Event(), threading.Event(), t.game.scripts.activate

        def activate_slowly():
            begun.set()
            assert allowed.wait(HUNG)
            return activate()

        monkeypatch.setattr(t.game.scripts, "activate", activate_slowly)
        await t.send("/scripts")
        await t.wait_for_screen(ScriptsScreen)
        await t.pilot.press("enter")
        await t.wait_for_screen(ConfirmDialog)
        await t.send_packet("y", "escape")
        await loop_until(begun.is_set)
        await t.wait_until(lambda: t.app.screen is t.play)
        allowed.set()
        await t.wait_until(lambda: t.game.active_scripts.names == ("shout",))
