"""Test that long stories stay quick and whole, at every width."""

import pytest

from dungeon.session.launcher import LaunchOptions
from dungeon.tui.widgets import story_view
from dungeon.tui.widgets.story_view import INITIAL_TURNS, PAGE_TURNS, EarlierTurns
from dungeon.tui.widgets.turn import ActionView
from tests.dungeon.tui.driver import adventure

ON = LaunchOptions(last=True)


async def test_only_the_end_of_a_long_story_is_shown(open_app):
    async with open_app(saved=[adventure(300)], start=ON) as t:
        assert len(t.prose()) == INITIAL_TURNS
        assert t.prose()[-1].startswith("Passage 299 ")
        assert f"{300 - INITIAL_TURNS} turns before this" in str(
            t.play.query_one(EarlierTurns).content
        )
        assert t.play.story.scroll_y == t.play.story.max_scroll_y


async def test_earlier_turns_are_loaded_without_moving_the_view(open_app):
    async with open_app(saved=[adventure(120)], start=ON) as t:
        await t.pilot.press("ctrl+home")
        await t.pilot.pause()
        below = t.play.story.max_scroll_y - t.play.story.scroll_y
        await t.pilot.press("pageup")
        await t.wait_until(lambda: len(t.prose()) == INITIAL_TURNS + PAGE_TURNS)
        await t.pilot.pause()
        assert t.prose()[0].startswith(f"Passage {120 - INITIAL_TURNS - PAGE_TURNS} ")
        assert t.play.story.max_scroll_y - t.play.story.scroll_y == below
        await t.pilot.press("ctrl+home", "pageup")
        await t.wait_until(lambda: len(t.prose()) == 120)
        assert not t.play.query_one(EarlierTurns).display
        await t.pilot.press("ctrl+end")
        await t.wait_until(lambda: t.play.story.scroll_y == t.play.story.max_scroll_y)


async def test_a_click_loads_earlier_turns(open_app):
    async with open_app(saved=[adventure(120)], start=ON) as t:
        await t.pilot.press("ctrl+home")
        await t.pilot.pause()
        await t.pilot.click(EarlierTurns)
        await t.wait_until(lambda: len(t.prose()) == INITIAL_TURNS + PAGE_TURNS)


async def test_turns_far_up_are_removed_again(open_app, monkeypatch):
    monkeypatch.setattr(story_view, "MAX_TURNS", 63)
    replies = [f"Reply {n} comes and is read." for n in range(5)]
    async with open_app(replies, saved=[adventure(60)], start=ON) as t:
        await t.pilot.press("ctrl+home", "pageup")
        await t.wait_until(lambda: len(t.prose()) == 60)
        await t.pilot.press("ctrl+end")
        for _ in replies:
            await t.pilot.press("enter")
            await t.wait_until_idle()
        assert PAGE_TURNS <= len(t.prose()) < 60
        assert t.game.adventure.path()[-1].text == t.prose()[-1]


async def test_undo_never_leaves_the_player_with_an_empty_screen(open_app):
    async with open_app(saved=[adventure(120)], start=ON) as t:
        for _ in range(48):
            await t.game.undo()
        await t.play.show_story()
        assert len(t.prose()) == INITIAL_TURNS
        assert t.prose()[-1].startswith("Passage 71 ")


async def test_the_mark_of_an_action_stands_before_its_first_line_only(open_app):
    async with open_app(saved=[adventure(2, action="You walk " + "on " * 60)], start=ON) as t:
        deed = t.play.query(ActionView).last()
        lines = [strip.text for strip in deed.render_lines(deed.size.region)]
        assert lines[0].startswith("   > You walk")
        assert all(line.startswith("     on") for line in lines[1:])


async def test_a_story_that_grows_longer_than_the_screen_stays_in_its_column(open_app):
    places = set()
    for turns in (1, 30):
        async with open_app(saved=[adventure(turns, name=f"a{turns}")], start=ON) as t:
            await t.wait_until(lambda: t.play.query(".prose").first().region.width)
            assert bool(t.play.story.max_scroll_y) is (turns > 1)
            places.add(t.play.query(".prose").first().region.x)
    assert len(places) == 1


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_the_column_is_centred_and_never_wider_than_chosen(open_app, width):
    async with open_app(saved=[adventure(2, text="word " * 200)], start=ON, size=(100, 30)) as t:
        await t.pilot.resize_terminal(width, 30)
        await t.pilot.pause()
        prose = t.play.query(".prose").first()
        assert prose.content_size.width <= 72
        left, right = (
            prose.region.x,
            t.play.story.scrollable_content_region.right - prose.region.right,
        )
        assert abs(left - right) <= 1
        if width >= 80:
            assert prose.content_size.width == 72
        assert t.play.query_one("#prompt-bar").region.right <= width
        assert len(str(t.play.query_one("#status").content)) <= width
