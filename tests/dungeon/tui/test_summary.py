"""Test the summary screen: versions are shown, edited, pinned and gone back to."""

from dataclasses import replace

from dungeon.session.launcher import LaunchOptions
from dungeon.story import StorySummary
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.summary import SummaryScreen
from dungeon.tui.screens.text_editor import TextEditor
from tests.dungeon.tui.driver import adventure, visible_text


async def test_versions_are_shown_edited_pinned_and_gone_back_to(open_app):
    first = StorySummary("s1", "a1t0", "a1t0", "You came by the ferry.")
    saved = replace(adventure(), summaries=(first,))
    async with open_app(saved=[saved], start=LaunchOptions(last=True)) as t:
        await t.send("/summary")
        await t.wait_for_screen(SummaryScreen)
        assert "You came by the ferry." in visible_text(t)
        assert "Made at turn 1, sentences of the story, covers turn 1." in visible_text(t)
        await t.pilot.press("e")
        await t.wait_for_screen(TextEditor)
        await t.type(" It burns.")
        await t.pilot.press("ctrl+s")
        await t.wait_for_screen(SummaryScreen)
        await t.pilot.press("p")
        await t.wait_until(lambda: "pinned" in visible_text(t))
        await t.pilot.press("down", "enter")
        await t.wait_until(lambda: "1* made at turn 3, your words" in visible_text(t))
        await t.pilot.press("m")
        await t.wait_until(lambda: "Method: off" in visible_text(t))
        assert t.app.session.settings.summary == "off"
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)
        stored = t.app.session.library.load("a1").summaries
        assert [(each.text, each.pinned) for each in stored] == [
            ("You came by the ferry.", False),
            ("You came by the ferry. It burns.", False),
            ("You came by the ferry. It burns.", True),
            ("You came by the ferry.", True),
        ]


async def test_what_happened_before_is_shown_until_the_player_acts(open_app):
    saved = adventure(12, text="You look around. Old Marta gives you a brass key.")
    async with open_app(["Rain begins."], saved=[saved], start=LaunchOptions(last=True)) as t:
        assert t.activity.startswith("Previously: Old Marta gives you")
        assert "look around" not in t.activity
        await t.send("wait")
        assert not t.activity
        assert "Previously" not in t.generator.requests[-1].prompt
