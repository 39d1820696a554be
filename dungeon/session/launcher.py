"""Begin or resume a game: what the command line asked for, and what the player chooses later."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Protocol

from dungeon import scenarios
from dungeon.errors import SavesDamaged
from dungeon.session import Session
from dungeon.story import Adventure, Question, Scenario
from dungeon.threads import run_in_thread
from dungeon.turns.game import Game


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """How the command line asks the game to begin; all empty means the title screen."""

    quick: bool = False
    scenario: str = ""
    adventure: str = ""
    last: bool = False
    random: bool = False
    turn: str = ""
    """The turn of the adventure at which to open it: the beginning of its id."""


class Dialogs(Protocol):
    """How a front end asks the player something before a game begins."""

    async def ask(self, scenario: Scenario, question: Question, position: str) -> str | None:
        """Return the answer, or None where the player gives up; `position` is like "1 of 3"."""

    async def confirm_damaged(self, damage: SavesDamaged) -> bool:
        """Ask whether to open what can still be read of a damaged adventure. May raise `damage`."""


LeavingGame = Callable[[], AbstractAsyncContextManager[bool]]
"""Leaves the game that is played, if there is one, for what the block does in its place; gives
False where the player stays in it. Where the block raises, the game goes on.
"""


def _no_game() -> AbstractAsyncContextManager[bool]:
    return nullcontext(True)


class Launcher:
    """The ways into a game. Each returns None where the player gives up, and raises GrueError."""

    def __init__(
        self,
        session: Session,
        dialogs: Dialogs,
        leaving_game: LeavingGame = _no_game,
    ) -> None:
        self._session = session
        self._dialogs = dialogs
        self._leaving_game = leaving_game
        self._rng = Random(session.seed)

    async def launch(self, options: LaunchOptions) -> Game | None:
        """Do what the command line asks for; nothing where it leaves that open."""
        match options:
            case LaunchOptions(last=True):
                return await self.resume(await run_in_thread(self._session.latest_adventure))
            case LaunchOptions(adventure=adventure_id) if adventure_id:
                return await self.resume(adventure_id)
            case LaunchOptions(scenario=name) if name:
                return await self.begin_named(name)
            case LaunchOptions(random=True):
                return await self.begin_randomly()
            case LaunchOptions(quick=True):
                return await self.begin_quickly()
            case _:
                return None

    async def continue_latest(self) -> Game | None:
        """Resume the adventure played last, or begin at once where there is none."""
        latest = await run_in_thread(lambda: self._session.library.latest_id())
        return await (self.resume(latest) if latest else self.begin_quickly())

    async def begin_quickly(self) -> Game | None:
        """Begin at once, asking nothing."""
        return await self.begin(scenarios.fill(scenarios.load(scenarios.QUICK_START), {}))

    async def begin_randomly(self) -> Game | None:
        """Begin at once with a random scenario; its choices are random, too."""
        known = scenarios.available(self._session.home.scenarios)
        scenario = scenarios.draw_macros(self._rng.choice(known), self._rng)
        answers = scenarios.random_answers(scenario, self._rng)
        return await self.begin(scenarios.fill(scenario, answers))

    async def begin_named(self, name: str) -> Game | None:
        """Begin with the scenario called `name`, or the one in the file of that name."""
        return await self.begin(scenarios.load(name, folder=self._session.home.scenarios))

    async def begin(self, scenario: Scenario) -> Game | None:
        """Begin with `scenario`: draw its macros, ask its questions, then store the adventure."""
        scenario = scenarios.draw_macros(scenario, self._rng)
        questions = scenarios.questions(scenario)
        answers: dict[str, str] = {}
        for number, question in enumerate(questions, 1):
            position = f"{number} of {len(questions)}"
            answer = await self._dialogs.ask(scenario, question, position)
            if answer is None:
                return None
            answers[question.name] = answer
        filled = scenarios.fill(scenario, answers)
        return await self._store(partial(self._session.begin, filled))

    async def store(self, adventure: Adventure) -> Game | None:
        """Store a new adventure, such as a fork, and play it."""
        return await self._store(partial(self._session.store, adventure))

    async def _store(self, store: Callable[[], Game]) -> Game | None:
        """Store what is played next, unless the player stays in the game that is played now: it
        would stand in the list, and nobody has wanted it.
        """
        async with self._leaving_game() as is_left:
            # To its end, also where the task is cancelled: only then does the game go on.
            return await self._session.change_library(lambda _: store()) if is_left else None

    async def resume(self, adventure_id: str) -> Game | None:
        """Resume a saved adventure, or what is left of a damaged one where the player wants it."""
        try:
            return await run_in_thread(self._session.resume, adventure_id)
        except SavesDamaged as damage:
            readable: Adventure | None = getattr(damage, "adventure", None)
            if readable is None:
                raise
            if not await self._dialogs.confirm_damaged(damage):
                return None
            return self._session.game(readable)
