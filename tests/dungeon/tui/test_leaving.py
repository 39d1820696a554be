"""Test what leaving does with the game: its words are kept, or the player is asked."""

import pytest

from dungeon.errors import NotSaved
from dungeon.generator.scripted import Reply
from dungeon.saves.library import Library
from dungeon.session.launcher import LaunchOptions
from dungeon.tui.screens.choice_dialog import ChoiceDialog
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.title import TitleScreen
from tests.dungeon.tui.driver import LONG, adventure, notices, visible_text

ON = LaunchOptions(last=True)


@pytest.fixture
def full_disk(monkeypatch):
    """Return a function that lets no turn be saved; the patch is undone with `free`."""

    class FullDisk:
        def fill(self, t):
            monkeypatch.setattr(t.app.session.library, "append", self._refuse)

        def free(self):
            monkeypatch.undo()

        def _refuse(self, *_, **__):
            raise NotSaved("The disk is full.")

    return FullDisk()


async def test_quitting_in_the_middle_of_a_reply_keeps_its_words(open_app, home):
    endless = Reply(LONG[:120], "hang")
    async with open_app([endless], saved=[adventure()], start=ON) as t:
        await t.type("go")
        await t.pilot.press("enter")
        await t.wait_until(lambda: "left wall" in t.prose()[-1])
        seen = t.prose()[-1]
        await t.pilot.press("ctrl+q")
        await t.wait_until(lambda: not t.app.is_running)
    last = Library.open(home.saves).load("a1").current_turn()
    assert last.text.startswith(seen.rstrip())
    assert last.provenance.ended == "stopped"


async def test_quitting_while_the_engine_hangs_keeps_the_action(open_app, home):
    async with open_app([Reply("", "hang")], saved=[adventure()], start=ON) as t:
        await t.type("go")
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.game.busy)
        await t.pilot.press("ctrl+q")
        await t.wait_until(lambda: not t.app.is_running)
    assert len(Library.open(home.saves).load("a1").path()) == 3


async def test_the_menu_in_the_middle_of_a_game_leads_back_and_forth(open_app):
    async with open_app(["It rains."], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.send("/menu")
        await t.wait_until(lambda: isinstance(t.app.screen, TitleScreen))
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.app.play_screen and t.app.play_screen.is_mounted)
        await t.wait_until_idle()
        assert t.prose()[-1] == "It rains."


async def test_ctrl_c_once_only_warns_and_twice_leaves(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+c")
        await t.pilot.pause()
        assert t.app.is_running
        await t.pilot.press("ctrl+c")
        await t.wait_until(lambda: not t.app.is_running)


@pytest.mark.parametrize("way", [("ctrl+q",), ("ctrl+c", "ctrl+c")])
async def test_a_game_with_an_unsaved_turn_is_left_only_when_the_player_says_so(
    open_app, home, full_disk, way
):
    async with open_app(["It is dark."], saved=[adventure()], start=ON) as t:
        full_disk.fill(t)
        await t.send("look")
        await t.send_packet(*way)
        await t.wait_for_screen(ChoiceDialog)
        assert not any("Everything is saved" in each for each in notices(t))
        assert "The disk is full." in visible_text(t)
        assert "Leave without the last turn?" in visible_text(t)
        first = t.app.screen
        await t.pilot.press("enter")  # tries again, and asks again
        await t.wait_until(lambda: t.app.screen not in (first, t.app.play_screen))
        await t.send_packet("ctrl+q")  # is no answer, and no second question
        await t.pilot.press("2")
        await t.wait_until(lambda: not t.app.is_running)
    full_disk.free()
    assert len(Library.open(home.saves).load("a1").path()) == 3


async def test_an_unsaved_turn_is_saved_when_leaving_is_tried_again(open_app, home, full_disk):
    async with open_app(["It is dark."], saved=[adventure()], start=ON) as t:
        full_disk.fill(t)
        await t.send("look")
        await t.pilot.press("ctrl+q")
        await t.wait_for_screen(ChoiceDialog)
        full_disk.free()
        await t.pilot.press("enter")
        await t.wait_until(lambda: not t.app.is_running)
    assert Library.open(home.saves).load("a1").current_turn().text == "It is dark."


@pytest.mark.parametrize("line", ["/menu", "/load The Other"])
async def test_a_player_who_stays_plays_on_in_the_same_game(open_app, full_disk, line):
    others = [adventure(name="b1", title="The Other"), adventure()]
    start = LaunchOptions(adventure="a1")
    async with open_app(["It is dark.", "It is light."], saved=others, start=start) as t:
        full_disk.fill(t)
        await t.send("look")
        await t.send(line)
        await t.wait_for_screen(ChoiceDialog)
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)
        assert t.game.adventure.id == "a1"
        assert t.prose()[-1] == "It is dark."
        full_disk.free()
        await t.send("look")
        assert len(t.app.session.library.load("a1").path()) == 5


async def test_the_menu_is_reached_without_an_unsaved_turn(open_app, full_disk):
    async with open_app(["It is dark."], saved=[adventure()], start=ON) as t:
        full_disk.fill(t)
        await t.send("look")
        await t.send("/menu")
        await t.wait_for_screen(ChoiceDialog)
        await t.pilot.press("2")
        await t.wait_for_screen(TitleScreen)
