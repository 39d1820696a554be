"""Test what is said of the player's own keys, and the tour of a first start."""

from dungeon.settings import Settings, load
from dungeon.tui.app import GrueApp
from dungeon.tui.key_check import is_key, key_problems
from dungeon.tui.screens.tour import TourDialog
from tests.dungeon.tui.driver import adventure, visible_text
from tests.rows import every_row


@every_row("key", ["f5", "ctrl+r", "r", "R", "?", "question_mark", "ctrl+shift+left", "é"])
def test_keys_have_textuals_names(key):
    assert is_key(key)


@every_row("key", ["", "ctrl+", "contrl+r", "f99x", "strg+r", "ctrl+R", "ctrl+?"])
def test_what_is_no_key(key):
    assert not is_key(key)


@every_row(
    ("own", "sentence"),
    [
        ({"rety": "f9"}, "`keys.rety` in the settings is no binding. Did you mean `retry`?"),
        ({"saves.opn": "f9"}, "Did you mean `saves.open`?"),
        ({"retry": "f9,contrl+r"}, "names “contrl+r”, which is no key"),
        ({"retry": "ctrl+z"}, "The key ctrl+z is set for retry and undo"),
        ({"retry": "ctrl+q"}, "The key ctrl+q is set for quit and retry"),
    ],
)
def test_a_wrong_key_is_named(own, sentence):
    assert any(sentence in problem for problem in key_problems(own, GrueApp))


def test_good_keys_are_not_mentioned():
    assert list(key_problems({}, GrueApp)) == []
    assert list(key_problems({"retry": "f12", "saves.open": "o", "undo": "ctrl+u"}, GrueApp)) == []


async def test_the_tour_is_shown_again_where_the_setting_asks_for_it(open_app, home):
    async with open_app(saved=[adventure()], settings=Settings()) as t:
        await t.wait_for_screen(TourDialog)
        await t.wait_until(home.settings.exists)
        assert not load(home.settings).tour


async def test_the_first_start_shows_the_tour_once_and_wrong_keys(open_app, home):
    async with open_app(settings=Settings(keys={"rety": "f9"})) as t:
        await t.wait_for_screen(TourDialog)
        assert any("rety" in notice.message for notice in t.app._notifications)
        await t.wait_until(home.settings.exists)
        assert not load(home.settings).tour
        await t.pilot.press("enter", "space")
        await t.wait_until(lambda: "(3 of 3)" in visible_text(t))
        await t.pilot.press("enter")
        await t.wait_until(lambda: "Quick start" in visible_text(t))
