"""Test what leaving does with the game: its words are kept, or the player is asked."""

import threading

import pytest

from dungeon.errors import NotSaved
from dungeon.files.unsent_lines import UnsentLines
from dungeon.generator.scripted import Reply
from dungeon.saves.library import Library
from dungeon.session.launcher import LaunchOptions
from dungeon.tui.leaving import TURNS_LOST
from dungeon.tui.screens.branches import BranchesScreen
from dungeon.tui.screens.choice_dialog import ChoiceDialog
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.custom_scenario import CustomScenarioScreen
from dungeon.tui.screens.help import HelpScreen
from dungeon.tui.screens.lore import LoreScreen
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.saves import SavesScreen
from dungeon.tui.screens.scenario_picker import ScenarioPicker
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.screens.title import TitleScreen
from tests.dungeon.tui.driver import LONG, adventure, key_names, notices, visible_text
from tests.patience import HUNG, loop_until

ON = LaunchOptions(last=True)


@pytest.fixture
def full_disk(monkeypatch):
    """Return a function that lets no turn be saved; the patch is undone with `free`."""

    class FullDisk:
        def fill(self, t):
            monkeypatch.setattr(t.app.session.library, "append", self.refuse)

        def free(self):
            monkeypatch.undo()

        def refuse(self, *_, **__):
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
    assert t.app.return_code == 0
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
    async with open_app(start=ON) as t:
        assert t.play.prompt_bar.text in (
            "go",
            "You go.",
        )  # as a line that was not sent, or a draft


async def test_a_line_that_waits_for_a_reply_is_kept_and_not_played(open_app, home):
    replies = [Reply(LONG[:120], "hang"), "It rains."]
    async with open_app(replies, saved=[adventure()], start=ON) as t:
        await t.type("go")
        await t.pilot.press("enter")
        await t.wait_until(lambda: "left wall" in t.prose()[-1])
        await t.type("look")
        await t.pilot.press("enter")
        await t.wait_until(lambda: "Next  › look" in visible_text(t))
        await t.pilot.press("ctrl+q")
        await t.wait_until(lambda: not t.app.is_running)
    with Library.open(home.saves) as library:
        assert library.load("a1").current_turn().action == "You go."
        assert library.draft("a1") is None
    assert UnsentLines(home.unsent_lines).take("a1").text == "look"


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
    assert t.app.return_code == TURNS_LOST
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
    assert t.app.return_code == 0
    assert Library.open(home.saves).load("a1").current_turn().text == "It is dark."


async def stay(t, line):
    """Take a turn that is not saved, and stay in the game that `line` would leave."""
    await t.send("look")
    await t.send(line)
    await t.wait_for_screen(ChoiceDialog)
    await t.pilot.press("escape")
    await t.wait_for_screen(PlayScreen)


@pytest.mark.parametrize("line", ["/menu", "/load The Other", "/fork Mine"])
async def test_a_player_who_stays_plays_on_in_the_same_game(open_app, full_disk, line):
    others = [adventure(name="b1", title="The Other"), adventure()]
    start = LaunchOptions(adventure="a1")
    async with open_app(["It is dark.", "It is light."], saved=others, start=start) as t:
        full_disk.fill(t)
        await stay(t, line)
        assert t.game.adventure.id == "a1"
        assert t.prose()[-1] == "It is dark."
        full_disk.free()
        await t.send("look")
        assert len(t.app.session.library.load("a1").path()) == 5


@pytest.mark.parametrize("line", ["/fork Mine", "/random"])
async def test_what_the_player_does_not_leave_for_is_not_stored(open_app, full_disk, line):
    async with open_app(["It is dark."], saved=[adventure()], start=ON) as t:
        library = t.app.session.library
        full_disk.fill(t)
        await stay(t, line)
        assert [each.id for each in library.summaries()] == ["a1"]
        await t.send(line)
        await t.wait_for_screen(ChoiceDialog)
        await t.pilot.press("2")
        await t.wait_until(lambda: t.app.play_screen and t.game.adventure.id != "a1")
        assert len(library.summaries()) == 2


