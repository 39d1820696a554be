"""Test the ways into a game in line mode, and from one into another."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dungeon.dice import DiceRules
from dungeon.errors import InputRefused, NotSaved
from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.plain.line_reader import LineReader
from dungeon.plain.repl import Repl
from dungeon.plain.text_writer import TextWriter
from dungeon.saves.library import Library
from dungeon.saves.search import Hit
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings
from dungeon.story import Draft, Kind, Turn
from tests.dungeon.plain.line_mode_run import RAIN, ROOM, LineModeRun
from tests.dungeon.tui.driver import adventure


async def test_the_last_adventure_is_resumed(line_mode: LineModeRun) -> None:
    await line_mode("look around")
    assert await line_mode("/print", start=LaunchOptions(last=True)) == 0
    assert line_mode.out.getvalue().count(ROOM) == 2
    adventure = line_mode.saved[0].id
    assert await line_mode("/undo", start=LaunchOptions(adventure=adventure[:6])) == 0
    assert line_mode.saved[0].turns == 1


@pytest.mark.parametrize("is_on", [True, False])
async def test_a_player_who_comes_back_is_told_what_happened(own_home: Path, is_on: bool) -> None:
    home, messages = Home(own_home), io.StringIO()
    with Library.open(home.saves_location) as library:
        library.create(adventure(30, text="You look around. Old Marta gives you a key."))
    session = Session(home, Settings(recap=is_on), generator=ScriptedGenerator())
    out = io.StringIO()
    repl = Repl(session, LineReader(io.StringIO("/quit\n")), TextWriter(out), messages)
    await repl.run(LaunchOptions(last=True))
    assert ("Previously: Old Marta gives you" in messages.getvalue()) == is_on
    assert "look around" not in messages.getvalue()
    assert "Previously" not in out.getvalue()


async def test_dice_rules_that_cannot_be_read_are_said_and_kept(line_mode: LineModeRun) -> None:
    with Library.open(line_mode.home.saves_location) as library:
        library.create(replace(adventure(), dice=DiceRules(unreadable='{"risky": 3')))
    start = LaunchOptions(last=True)
    await line_mode("/attributes", "/note dark", start=start)
    assert line_mode.messages.getvalue().count("cannot be read, so the defaults hold") == 1
    assert "cannot be read, so the defaults hold" in " ".join(line_mode.out.getvalue().split())
    await line_mode("/attributes luck 1", start=start)
    assert "cannot be read" in line_mode.messages.getvalue()
    await line_mode("/attributes", start=start)
    assert "cannot be read" not in line_mode.messages.getvalue()


async def test_a_reply_that_was_cut_short_is_told(line_mode: LineModeRun) -> None:
    story = adventure()
    with Library.open(line_mode.home.saves_location) as library:
        library.create(story)
        library.keep_draft("a1", Draft(story.head, Kind.DO, "You listen.", "You hear a"))
    assert await line_mode("/quit", start=LaunchOptions(last=True)) == 0
    assert "You hear a" in line_mode.out.getvalue()
    assert "The reply was cut short; its words are kept." in line_mode.messages.getvalue()


class Keyboard(LineReader):
    """A person who types `lines`, where None is Ctrl+D, and then Ctrl+D."""

    is_interactive = True

    def __init__(self, *lines: str | None) -> None:
        self._typed = iter(lines)
        self.asked: list[str] = []

    async def ask(self, prompt: str = "") -> str | None:
        self.asked.append(prompt)
        return next(self._typed, None)

    def remember(self, line: str) -> str:
        return ""

    @contextmanager
    def without_echo(self) -> Iterator[None]:
        yield


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no turn be saved."""

    def fail(*_: object, **__: object) -> None:
        raise NotSaved("The disk is full.")

    monkeypatch.setattr(Library, "append", fail)


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("way", ["/quit", "/load The Other", "/fork Mine", "/random"])
async def test_a_person_is_asked_before_unsaved_turns_are_left(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    home, messages = Home(own_home), io.StringIO()
    with Library.open(home.saves_location) as library:
        for name, title in (("b1", "The Other"), ("a1", "The Lamp")):
            library.create(adventure(name=name, title=title))

    searched: list[str] = []

    def search(_library: Library, _hits: object, playing: str = "") -> list[Hit]:
        searched.append(playing)
        return []

    monkeypatch.setattr(Library, "locate", search)
    session = Session(home, Settings(tour=False), generator=ScriptedGenerator(["It is dark."]))
    keyboard = Keyboard("look", way, "n", "/print", "/search lamp", way, "y")
    out = io.StringIO()
    repl = Repl(session, keyboard, TextWriter(out), messages)
    assert await repl.run(LaunchOptions(adventure="a1")) == 1
    assert searched == ["a1"]
    assert keyboard.asked.count("Leave without the last turn? [y/N] ") == 2
    is_fork = way == "/fork Mine"  # which has the turn, too
    assert out.getvalue().count("It is dark.") == 2 + is_fork  # the reply, and /print in its game
    assert "The disk is full." in messages.getvalue()
    assert messages.getvalue().count("only stands above") == 1
    assert messages.getvalue().count("You play the fork now") == is_fork
    with Library.open(home.saves_location) as library:  # nothing of the first try, where they stay
        assert len(library.summaries()) == 2 + (way in ("/fork Mine", "/random"))


@pytest.mark.usefixtures("full_disk")
async def test_a_game_goes_on_where_the_next_one_cannot_be_stored(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, messages = Home(own_home), io.StringIO()
    with Library.open(home.saves_location) as library:
        library.create(adventure())

    def fail(*_: object, **__: object) -> None:
        raise NotSaved("The disk is full.")

    monkeypatch.setattr(Library, "create", fail)
    session = Session(home, Settings(tour=False), generator=ScriptedGenerator(["It is dark."]))
    keyboard, out = Keyboard("look", "/fork Mine", "y", "/print", "/quit", "y"), io.StringIO()
    repl = Repl(session, keyboard, TextWriter(out), messages)
    assert await repl.run(LaunchOptions(adventure="a1")) == 1
    assert keyboard.asked.count("Leave without the last turn? [y/N] ") == 2  # to fork, and to quit
    assert "You play the fork now" not in messages.getvalue()
    assert out.getvalue().count("It is dark.") == 2  # the reply, and /print


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("answers", [("n", "/print", None, "y"), ("n", "/print", None, None), ()])
async def test_the_end_of_the_input_leaves_unsaved_turns_only_when_the_player_says_so(
    own_home: Path, answers: tuple[str | None, ...]
) -> None:
    home, messages = Home(own_home), io.StringIO()
    with Library.open(home.saves_location) as library:
        library.create(adventure())

    session = Session(home, Settings(tour=False), generator=ScriptedGenerator(["It is dark."]))
    keyboard, out = Keyboard("look", None, *answers), io.StringIO()
    repl = Repl(session, keyboard, TextWriter(out), messages)
    assert await repl.run(LaunchOptions(adventure="a1")) == 1
    stays = bool(answers)
    assert keyboard.asked.count("Leave without the last turn? [y/N] ") == 1 + stays
    assert out.getvalue().count("It is dark.") == 1 + stays
    assert messages.getvalue().count("only stands above") == 1


@pytest.mark.usefixtures("full_disk")
async def test_several_turns_that_are_lost_are_told(own_home: Path) -> None:
    home, messages = Home(own_home), io.StringIO()
    with Library.open(home.saves_location) as library:
        library.create(adventure())
    replies = ScriptedGenerator(["It is dark.", "It rains."])
    session = Session(home, Settings(tour=False), generator=replies)
    keyboard = Keyboard("look", "wait", "/quit", "y")
    repl = Repl(session, keyboard, TextWriter(io.StringIO()), messages)
    assert await repl.run(LaunchOptions(adventure="a1")) == 1
    said = " ".join(messages.getvalue().split())
    assert "The last 2 turns are not saved and only stand above. Copy them" in said


async def test_quick_asks_nothing(line_mode: LineModeRun) -> None:
    assert await line_mode("/quit", start=LaunchOptions(quick=True)) == 0
    assert "${" not in line_mode.out.getvalue()


async def test_what_a_search_finds_is_opened_on_its_turn_and_branch(line_mode: LineModeRun) -> None:
    await line_mode("look around", "/undo", "wait", "/undo", "/title First")
    first = line_mode.saved[0].id
    assert await line_mode("/search rope", "/open 1", "/branches") == 0
    assert "   1  First, turn 2, branch 1 of 2\n      " in line_mode.out.getvalue()
    assert "This is turn 2, branch 1 of 2." in line_mode.messages.getvalue()
    assert ROOM in line_mode.out.getvalue()
    assert "*   1  2 turns" in line_mode.out.getvalue()  # of the adventure that was found
    await line_mode("/search door", "/open 1", "/redo", start=LaunchOptions(adventure=first))
    assert "First, turn 2, branch 2 of 2" in line_mode.out.getvalue()
    assert line_mode.out.getvalue().rstrip().endswith(RAIN)


async def test_a_hit_that_another_window_has_added_is_opened(own_home: Path) -> None:
    home, story = Home(own_home), adventure()
    with Library.open(home.saves_location) as library:
        library.create(story)

    class Typed(io.StringIO):
        def readline(self, *limit: int) -> str:
            line = super().readline(*limit)
            if line.startswith("/search"):
                dug = Turn("dug", story.head, Kind.DO, "You dig.", "A zither lies in the sand.")
                with Library.open(home.saves_location) as other:
                    other.append("a1", dug, expected_head=story.head)
            return line

    session, out = Session(home, Settings(), generator=ScriptedGenerator()), io.StringIO()
    typed = Typed("/search zither\n/open 1\n")
    repl = Repl(session, LineReader(typed), TextWriter(out), io.StringIO())
    assert await repl.run(LaunchOptions(last=True)) == 0
    assert out.getvalue().rstrip().endswith("A zither lies in the sand.")


async def test_only_what_the_last_search_found_is_opened(line_mode: LineModeRun) -> None:
    lines = ["/open 1", "/search rope", "/open 2", "look", "/search rope", "/open 7"]
    assert await line_mode(*lines) == 2
    said = " ".join(line_mode.messages.getvalue().split())
    assert "Nothing was searched for yet." in said
    assert "The last search found nothing." in said
    assert "There is only place 1 in the last search; try /open 1." in said


async def test_a_turn_that_an_edit_has_carried_along_is_one_hit(line_mode: LineModeRun) -> None:
    lines = ["look around", "wait", "/edit --turn 2 A cat sits here."]
    assert await line_mode(*lines, "/search door closes", "/open 1", "/why") == 0
    out, said = line_mode.out.getvalue(), " ".join(line_mode.messages.getvalue().split())
    assert "turn 3; also on 1 other branch" in out
    assert out.count("a door closes with great care") == 3  # the reply, the hit, the opened turn
    assert "This is turn 3. The story goes on from here" in said
    assert re.search(r"of at most 1,888 tokens, retrieval on, summary [a-z ]+, state line", said)


async def test_the_command_line_opens_an_adventure_on_a_turn(line_mode: LineModeRun) -> None:
    await line_mode("look around", "wait")
    with Library.open(line_mode.home.saves) as library:
        (hit,) = library.search("rope")
    start = LaunchOptions(adventure=hit.adventure_id, turn=hit.turn_id[:8])
    await line_mode("/redo", start=start)
    assert "Go forward" not in line_mode.messages.getvalue()
    assert line_mode.out.getvalue().rstrip().endswith(RAIN)
    with pytest.raises(InputRefused, match="begin with “nowhere”"):
        await line_mode(start=LaunchOptions(adventure=hit.adventure_id, turn="nowhere"))
