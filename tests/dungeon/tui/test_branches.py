"""Test that every reply and every branch can be reached on the screen."""

import asyncio
import threading
from dataclasses import replace

import pytest
from textual.widgets import Tree

from dungeon.session.launcher import LaunchOptions
from dungeon.story import Kind, Turn
from dungeon.tui.screens.branches import BranchesScreen
from dungeon.tui.screens.checkpoints import CheckpointsScreen
from dungeon.tui.screens.comparison import ComparisonScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.saves import SavesScreen
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.widgets.safe_text import SafeInput, SafeTextArea
from tests.dungeon.tui.driver import AppDriver, adventure, visible_text
from tests.patience import HUNG, loop_until

ON = LaunchOptions(last=True)


async def test_left_and_right_go_from_reply_to_reply(open_app):
    async with open_app(["It rains.", "It snows.", "It hails."],
                        saved=[adventure()], start=ON) as t:  # fmt: skip
        await t.send("wait")
        assert "‹" not in visible_text(t)
        await t.pilot.press("right")
        await t.wait_until(lambda: t.prose()[-1] == "It snows.")
        await t.wait_until(lambda: "‹ 2/2 ›" in visible_text(t))
        await t.pilot.press("left")
        await t.wait_until(lambda: t.prose()[-1] == "It rains.")
        await t.wait_until(lambda: "‹ 1/2 ›" in visible_text(t))
        await t.type("ab")
        await t.pilot.press("left", "c")
        assert t.play.prompt_bar.text == "acb"
        assert t.prose()[-1] == "It rains."


