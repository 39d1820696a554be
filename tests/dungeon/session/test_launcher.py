"""Test the ways into a game without a front end."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from functools import partial

import pytest

from dungeon.errors import InputRefused, SavesDamaged
from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.saves.search import Hit
from dungeon.session import Session
from dungeon.session.launcher import Launcher, LaunchOptions
from dungeon.settings import Settings
from dungeon.story import Adventure, Kind, Question, Scenario, Turn
from tests.patience import HUNG, loop_until


class Answers:
    """Answers every question alike, and confirms or not."""

    def __init__(self, answer: str | None = "", *, confirms: bool = True) -> None:
        self.asked: list[str] = []
        self._answer = answer
        self._confirms = confirms

    async def ask(self, scenario: Scenario, question: Question, position: str) -> str | None:
        self.asked.append(position)
        return self._answer

    async def confirm_damaged(self, damage: SavesDamaged) -> bool:
        return self._confirms


SCENARIO = Scenario(
    "s", "S", "", "", "You are ${who}.", questions=(Question("who", "Who are you?", "Jem"),)
)


@pytest.fixture
def session(tmp_path) -> Session:
    return Session(Home(tmp_path / "grue"), Settings(), generator=ScriptedGenerator())


async def test_the_questions_of_a_scenario_are_asked_first(session: Session) -> None:
    answers = Answers("Heron")
    game = await Launcher(session, answers).begin(SCENARIO)
    assert answers.asked == ["1 of 1"]
    assert game is not None
    assert game.adventure.path()[0].text == "You are Heron."


async def test_giving_up_at_a_question_saves_nothing(session: Session) -> None:
    assert await Launcher(session, Answers(None)).begin(SCENARIO) is None
    assert session.library.summaries() == []


async def test_nothing_is_stored_where_the_player_stays_in_the_game(session: Session) -> None:
    story = Adventure("a1", "The Lamp").with_turn(Turn("t1", None, Kind.OPENING, "", "It is dark."))
    staying = Launcher(session, Answers(), partial(nullcontext, False))
    assert await staying.begin(SCENARIO) is None
    assert await staying.store(story) is None
    assert session.library.summaries() == []
    leaving = Launcher(session, Answers(), partial(nullcontext, True))
    game = await leaving.store(story)
    assert game is not None
    assert session.library.load("a1") == game.adventure


async def test_a_game_goes_on_once_what_was_to_be_played_is_stored(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A player takes another way meanwhile; on a slow disk the first one is still being stored."""
    story = Adventure("a1", "The Lamp").with_turn(Turn("t1", None, Kind.OPENING, "", "It is dark."))
    begun, allowed = threading.Event(), threading.Event()
    create = session.library.create

    def create_slowly(adventure: Adventure) -> None:
        begun.set()
        assert allowed.wait(HUNG)
        create(adventure)

    monkeypatch.setattr(session.library, "create", create_slowly)
    stored: list[str] = []

    @asynccontextmanager
    async def leaving() -> AsyncIterator[bool]:
        try:
            yield True
        except asyncio.CancelledError:
            stored.extend(each.id for each in session.library.summaries())
            raise

    storing = asyncio.ensure_future(Launcher(session, Answers(), leaving).store(story))
    await loop_until(begun.is_set)
    storing.cancel()
    asyncio.get_running_loop().call_soon(allowed.set)
    with pytest.raises(asyncio.CancelledError):
        await storing
    assert stored == ["a1"]


async def test_a_game_is_played_until_the_player_is_in_another_one(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A way into a game may be given up when that is already read or stored."""
    searched: list[str] = []

    def locate(hits: object, playing: str) -> list[Hit]:
        searched.append(playing)
        return []

    story = Adventure("a1", "The Lamp").with_turn(Turn("t1", None, Kind.OPENING, "", "It is dark."))
    session.play_on(session.game(Adventure("b1", "The Mill")))
    monkeypatch.setattr(session.library, "locate", locate)
    launcher = Launcher(session, Answers())
    assert await launcher.store(story) is not None
    await session.search("lamp")
    assert await launcher.resume("a1") is not None
    await session.search("lamp")
    assert searched == ["b1", "b1"]


async def test_a_seed_repeats_the_macros_and_the_random_start(session: Session) -> None:
    scenario = replace(SCENARIO, opening="${who} has {{random::1::2::3::4::5::6::7::8::9}}.")
    session.seed = 7
    begun = []
    for _ in range(2):
        launcher = Launcher(session, Answers("Heron"))
        games = [await launcher.begin(scenario), await launcher.launch(LaunchOptions(random=True))]
        begun.append([game.adventure.path()[0].text for game in games if game])
    assert begun[0] == begun[1]
    assert begun[0][0].startswith("Heron has ")
    assert not {"{{", "${"} & {text[:2] for text in " ".join(begun[0]).split()}


async def test_without_options_nothing_is_launched(session: Session) -> None:
    assert await Launcher(session, Answers()).launch(LaunchOptions()) is None


async def test_there_must_be_an_adventure_to_continue(session: Session) -> None:
    with pytest.raises(InputRefused, match="no adventure to continue"):
        await Launcher(session, Answers()).launch(LaunchOptions(last=True))
    begun = await Launcher(session, Answers()).continue_latest()
    assert begun is not None
    resumed = await Launcher(session, Answers()).launch(LaunchOptions(last=True))
    assert resumed is not None
    assert resumed.adventure.id == begun.adventure.id


@pytest.mark.parametrize("confirms", [True, False])
async def test_a_damaged_adventure_is_resumed_where_that_is_confirmed(
    session: Session, *, confirms: bool
) -> None:
    opening = Turn("o", None, Kind.OPENING, "", "You wake in a boathouse.")
    session.library.create(Adventure("a1", "The Boathouse").with_turn(opening))
    await session.close()
    path = session.home.saves
    path.write_bytes(path.read_bytes().replace(b"in a boathouse", b"in a birdhouse"))
    game = await Launcher(session, Answers(confirms=confirms)).resume("a1")
    assert (game is not None) is confirms
