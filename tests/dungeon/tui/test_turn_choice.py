"""Test that a turn of the story is chosen with the keys, and what can be done with it."""

from textual.command import CommandList, CommandPalette

from dungeon.session.launcher import LaunchOptions
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.widgets.safe_text import SafeTextArea
from tests.dungeon.tui.driver import adventure, visible_text

ON = LaunchOptions(last=True)


async def test_a_turn_is_chosen_named_edited_and_its_replies_gone_through(open_app):
    async with open_app(saved=[adventure(40)], start=ON) as t:
        await t.pilot.press("ctrl+up")
        await t.wait_until(lambda: "Turn 40" in visible_text(t))
        await t.pilot.press(*["up"] * 30)  # beyond the turns that are shown at first
        await t.wait_until(lambda: "Turn 10" in visible_text(t))
        assert "You do thing 9." in visible_text(t)
        await t.pilot.press("n")
        await t.wait_for_screen(InputDialog)
        await t.type("bridge")
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.game.adventure.checkpoints == {"bridge": ("a1t9",)})
        await t.pilot.press("e")
        await t.wait_for_screen(TextEditor)
        t.app.screen.query_one(SafeTextArea).text = "My own wording."
        await t.pilot.press("ctrl+s")
        await t.wait_until(lambda: "My own wording." in t.prose())
        assert t.prose()[-1].startswith("Passage 39")  # what follows goes on from it
        await t.wait_until(lambda: t.play.prompt_bar.input.has_focus)
        await t.pilot.press("ctrl+up")
        await t.wait_until(lambda: "Turn 40" in visible_text(t))
        await t.pilot.press(*["up"] * 30)
        await t.wait_until(lambda: "Turn 10  ‹ 2/2 ›" in visible_text(t))
        await t.pilot.press("left")
        await t.wait_until(lambda: "Turn 10  ‹ 1/2 ›" in visible_text(t))
        assert t.prose()[-1].startswith("Passage 9")


async def test_the_action_of_an_earlier_turn_is_edited_and_the_story_goes_on(open_app):
    async with open_app(saved=[adventure(5)], start=ON) as t:
        await t.pilot.press("ctrl+up", "up", "up", "a")
        await t.wait_for_screen(TextEditor)
        assert "The action of turn 3" in visible_text(t)
        assert t.app.screen.query_one(SafeTextArea).text == "You do thing 2."
        t.app.screen.query_one(SafeTextArea).text = "climb the wall"
        await t.pilot.press("ctrl+s")
        await t.wait_until(lambda: "You climb the wall." in t.actions())
        assert t.actions()[-2:] == ["You do thing 3.", "You do thing 4."]
        assert [prose.split()[1] for prose in t.prose()] == ["0", "1", "2", "3", "4"]
        await t.wait_until(lambda: "2 turns after it go on from there" in t.activity)


async def test_the_opening_has_no_action_to_edit(open_app):
    async with open_app(saved=[adventure(2)], start=ON) as t:
        await t.pilot.press("ctrl+up", "up", "a")
        await t.wait_until(lambda: "answers no action" in visible_text(t))


async def test_the_opening_cannot_be_retried_and_nothing_moves_then(open_app):
    async with open_app(saved=[adventure(3)], start=ON) as t:
        await t.pilot.press("ctrl+up", "up", "up", "r")
        await t.wait_until(lambda: "nothing to retry" in visible_text(t))
        assert t.game.adventure.head == "a1t2"
        await t.pilot.press("ctrl+p")  # what can be done with the turn is in the palette, too
        await t.wait_for_screen(CommandPalette)
        await t.type("name")
        await t.wait_until(lambda: t.app.screen.query_one(CommandList).option_count == 1)
        await t.pilot.press("enter")
        await t.wait_for_screen(InputDialog)


async def test_escape_in_a_dialog_leads_back_to_the_chosen_turn(open_app):
    async with open_app(saved=[adventure(4)], start=ON) as t:
        await t.pilot.press("ctrl+up", "up")
        for key, dialog in (("e", TextEditor), ("a", TextEditor), ("f", InputDialog)):
            await t.pilot.press(key)
            await t.wait_for_screen(dialog)
            await t.pilot.press("escape")
            await t.wait_until(lambda: t.app.screen is t.play and t.play.story.has_focus)
            await t.pilot.press("y")
            await t.wait_until(lambda: "Passage 2" in t.app.clipboard)
            t.app.copy_to_clipboard("")
            assert t.play.story.chosen == "a1t2"
        assert t.play.prompt_bar.text == ""


async def test_escape_and_down_lead_back_to_the_prompt(open_app):
    async with open_app(["It rains."], saved=[adventure(4)], start=ON) as t:
        for back in ("escape", "down"):
            await t.pilot.press("ctrl+up")
            await t.wait_until(lambda: t.play.story.has_focus and t.play.story.chosen == "a1t3")
            await t.pilot.press("x", back)  # a letter is no text here
            await t.wait_until(lambda: t.play.prompt_bar.input.has_focus)
            assert not t.play.query(".chosen")
            assert t.play.prompt_bar.text == ""
        await t.pilot.press("ctrl+up", "up", "enter")
        await t.wait_until(lambda: t.game.adventure.head == "a1t2")
        await t.wait_until(lambda: t.play.prompt_bar.input.has_focus)
