"""Test reduced motion, speech and copying on the screen."""

from textual.geometry import Offset
from textual.selection import Selection

from dungeon.session.launcher import LaunchOptions
from dungeon.settings import load
from dungeon.tui.widgets.turn import ProseView
from tests.dungeon.speech.test_speech import NotingVoice
from tests.dungeon.tui.driver import AppDriver, adventure


async def test_the_palette_suspends_the_game_where_the_system_can(open_app, monkeypatch):
    async with open_app(saved=[adventure()], start=LaunchOptions(last=True)) as t:
        for can, offered in ((False, False), (True, True)):
            monkeypatch.setattr(type(t.app._driver), "can_suspend", can)
            names = [each.title for each in t.app.get_system_commands(t.app.screen)]
            assert ("Suspend" in names) is offered


async def test_motion_speech_and_copying_while_playing(build_app, home):
    app, generator = build_app(
        ["It rains. You wait."], saved=[adventure()], start=LaunchOptions(last=True)
    )
    app.animation_level = "full"
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        t = AppDriver(app, pilot, generator)
        await t.wait_until_ready(playing=True)
        prompt = t.play.prompt_bar.input
        assert prompt.cursor_blink
        await t.send("/settings reduced_motion on")
        assert not prompt.cursor_blink
        assert app.animation_level == "none"
        await t.send("/settings state auto")
        assert t.game.generation_settings.state == load(home.settings).state == "auto"
        t.play.activity.show_activity("writing")
        assert t.activity == "writing…"

        voice = NotingVoice()
        app.sounds._find_voice = lambda _settings: voice
        await t.send("/speak on")
        await t.send("wait")
        await t.wait_until(lambda: voice.spoken == ["It rains.", "You wait."])
        await t.send("/speak again")
        await t.wait_until(lambda: len(voice.spoken) == 4)
        await t.send("/speak off")
        assert not load(home.settings).speech

        prose = t.play.query(ProseView).last()
        app.screen.selections = {prose: Selection(Offset(0, 0), Offset(9, 0))}
        await pilot.press("ctrl+c")
        assert app.clipboard == "It rains."
        assert "Copied: 2 words." in [notice.message for notice in app._notifications]
