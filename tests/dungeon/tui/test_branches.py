"""Test that every reply and every branch can be reached on the screen."""

from textual.widgets import Tree

from dungeon.session.launcher import LaunchOptions
from dungeon.story import Adventure, Kind, Turn
from dungeon.tui.screens.branches import BranchesScreen, build_tree
from dungeon.tui.screens.checkpoints import CheckpointsScreen
from dungeon.tui.screens.comparison import ComparisonScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.saves import SavesScreen
from dungeon.tui.screens.text_editor import TextEditor
from tests.dungeon.tui.driver import adventure, visible_text

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
        await t.pilot.press("enter")
        await t.wait_for_screen(PlayScreen)
        await t.wait_until(lambda: t.prose()[-1] == "It rains.")
        await t.send("/fork The Ford")
        await t.wait_until(lambda: t.app.play_screen and t.game.adventure.title == "The Ford")
        assert len(t.game.adventure.turns) == 4


def test_only_branches_are_indented() -> None:
    story = Adventure("a", "A")
    for number in range(300):
        name, parent = str(number), str(number - 1) if number else None
        kind = Kind.DO if parent else Kind.OPENING
        story = story.with_turn(Turn(name, parent, kind, "You go.", f"Step {number} [b]"))
    story = story.with_turn(Turn("other", "10", Kind.DO, "You stay.", "Rain falls."))
    tree: Tree[str] = Tree("")
    assert build_tree(tree, story)["other"].parent is tree.root
    assert len(tree.root.children) == 12, "the line of the story goes straight down"
    left = tree.root.children[10].children
    assert len(left) == 289
    assert [str(node.label)[:6] for node in (left[0], tree.root.children[11])] == [
        "‹1/2› ",
        "‹2/2› ",
    ]
    assert str(left[1].label).startswith("You go.")
    assert "[b]" in str(tree.root.children[10].label)
