"""Proves that long stories stay quick and whole, at every width."""

import pytest

from dungeon.session.launcher import LaunchOptions
from dungeon.tui.widgets import story_view
from dungeon.tui.widgets.story_view import INITIAL_TURNS, PAGE_TURNS, EarlierTurns
from dungeon.tui.widgets.turn import ActionView
from tests.dungeon.tui.table import adventure

ON = LaunchOptions(last=True)


async def test_only_the_end_of_a_long_story_is_shown(opened):
    async with opened(saved=[adventure(300)], start=ON) as t:
        assert len(t.prose()) == INITIAL_TURNS
        assert t.prose()[-1].startswith("Passage 299 ")
        assert f"{300 - INITIAL_TURNS} turns before this" in str(
            t.play.query_one(EarlierTurns).content
        )
        assert t.play.story.scroll_y == t.play.story.max_scroll_y


async def test_earlier_turns_can_be_loaded_and_what_is_read_stays(opened):
    async with opened(saved=[adventure(120)], start=ON) as t:
        await t.pilot.press("ctrl+home")
        await t.pilot.pause()
        below = t.play.story.max_scroll_y - t.play.story.scroll_y
        await t.pilot.press("pageup")
        await t.until(lambda: len(t.prose()) == INITIAL_TURNS + PAGE_TURNS)
        await t.pilot.pause()
        assert t.prose()[0].startswith(f"Passage {120 - INITIAL_TURNS - PAGE_TURNS} ")
        assert t.play.story.max_scroll_y - t.play.story.scroll_y == below
        await t.pilot.press("ctrl+home", "pageup")
        await t.until(lambda: len(t.prose()) == 120)
        assert not t.play.query_one(EarlierTurns).display
        await t.pilot.press("ctrl+end")
        await t.until(lambda: t.play.story.scroll_y == t.play.story.max_scroll_y)


async def test_a_click_loads_earlier_turns(opened):
    async with opened(saved=[adventure(120)], start=ON) as t:
        await t.pilot.press("ctrl+home")
        await t.pilot.pause()
        await t.pilot.click(EarlierTurns)
        await t.until(lambda: len(t.prose()) == INITIAL_TURNS + PAGE_TURNS)


async def test_what_is_far_up_is_let_go_again(opened, monkeypatch):
    monkeypatch.setattr(story_view, "MAX_TURNS", 63)
    replies = [f"Reply {n} comes and is read." for n in range(5)]
    async with opened(replies, saved=[adventure(60)], start=ON) as t:
        await t.pilot.press("ctrl+home", "pageup")
        await t.until(lambda: len(t.prose()) == 60)
        await t.pilot.press("ctrl+end")
        for _ in replies:
            await t.pilot.press("enter")
            await t.settled()
        assert PAGE_TURNS <= len(t.prose()) < 60
        assert t.game.adventure.line()[-1].text == t.prose()[-1]


async def test_undo_never_leaves_the_player_with_an_empty_screen(opened):
    async with opened(saved=[adventure(120)], start=ON) as t:
        for _ in range(48):
            await t.game.undo()
        await t.play.show_story()
        assert len(t.prose()) == INITIAL_TURNS
        assert t.prose()[-1].startswith("Passage 71 ")


async def test_the_players_mark_stands_before_the_first_line_only(opened):
    async with opened(saved=[adventure(2, action="You walk " + "on " * 60)], start=ON) as t:
        deed = t.play.query(ActionView).last()
        lines = [strip.text for strip in deed.render_lines(deed.size.region)]
        assert lines[0].startswith("   > You walk")
        assert all(line.startswith("     on") for line in lines[1:])


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_the_column_is_centred_and_never_wider_than_chosen(opened, width):
    async with opened(saved=[adventure(2, text="word " * 200)], start=ON, size=(100, 30)) as t:
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