async def test_a_game_goes_on_where_the_next_one_cannot_be_stored(
    open_app, home, full_disk, monkeypatch
):
    async with open_app(["It is dark.", "It rains."], saved=[adventure()], start=ON) as t:
        full_disk.fill(t)
        monkeypatch.setattr(t.app.session.library, "create", full_disk.refuse)
        await t.send("look")
        await t.send("/fork Mine")
        await t.wait_for_screen(ChoiceDialog)
        await t.pilot.press("2")
        await t.wait_until(lambda: "The disk is full." in notices(t))
        await t.wait_for_screen(PlayScreen)
        assert t.game.adventure.id == "a1"
        full_disk.free()
        await t.send("look again")
        assert t.prose()[-1] == "It rains."
        await t.pilot.press("ctrl+q")
        await t.wait_until(lambda: not t.app.is_running)
    assert t.app.return_code == 0
    assert len(Library.open(home.saves).load("a1").path()) == 5


async def test_another_way_into_a_game_ends_the_question_of_the_one_before(open_app, full_disk):
    others = [adventure(name="b1", title="The Other"), adventure()]
    start = LaunchOptions(adventure="a1")
    async with open_app(["It is dark.", "It rains."], saved=others, start=start) as t:
        full_disk.fill(t)
        await t.send("look")
        await t.send("/load The Other")
        await t.wait_for_screen(ChoiceDialog)
        t.app.navigator.resume_named("nowhere")  # no key does: the dialog has them all
        await t.wait_for_screen(PlayScreen)
        await t.wait_until(lambda: any("No adventure has" in each for each in notices(t)))
        full_disk.free()
        await t.send("look again")
        assert t.prose()[-1] == "It rains."
        assert len(t.app.session.library.load("a1").path()) == 5


async def test_a_question_that_is_closed_with_the_views_above_the_game_is_answered(
    open_app, full_disk
):
    async with open_app(["It is dark."], saved=[adventure()], start=ON) as t:
        full_disk.fill(t)
        await t.send("look")
        await t.pilot.press("ctrl+q")
        await t.wait_for_screen(ChoiceDialog)
        t.app.navigator.resume("a1", t.game.adventure.path()[0].id)  # as a search that ends now
        await t.wait_for_screen(BranchesScreen)
        full_disk.free()
        await t.pilot.press("ctrl+q")
        await t.wait_until(lambda: not t.app.is_running)
    assert t.app.return_code == 0