async def test_a_branch_is_looked_at_and_gone_to(open_app):
    async with open_app(["It rains.", "It snows."], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.pilot.press("ctrl+z")
        await t.send("run")
        await t.pilot.press("ctrl+b")
        await t.wait_for_screen(BranchesScreen)
        await t.wait_until(
            lambda: "It snows." in str(t.app.screen.query_one("#branch-preview SafeStatic").content)
        )
        await t.pilot.press("up")
        await t.wait_until(
            lambda: "It rains." in str(t.app.screen.query_one("#branch-preview SafeStatic").content)
        )
        await t.pilot.press("enter")
        await t.wait_for_screen(PlayScreen)
        await t.wait_until(lambda: t.prose()[-1] == "It rains.")
        assert "You run." not in t.actions()


async def test_a_turn_that_was_searched_for_is_shown_where_it_stands(open_app):
    story = adventure()
    lost = Turn("lost", story.path()[0].id, Kind.DO, "You dig.", "A zither lies in the sand.")
    story = story.with_turn(lost).with_head(story.head)
    async with open_app(saved=[story], start=ON) as t:
        await t.send("/search zither")
        await t.wait_for_screen(SavesScreen)
        await t.wait_until(lambda: t.app.screen.query_one("#saves").option_count == 1)
        await t.pilot.press("enter")
        await t.wait_for_screen(BranchesScreen)
        await t.wait_until(
            lambda: "zither" in str(t.app.screen.query_one("#branch-preview SafeStatic").content)
        )
        assert t.game.adventure.head == story.head
        await t.pilot.press("enter")
        await t.wait_for_screen(PlayScreen)
        await t.wait_until(lambda: t.prose()[-1] == lost.text)


async def test_what_was_searched_for_is_opened_by_its_number_too(open_app):
    story = adventure()
    lost = Turn("lost", story.path()[0].id, Kind.DO, "You dig.", "A zither lies in the sand.")
    story = story.with_turn(lost).with_head(story.head)
    async with open_app(saved=[story], start=ON) as t:
        await t.send("/open 1")
        await t.wait_until(lambda: "Nothing was searched for yet" in visible_text(t))
        await t.send("/search zither")
        await t.wait_for_screen(SavesScreen)
        await t.wait_until(lambda: "turn 2, branch 2 of 2" in visible_text(t))
        await t.pilot.press("escape", "escape")
        await t.wait_for_screen(PlayScreen)
        await t.send("/open 1")
        await t.wait_for_screen(BranchesScreen)
        await t.wait_until(
            lambda: "zither" in str(t.app.screen.query_one("#branch-preview SafeStatic").content)
        )


async def test_a_fork_is_made_whatever_key_follows_its_title(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+b")
        await t.wait_for_screen(BranchesScreen)
        await t.pilot.press("f")
        await t.wait_for_screen(InputDialog)
        t.app.screen.query_one(SafeInput).value = "The Fork"
        with t.app.session._opening_library:  # nothing is saved until both keys are dealt with
            await t.send_packet("enter", "escape")
        await t.wait_until(lambda: t.app.play_screen and t.game.adventure.title == "The Fork")


async def choose_in_tree(t: AppDriver) -> None:
    """Highlight the third turn in the tree."""
    await t.pilot.press("ctrl+b")
    await t.wait_for_screen(BranchesScreen)
    preview = t.app.screen.query_one("#branch-preview SafeStatic")
    await t.wait_until(lambda: "Passage 4" in str(preview.content))
    await t.pilot.press("up", "up")
    await t.wait_until(lambda: "Passage 2" in str(preview.content))


async def choose_checkpoint(t: AppDriver) -> None:
    """Highlight the third turn, which has a name."""
    await t.send("/checkpoints")
    await t.wait_for_screen(CheckpointsScreen)


async def choose_in_story(t: AppDriver) -> None:
    """Choose the third turn in the story."""
    await t.pilot.press("ctrl+up", "up", "up")
    await t.wait_until(lambda: t.play.story.chosen == "a1t2")


@pytest.mark.parametrize(
    ("choose", "next_key"),
    [(choose_in_tree, "escape"), (choose_checkpoint, "escape"), (choose_in_story, "y")],
)
async def test_the_story_is_shown_where_it_was_gone_to_whichever_key_follows(
    open_app, monkeypatch, choose, next_key
):
    story = replace(adventure(5), checkpoints={"here": ("a1t2",)})
    async with open_app(saved=[story], start=ON) as t:
        begun, allowed, move = threading.Event(), threading.Event(), t.app.session.library.move_head

        def move_slowly(*place, **head):
            begun.set()
            assert allowed.wait(HUNG)
            move(*place, **head)

        monkeypatch.setattr(t.app.session.library, "move_head", move_slowly)
        await choose(t)
        pressing = asyncio.create_task(t.send_packet("enter", next_key))
        await loop_until(begun.is_set)
        if choose is choose_in_tree:  # the others do not let the next key through before
            await t.wait_for_screen(PlayScreen)
        allowed.set()
        await pressing
        await t.wait_for_screen(PlayScreen)
        await t.wait_until(lambda: t.prose()[-1].startswith("Passage 2"))
        assert t.game.adventure.head == "a1t2"


async def test_two_quick_swipes_go_two_replies_on(open_app):
    story = adventure()
    for number in (1, 2):
        other = Turn(f"other{number}", "a1t1", Kind.DO, "You do thing 2.", f"Other {number}.")
        story = story.with_turn(other)
    async with open_app(saved=[story.with_head("a1t2")], start=ON) as t:
        await t.pilot.press("ctrl+up")
        await t.wait_until(lambda: t.play.story.chosen == "a1t2")
        await t.send_packet("right", "right")
        await t.wait_until(lambda: t.prose()[-1] == "Other 2.")


async def test_a_turn_of_this_game_is_shown_in_it_as_it_is(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        game = t.game
        await t.type("go no")
        await t.pilot.press("ctrl+o")
        await t.wait_for_screen(SavesScreen)
        await t.pilot.press("slash")
        await t.type("passage")
        await t.wait_until(lambda: t.app.screen.query_one("#saves").option_count == 3)
        await t.pilot.press("enter", "enter")
        await t.wait_for_screen(BranchesScreen)
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)
        assert t.game is game
        assert t.play.prompt_bar.text == "go no"


async def test_the_command_line_shows_the_turn_that_it_names(open_app):
    start = LaunchOptions(adventure=adventure().id, turn=adventure().path()[0].id)
    async with open_app(saved=[adventure()], start=start) as t:
        await t.wait_for_screen(BranchesScreen)


async def test_the_tree_names_compares_edits_and_forks(open_app):
    async with open_app(["It rains.", "It snows."], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.pilot.press("ctrl+z")
        await t.send("run")
        await t.pilot.press("ctrl+b")
        await t.wait_for_screen(BranchesScreen)
        await t.pilot.press("up", "n")
        await t.wait_for_screen(InputDialog)
        await t.type("the ford")
        await t.pilot.press("enter")
        await t.wait_for_screen(BranchesScreen)
        await t.wait_until(lambda: "[the ford] You wait." in visible_text(t))
        await t.pilot.press("c")
        await t.wait_for_screen(ComparisonScreen)
        for text in ("They share 3 turns", "It snows.", "It rains."):
            assert text in visible_text(t)
        await t.pilot.press("escape", "e")
        await t.wait_for_screen(TextEditor)
        t.app.screen.query_one("#text").text = "It hails."
        await t.pilot.press("ctrl+s")
        await t.wait_for_screen(PlayScreen)
        await t.wait_until(lambda: t.prose()[-1] == "It hails.")
        await t.send("/checkpoints")
        await t.wait_for_screen(CheckpointsScreen)
        assert "the ford  You wait. It hails." in visible_text(t)
        assert "the ford  (branch 1) You wait. It rains." in visible_text(t)
        await t.pilot.press("down", "enter")
        await t.wait_for_screen(PlayScreen)
        await t.wait_until(lambda: t.prose()[-1] == "It rains.")
        await t.send("/fork The Ford")
        await t.wait_until(lambda: t.app.play_screen and t.game.adventure.title == "The Ford")
        assert len(t.game.adventure.turns) == 4


async def test_a_row_ends_where_the_screen_does_and_the_preview_has_the_whole_text(open_app):
    story = adventure(text="In the hall stand words " + "and words " * 40 + "to the END.")
    story = story.with_turn(Turn("b", story.path()[0].id, Kind.DO, "You dig.", "[b] " + "深" * 90))
    async with open_app(saved=[story.with_head("a1t2")], start=ON) as t:
        await t.pilot.press("ctrl+b")
        await t.wait_for_screen(BranchesScreen)
        await t.wait_until(lambda: "END" in visible_text(t))
        opening, dig, main, last, *_ = _rows(t)
        assert opening.startswith("▼ In the hall")
        assert dig.startswith("│ ○ ‹2/2› You dig. [b] 深深")
        assert main.startswith("● ‹1/2› You do thing 1. In the hall")
        assert last.startswith("● You do thing 2. In the hall")
        assert all(row.endswith("…") for row in (opening, dig, main, last))
        await t.pilot.press("up", "tab", "end")
        assert t.app.focused.id == "branch-preview"
        await t.pilot.press("shift+tab", "home", "space")
        await t.wait_until(lambda: _rows(t)[:2] == [opening.replace("▼", "▶"), main])


async def test_a_click_shows_a_turn_of_the_tree_and_a_double_click_goes_there(open_app):
    async with open_app(saved=[adventure(5)], start=ON) as t:
        await t.pilot.press("ctrl+b")
        await t.wait_for_screen(BranchesScreen)
        preview = t.app.screen.query_one("#branch-preview .prose")
        await t.pilot.click(Tree, offset=(6, 1))
        await t.wait_until(lambda: "Passage 1" in str(preview.content))
        assert isinstance(t.app.screen, BranchesScreen)
        await t.pilot.click(Tree, offset=(6, 2), times=2)
        await t.wait_for_screen(PlayScreen)
        assert t.game.adventure.head == "a1t2"


async def test_a_named_comparison_is_headed_by_both_names(open_app):
    story = adventure(5)
    story = replace(story, checkpoints={"the gate": ("a1t1",), "the well": ("a1t2",)})
    async with open_app(saved=[story], start=ON) as t:
        await t.send("/compare the gate with the well")
        await t.wait_for_screen(ComparisonScreen)
        assert "“the gate”: 0 turns" in visible_text(t)
        assert "“the well”: 1 turn" in visible_text(t)


def _rows(driver: AppDriver) -> list[str]:
    tree = driver.app.screen.query_one(Tree)
    return [tree.render_line(y).text.strip() for y in range(tree.size.height)]


async def test_a_turn_of_the_tree_is_edited_with_all_that_follows(open_app):
    async with open_app(saved=[adventure(5)], start=ON) as t:
        for key, text in (("e", "Mine."), ("a", "climb the wall")):
            await t.pilot.press("ctrl+b")
            await t.wait_for_screen(BranchesScreen)
            preview = t.app.screen.query_one("#branch-preview SafeStatic")
            await t.wait_until(lambda shown=preview: "Passage 4" in str(shown.content))
            await t.pilot.press("up", "up", key)
            await t.wait_for_screen(TextEditor)
            t.app.screen.query_one(SafeTextArea).text = text
            await t.pilot.press("ctrl+s")
            await t.wait_for_screen(PlayScreen)
        await t.wait_until(lambda: "You climb the wall." in t.actions())
        assert t.prose()[-1].startswith("Passage 4")
        assert len(t.game.adventure.path()) == 5
