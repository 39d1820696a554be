"""Test that line mode at a terminal begins with the openings, and lets one be written."""

import io
from collections.abc import Iterable
from pathlib import Path

import pytest

from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.plain.line_reader import LineReader
from dungeon.plain.repl import Repl
from dungeon.plain.text_writer import TextWriter
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings, load
from dungeon.story import Adventure

ANYHOW = LaunchOptions()


class Keyboard(LineReader):
    """A person who types `lines`, None for Ctrl+D, and then Ctrl+D."""

    is_interactive = True

    def __init__(self, lines: Iterable[str | None]) -> None:
        self._lines = iter(lines)
        self.asked: list[str] = []

    async def ask(self, prompt: str = "") -> str | None:
        self.asked.append(prompt)
        return next(self._lines, None)

    def remember(self, line: str) -> str:
        return ""


class Play:
    """One game after another in the same home, played by a Keyboard."""

    def __init__(self, home: Path) -> None:
        self.home = Home(home)
        self.settings = Settings(tour=False)

    async def __call__(self, *lines: str | None, start: LaunchOptions = ANYHOW) -> Adventure | None:
        """Return the adventure that was played last."""
        self.out, self.messages = io.StringIO(), io.StringIO()
        settings = self.settings
        session = Session(self.home, settings, seed=7, generator=ScriptedGenerator())
        self.keyboard = Keyboard(lines)
        repl = Repl(session, self.keyboard, TextWriter(self.out), self.messages)
        try:
            self.code = await repl.run(start)
            self.saved = session.library.summaries()
            return session.library.load(session.library.latest_id()) if self.saved else None
        finally:
            await session.close()


@pytest.fixture
def play(own_home: Path) -> Play:
    return Play(own_home)


async def test_a_terminal_lists_the_openings_and_begins_with_the_one_that_is_named(play):
    assert (await play("ferry", "", "/quit")).title == "The False Coin"
    assert "lamp " in play.out.getvalue()
    assert "Type a name. w lets you write your own, Enter alone begins any." in play.out.getvalue()
    assert play.code == 0


async def test_the_tour_is_shown_again_where_the_setting_asks_for_it(play):
    await play("ferry", "", "/settings tour on", "/quit")
    play.settings = Settings()
    await play("", "", "", "l", "/quit")
    assert "Say what you do (1 of 3)" in play.out.getvalue()
    assert not load(play.home.settings).tour


async def test_enter_alone_begins_any_opening(play):
    await play("", "/quit")
    assert len(play.saved) == 1


async def test_a_name_that_is_none_is_asked_for_again(play):
    assert (await play("lampp", "lamp", "", "", "/quit")).title == "The Lamp Is Low"
    assert "Did you mean `lamp`" in play.messages.getvalue()


async def test_the_last_adventure_is_offered_where_there_is_one(play):
    first = await play("lamp", "", "", "/quit")
    again = await play("l", "/quit")
    assert again.id == first.id
    assert len(play.saved) == 1


async def test_the_end_of_the_input_begins_nothing(play):
    assert await play() is None
    assert play.code == 0


# A name to type, and words to choose from.
ASKING = pytest.mark.parametrize("name", ["ferry", "hiring"])


@ASKING
async def test_ctrl_d_at_a_question_leads_back_to_the_list(play, name):
    told = await play(name, None, "lamp", "Ada", "", "/quit")
    assert told.title == "The Lamp Is Low"
    assert len(play.saved) == 1
    assert await play(name, None) is not None  # the one from before
    assert len(play.saved) == 1
    assert play.code == 0


@ASKING
async def test_ctrl_d_at_a_question_leads_back_to_the_game(play, name):
    told = await play("lamp", "", "", f"/new {name}", None, "/new", name, None, "/quit")
    assert told.title == "The Lamp Is Low"
    assert len(play.saved) == 1
    assert "Saved. Go on with" in play.messages.getvalue()


@ASKING
async def test_ctrl_d_at_a_question_leaves_where_the_command_line_named_the_opening(play, name):
    assert await play(start=LaunchOptions(scenario=name)) is None
    assert play.code == 0


async def test_ctrl_d_at_a_later_question_stores_nothing_either(play):
    assert await play("lamp", "Ada", None) is None


async def test_an_option_begins_without_the_list(play):
    await play("/quit", start=LaunchOptions(random=True))
    assert "Type a name" not in play.out.getvalue()
    assert len(play.saved) == 1


OWN = ("w", "You are ${hero} in a", "low boat.", "", "It leaks.", "", "")


async def test_an_opening_of_ones_own_is_written_line_by_line(play):
    told = await play(*OWN, "", "You fear water.", "wits 2", "Anna", "/quit")
    assert told.path()[0].text == "You are Anna in a low boat.\n\nIt leaks."
    assert told.title == "You are Anna in a low…"
    assert told.memory == "You fear water."
    assert told.dice.find("wits").modifier == 2


async def test_what_is_wrong_behind_an_opening_is_asked_again_and_loses_nothing(play):
    told = await play(*OWN, "The Leak", "", "wits lots", "wits 2", "Anna", "/quit")
    assert (told.title, told.dice.find("wits").modifier) == ("The Leak", 2)


async def test_a_line_that_no_opening_can_have_is_refused_and_the_others_are_kept(play):
    lines = ("w", "A door creaks.", "{{roll:many}}", "It opens.", "", "{{roll:", "")
    told = await play(*lines, "", "", "", "/quit")
    assert told.path()[0].text == "A door creaks. It opens."
    assert play.messages.getvalue().count("has a macro") == 2


async def test_a_command_is_no_name_and_quit_leaves(play):
    assert await play("/help", "/quit", "lamp") is None
    assert "Commands are understood once a story has begun." in play.messages.getvalue()
    assert play.code == 0


async def test_an_empty_opening_is_refused_and_the_list_asks_again(play):
    assert (await play("w", "", "lamp", "", "", "/quit")).title == "The Lamp Is Low"
    assert "Your opening is empty." in play.messages.getvalue()


async def test_new_asks_in_the_game_and_enter_stays_there(play):
    begun = ("lamp", "", "")
    told = await play(*begun, "/new", "", "/new", *OWN, "", "", "", "Anna", "/quit")
    assert "Enter alone stays here." in play.out.getvalue()
    assert told.title == "You are Anna in a low…"
    assert len(play.saved) == 2
