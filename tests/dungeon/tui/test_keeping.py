"""Test that nothing is lost: after a crash, where saving fails, in bad saves."""

import asyncio
import threading

from dungeon.errors import NotSaved
from dungeon.files.home import Home
from dungeon.files.unsent_lines import UnsentLines
from dungeon.saves.library import Library
from dungeon.session.launcher import LaunchOptions
from dungeon.story import Draft, Kind
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.database_error import DatabaseErrorScreen
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.title import TitleScreen
from tests.dungeon.tui.driver import adventure, visible_text
from tests.patience import HUNG, loop_until

ON = LaunchOptions(last=True)


async def test_a_line_that_is_typed_and_not_sent_is_kept_with_its_adventure(open_app, home):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("tab")
        await t.type("my name is Bram")
        await t.pilot.press("ctrl+q")
        await t.wait_until(lambda: not t.app.is_running)
    async with open_app(["It rains."], start=ON) as t:
        await t.wait_until(lambda: t.play.prompt_bar.text == "my name is Bram")
        await t.wait_until(lambda: "You had typed this" in t.activity)
        assert t.play.prompt_bar.mode is Kind.SAY
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.prose()[-1] == "It rains.")
        await t.pilot.press("ctrl+q")
        await t.wait_until(lambda: not t.app.is_running)
    assert UnsentLines(home.unsent_lines).take("a1") is None


async def test_a_draft_with_text_becomes_a_turn_after_a_crash(open_app, home):
    story = adventure()
    library = Library.open(home.saves)
    library.create(story)
    library.keep_draft("a1", Draft(story.head, Kind.DO, "You listen.", "You hear a"))
    async with open_app(start=ON) as t:
        assert t.prose()[-1] == "You hear a"
        assert t.actions()[-1] == "You listen."
        assert "cut short" in t.activity


async def test_a_draft_without_text_is_put_back_into_the_prompt_after_a_crash(open_app, home):
    story = adventure()
    library = Library.open(home.saves)
    library.create(story)
    library.keep_draft("a1", Draft(story.head, Kind.SAY, 'You say "Hello there."'))
    async with open_app(["A voice answers."], start=ON) as t:
        assert t.play.prompt_bar.text == "Hello there."
        assert t.play.prompt_bar.mode is Kind.SAY
        assert "had begun" in t.activity
        await t.pilot.press("enter")
        await t.wait_until_idle()
        assert t.actions()[-1] == 'You say "Hello there."'


async def test_what_is_typed_while_the_story_is_shown_is_kept_behind_a_draft(
    open_app, home, monkeypatch
):
    story, show = adventure(), PlayScreen.show_story
    library = Library.open(home.saves)
    library.create(story)
    library.keep_draft("a1", Draft(story.head, Kind.SAY, 'You say "Hello."'))

    async def type_and_show(play, turn_id=""):
        play.prompt_bar.input.insert_at_cursor(" Bram!")
        await show(play, turn_id)

    monkeypatch.setattr(PlayScreen, "show_story", type_and_show)
    async with open_app(start=ON) as t:
        await t.wait_until(lambda: "had begun" in t.activity)
        assert t.play.prompt_bar.text == "Hello. Bram!"


async def test_an_unsaved_turn_stays_on_the_screen_and_is_marked(open_app, monkeypatch):
    async with open_app(["It is dark.", "It is light."], saved=[adventure()], start=ON) as t:
        library = t.app.session.library

        def full(*_, **__):
            raise NotSaved("The disk is full.")

        monkeypatch.setattr(library, "append", full)
        await t.send("look")
        assert t.prose()[-1] == "It is dark."
        assert "The disk is full." in t.activity
        assert len(t.play.query(".unsaved")) == 1
        assert "1 not saved" in str(t.play.query_one("#status").content)
        monkeypatch.undo()
        await t.send("look")
        assert not t.play.query(".unsaved")
        assert "not saved" not in str(t.play.query_one("#status").content)
        assert len(library.load("a1").path()) == 5


async def test_saves_that_cannot_be_opened_fill_the_screen_and_can_be_tried_again(open_app, home):
    home.root.mkdir(parents=True)
    home.saves.write_bytes(b"This is no database, and was never one." * 100)
    async with open_app() as t:
        await t.wait_for_screen(DatabaseErrorScreen)
        assert home.saves.read_bytes().startswith(b"This is no database")
        home.saves.unlink()
        await t.pilot.press("r")
        await t.wait_for_screen(TitleScreen)
        await t.pilot.press("enter")
        await t.wait_for_screen(PlayScreen)


async def test_a_url_of_no_database_is_explained_without_its_password(open_app, monkeypatch):
    monkeypatch.setattr(Home, "saves_location", "mysql://ada:geheim@host/db")
    async with open_app() as t:
        await t.wait_for_screen(DatabaseErrorScreen)
        assert "not supported" in visible_text(t)
        assert "mysql://ada:***@host/db" in visible_text(t)


async def test_a_damaged_adventure_is_opened_only_when_the_player_wants_it(open_app, home):
    library = Library.open(home.saves)
    library.create(adventure())
    library.close()
    flipped = home.saves.read_bytes().replace(b"Passage 1 is", b"Passage 9 is")
    home.saves.write_bytes(flipped)
    async with open_app() as t:
        await t.pilot.press("enter")
        await t.wait_until(lambda: isinstance(t.app.screen, ConfirmDialog))
        await t.pilot.press("y")
        await t.wait_until(lambda: t.app.play_screen and t.app.play_screen.is_mounted)
        assert len(t.prose()) == 3


async def test_a_setting_holds_though_the_screen_that_asked_for_it_is_left(open_app, monkeypatch):
    async with open_app(saved=[adventure()], start=ON) as t:
        begun, allowed, change = threading.Event(), threading.Event(), t.app.session.change_settings

        def change_slowly(**changes):
            begun.set()
            assert allowed.wait(HUNG)
            change(**changes)

        monkeypatch.setattr(t.app.session, "change_settings", change_slowly)
        asking = asyncio.create_task(t.app.change_settings(reply_tokens=77))
        await loop_until(begun.is_set)
        asking.cancel()
        allowed.set()
        await t.wait_until(lambda: t.game.generation_settings.reply_tokens == 77)
