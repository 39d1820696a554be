"""Test that text from stories, models and files is only ever text, on every screen."""

import pytest
from textual import events

from dungeon.session.launcher import LaunchOptions
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.context import ContextScreen
from dungeon.tui.screens.database_error import DatabaseErrorScreen
from dungeon.tui.screens.saves import SavesScreen
from dungeon.tui.screens.scenario_picker import ScenarioPicker
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.screens.title import TitleScreen
from dungeon.tui.screens.transcript import TranscriptScreen
from dungeon.tui.widgets.safe_text import SafeTextArea
from tests.dungeon.tui.driver import adventure, visible_text

ON = LaunchOptions(last=True)
MARKUP = "[/nope] [b]bold[/b] [@click=app.exit]out[/] [red]"


async def test_markup_in_stories_titles_and_replies_is_shown_as_it_is(open_app):
    tale = adventure(3, title=MARKUP, text=f"Prose {MARKUP}", action=f"You {MARKUP}")
    async with open_app([f"Reply {MARKUP}."], saved=[tale], start=ON) as t:
        await t.send("look")
        await t.wait_until(lambda: MARKUP in visible_text(t))
        for key, screen in (("ctrl+l", TextEditor), ("f2", ContextScreen)):
            await t.pilot.press(key)
            await t.wait_for_screen(screen)
            await t.wait_until(lambda: "[/nope]" in visible_text(t))
            await t.pilot.press("escape")
            await t.pilot.pause()
        await t.send("/print")
        await t.wait_for_screen(TranscriptScreen)
        await t.wait_until(lambda: "[/nope]" in visible_text(t))
        await t.pilot.press("escape")
        await t.pilot.press("ctrl+o")
        await t.wait_for_screen(SavesScreen)
        await t.wait_until(lambda: "[/nope]" in visible_text(t))


async def test_markup_in_saves_and_the_title(open_app):
    async with open_app(saved=[adventure(title=MARKUP, text=MARKUP)]) as t:
        await t.wait_for_screen(TitleScreen)
        await t.wait_until(lambda: "[/nope]" in visible_text(t))
        await t.pilot.press("s")
        await t.wait_for_screen(SavesScreen)
        await t.wait_until(lambda: t.app.screen.query_one("#saves").option_count == 1)
        await t.pilot.press("slash")
        await t.type("bold")
        await t.wait_until(lambda: "1 place" in visible_text(t) or "places" in visible_text(t))
        await t.pilot.press("enter", "d")
        await t.wait_for_screen(ConfirmDialog)
        await t.wait_until(lambda: "[/nope]" in visible_text(t))


async def test_markup_in_a_custom_scenario_file(open_app, home):
    home.scenarios.mkdir(parents=True)
    file = home.scenarios / "bad.toml"
    file.write_text(
        f'title = "{MARKUP}"\ngenre = "[/x]"\nsummary = "{MARKUP}"\nopening = "{MARKUP}"\n'
    )
    (home.scenarios / "worse.toml").write_text("[/nope")
    async with open_app(size=(120, 40)) as t:
        await t.pilot.press("n")
        await t.wait_for_screen(ScenarioPicker)
        await t.wait_until(lambda: "[/nope]" in visible_text(t))


async def test_markup_in_errors_and_notices(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        t.app.notify(MARKUP, severity="warning")
        t.play.activity.show_warning(MARKUP)
        await t.wait_until(lambda: MARKUP in visible_text(t))
        t.app.push_screen(DatabaseErrorScreen(MARKUP, MARKUP))
        await t.wait_for_screen(DatabaseErrorScreen)
        await t.wait_until(lambda: MARKUP in visible_text(t))


@pytest.mark.parametrize("text", ["\x1b]52;c;aGk=\x07ok", "\x9b2Jok", "\u202eok", "o\u200bk"])
async def test_pasted_text_is_cleaned(open_app, text):
    async with open_app(saved=[adventure()], start=ON) as t:
        t.play.prompt_bar.input.post_message(events.Paste(text + "\nmore"))
        await t.pilot.pause()
        assert t.play.prompt_bar.text.replace("\n", "").isprintable()
        assert t.play.prompt_bar.text.endswith("ok\nmore")
        await t.pilot.press("ctrl+g")
        await t.wait_for_screen(TextEditor)
        page = t.app.screen.query_one(SafeTextArea)
        page.post_message(events.Paste(text))
        await t.pilot.pause()
        assert page.text.isprintable()
        assert page.text.endswith("ok")


async def test_a_reply_is_never_run_as_a_command(open_app):
    async with open_app(["/quit\n/undo"], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        assert t.app.is_running
        assert len(t.game.adventure.turns) == 4