async def test_a_dialog_that_nobody_waits_for_any_more_closes(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        asking = t.app.push_screen_wait(ConfirmDialog("Really?", yes="Really"))
        worker = t.app.run_worker(asking, exit_on_error=False)
        await t.wait_for_screen(ConfirmDialog)
        await t.pilot.press("f1")
        await t.wait_for_screen(HelpScreen)
        worker.cancel()
        await t.wait_for_screen(PlayScreen)
        await t.send("/title The Moor")
        assert t.game.adventure.title == "The Moor"


async def test_the_menu_is_reached_without_an_unsaved_turn(open_app, full_disk):
    async with open_app(["It is dark."], saved=[adventure()], start=ON) as t:
        full_disk.fill(t)
        await t.send("look")
        await t.send("/menu")
        await t.wait_for_screen(ChoiceDialog)
        await t.pilot.press("2")
        await t.wait_for_screen(TitleScreen)


async def test_a_line_that_waits_is_played_after_all_where_the_player_stays(open_app, full_disk):
    replies = [Reply(LONG[:120], "hang"), "It rains."]
    async with open_app(replies, saved=[adventure()], start=ON) as t:
        full_disk.fill(t)
        await t.type("go")
        await t.pilot.press("enter")
        await t.wait_until(lambda: "left wall" in t.prose()[-1])
        await t.type("look")
        await t.pilot.press("enter", "ctrl+q")
        await t.wait_for_screen(ChoiceDialog)
        full_disk.free()
        await t.pilot.press("escape")
        await t.wait_until(lambda: t.prose()[-1] == "It rains.")
        await t.wait_until_idle()
        assert len(t.app.session.library.load("a1").path()) == 5


async def test_two_ways_out_ask_one_question(open_app, monkeypatch):
    async with open_app(["It is dark."], saved=[adventure()], start=ON) as t:
        begun, allowed = threading.Event(), threading.Event()
        allowed.set()

        def refuse(*_, **__):
            begun.set()
            assert allowed.wait(HUNG)
            raise NotSaved("The disk is full.")

        monkeypatch.setattr(t.app.session.library, "append", refuse)
        await t.send("look")
        begun.clear()
        allowed.clear()  # both ways begin before either can ask
        await t.send_packet(*key_names("/menu"), "enter", "ctrl+q")
        await loop_until(begun.is_set)
        allowed.set()
        await t.wait_for_screen(ChoiceDialog)
        await t.pilot.press("escape")
        await t.wait_until(lambda: not {"navigation", "quit"} & {w.group for w in t.app.workers})
        assert isinstance(t.app.screen, PlayScreen)
        monkeypatch.undo()
        await t.pilot.press("ctrl+q")
        await t.wait_until(lambda: not t.app.is_running)
    assert t.app.return_code == 0


async def test_a_way_that_is_refused_leaves_the_game_as_it_is(open_app, full_disk, monkeypatch):
    others = [adventure(name="b1", title="The Other"), adventure()]
    start = LaunchOptions(adventure="a1")
    async with open_app(["It is dark.", "It is light."], saved=others, start=start) as t:
        full_disk.fill(t)
        await t.send("look")
        full_disk.free()
        begun, allowed = threading.Event(), threading.Event()
        append = t.app.session.library.append

        def save_slowly(*turn, **place):
            begun.set()
            assert allowed.wait(HUNG)
            append(*turn, **place)

        monkeypatch.setattr(t.app.session.library, "append", save_slowly)
        await t.send_packet(*key_names("/load The Other"), "enter")
        await loop_until(begun.is_set)
        await t.send_packet(*key_names("/load Nowhere"), "enter")  # in place of the first one
        await t.wait_until(lambda: any("Nowhere" in each for each in notices(t)))
        allowed.set()
        await t.wait_until(lambda: not any(w.group == "navigation" for w in t.app.workers))
        assert t.game.adventure.id == "a1"
        await t.send("look again")
        assert t.prose()[-1] == "It is light."


async def test_words_in_an_editor_are_left_only_when_the_player_says_so(open_app, home):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+g")
        await t.wait_for_screen(TextEditor)
        await t.type("Jem fears bells.")
        await t.send_packet("ctrl+q", "ctrl+q")
        await t.wait_for_screen(ConfirmDialog)
        assert "without keeping what you wrote" in visible_text(t)
        await t.pilot.press("escape")
        await t.wait_for_screen(TextEditor)
        await t.pilot.press("ctrl+s")
        await t.wait_for_screen(PlayScreen)
        await t.pilot.press("ctrl+g")
        await t.wait_for_screen(TextEditor)
        await t.pilot.press("ctrl+q")  # nothing has changed: nothing is asked
        await t.wait_until(lambda: not t.app.is_running)
    assert Library.open(home.saves).load("a1").memory == "Jem fears bells."


async def test_an_opening_of_ones_own_is_left_only_when_the_player_says_so(open_app):
    async with open_app() as t:
        await t.pilot.press("n")
        await t.wait_for_screen(ScenarioPicker)
        await t.pilot.press("w")
        await t.wait_for_screen(CustomScenarioScreen)
        await t.type("You wake.")
        await t.pilot.press("ctrl+q")
        await t.wait_for_screen(ConfirmDialog)
        await t.pilot.press("y")
        await t.wait_until(lambda: not t.app.is_running)


async def test_the_played_adventure_is_read_again_with_its_unsaved_turns(open_app, full_disk):
    replies = ["It is dark.", "It is light.", "It rains.", "It snows."]
    async with open_app(replies, saved=[adventure(title="The Moor")], start=ON) as t:
        for number, way in enumerate(("list", "/load the moor")):
            full_disk.fill(t)
            await t.send("look")
            full_disk.free()
            before = t.play
            if way == "list":
                await t.pilot.press("ctrl+o")
                await t.wait_for_screen(SavesScreen)
                await t.wait_until(lambda: t.app.screen._rows)
                await t.pilot.press("enter")
            else:
                await t.send(way)
            await t.wait_until(lambda left=before: t.app.play_screen not in (None, left))
            await t.wait_for_screen(PlayScreen)
            assert t.prose()[-1] == replies[2 * number]
            await t.send("look again")
            assert len(t.app.session.library.load("a1").path()) == 5 + 2 * number
        assert not any("Another window" in each for each in notices(t))


async def test_a_screen_is_left_once(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("f4")
        await t.wait_for_screen(LoreScreen)
        screen = t.app.screen
        screen.dismiss()
        screen.dismiss()
        await t.wait_for_screen(PlayScreen)
