"""Test the screen of the sampling settings, suggested actions and other words."""

from textual.widgets import OptionList, TextArea

from dungeon.session.launcher import LaunchOptions
from dungeon.settings import load
from dungeon.tui.screens.alternatives import AlternativesScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.sampling import SamplingScreen
from dungeon.tui.screens.suggestions import SuggestionsDialog
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic
from tests.dungeon.tui.driver import adventure

ON = LaunchOptions(last=True)


async def test_settings_are_changed_by_keys_and_saved_as_a_preset(open_app, home):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("f3")
        await t.wait_for_screen(SamplingScreen)
        screen = t.app.screen
        await t.pilot.press("right")
        await t.wait_until(lambda: load(home.settings).preset == "steady")
        assert t.game.generation_settings.sampling.temperature == 0.3
        await t.pilot.press("down", "left")
        await t.wait_until(lambda: t.game.generation_settings.sampling.temperature == 0.2)
        assert "default 0.5" in str(screen.query_one(OptionList).get_option("temperature").prompt)
        await t.pilot.press("enter")
        await t.wait_for_screen(InputDialog)
        t.app.screen.query_one(SafeInput).value = "hot"
        await t.pilot.press("enter")
        await t.wait_for_screen(SamplingScreen)
        error = screen.query_one(".error", SafeStatic)
        await t.wait_until(lambda: "from 0 to 2" in str(error.content))
        await t.pilot.press("s")
        await t.wait_for_screen(InputDialog)
        t.app.screen.query_one(SafeInput).value = "calm"
        await t.pilot.press("enter")
        await t.wait_until(lambda: load(home.settings).preset == "calm")
        assert load(home.settings).presets["calm"].temperature == 0.2
        await t.wait_for_screen(SamplingScreen)
        await t.pilot.press("x")
        await t.wait_until(lambda: not load(home.settings).presets)
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)


async def test_biased_words_are_edited_on_a_screen_of_their_own(open_app, home):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("f3")
        await t.wait_for_screen(SamplingScreen)
        listing = t.app.screen.query_one(OptionList)
        listing.highlighted = listing.option_count - 1
        await t.pilot.press("enter")
        await t.wait_for_screen(TextEditor)
        t.app.screen.query_one(TextArea).text = "lantern 2\nfog -3"
        await t.pilot.press("ctrl+s")
        await t.wait_until(lambda: load(home.settings).biased_words == {"lantern": 2, "fog": -3})
        await t.wait_for_screen(SamplingScreen)
        assert "2" in str(listing.get_option("biased_words").prompt)


async def test_what_a_server_does_not_take_is_said_on_the_screen(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        t.game.generator.ignored_settings = frozenset({"top_k", "biased_words"})
        await t.pilot.press("f3")
        await t.wait_for_screen(SamplingScreen)
        listing = t.app.screen.query_one(OptionList)
        assert "server does not take it" in str(listing.get_option("top_k").prompt)
        assert "server does not take it" not in str(listing.get_option("top_p").prompt)
        assert "cannot be biased there" in str(listing.get_option("biased_words").prompt)


async def test_a_suggested_action_is_played_by_its_number(open_app):
    written = [" read the passage.", "", " draw a line.", "", " count to two.", "It rains."]
    async with open_app(written, saved=[adventure()], start=ON) as t:
        await t.pilot.press("f6")
        await t.wait_for_screen(SuggestionsDialog)
        listing = t.app.screen.query_one(OptionList)
        await t.wait_until(lambda: listing.option_count == 3)
        assert not t.game.busy
        await t.pilot.press("2")
        await t.wait_for_screen(PlayScreen)
        await t.wait_until(lambda: t.prose()[-1] == "It rains.")
        assert t.actions()[-1] == "You draw a line."


async def test_other_words_are_those_of_the_memory_of_then(open_app):
    async with open_app(["It rains hard."], saved=[adventure()], start=ON) as t:
        await t.send("/memory You are Zed.")
        await t.send("wait")
        await t.send("/memory You are Tom.")
        await t.pilot.press("f5")
        await t.wait_for_screen(AlternativesScreen)
        listing = t.app.screen.query_one(OptionList)
        await t.wait_until(lambda: listing.option_count == 3)
        (prompt,) = t.generator.scored
        assert "You are Zed." in prompt
        assert "You are Tom." not in prompt


async def test_a_reply_is_written_anew_from_another_word(open_app):
    async with open_app(["It rains hard.", " on the moor."], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.pilot.press("f5")
        await t.wait_for_screen(AlternativesScreen)
        listing = t.app.screen.query_one(OptionList)
        await t.wait_until(lambda: listing.option_count == 3)
        await t.pilot.press("right", "down")
        assert "20%  never" in str(listing.highlighted_option.prompt)
        await t.pilot.press("enter")
        await t.wait_for_screen(PlayScreen)
        await t.wait_until(lambda: t.prose()[-1] == "It never on the moor.")
        assert len(t.game.adventure.replies()) == 2
