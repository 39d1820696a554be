"""Test that a second Enter between the questions of a scenario starts nothing else."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from types import SimpleNamespace
from typing import Any, cast

import pytest
from textual.app import App

from dungeon.session import Session
from dungeon.story import Question, Scenario
from dungeon.tui.navigation import Navigator
from dungeon.tui.screens.scenario_picker import ScenarioPicker
from dungeon.tui.screens.title import TitleScreen
from dungeon.turns.game import Game
from tests.rows import every_row

QUESTIONS = Question("who", "Who are you?", "Jem"), Question("where", "Where?", "home")
SCENARIO = Scenario("s", "S", "", "", "You are ${who}, at ${where}.", questions=QUESTIONS)


class FakeApp:
    """Runs workers as tasks, and presses the player's second Enter after each dialog."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[None]] = []
        self.dialogs: list[object] = []
        self.press_enter = lambda: None

    def run_worker(self, work: Coroutine[Any, Any, None], **_: object) -> object:
        for task in self.tasks:
            task.cancel()
        task = asyncio.ensure_future(work)
        self.tasks.append(task)
        return SimpleNamespace(is_finished=False)

    async def push_screen_wait(self, dialog: object) -> str:
        self.dialogs.append(dialog)
        asyncio.get_running_loop().call_soon(self.press_enter)
        return f"answer {len(self.dialogs)}"


async def test_an_enter_between_two_questions_starts_no_other_game() -> None:
    app = FakeApp()
    begun: list[Scenario] = []
    shown: list[Game] = []

    def begin(scenario: Scenario) -> Game:
        begun.append(scenario)
        return cast(Game, scenario)

    class Screens:
        """Shows every game, and has none before."""

        game: Game | None = None

        async def show_game(self, game: Game) -> bool:
            shown.append(game)
            return True

        async def show_turn(self, turn_id: str) -> None:
            pytest.fail(f"{turn_id} was asked for by nobody")

        async def show_title(self) -> bool:
            pytest.fail("there is no game to leave")

        def leaving_game(self) -> AbstractAsyncContextManager[bool]:
            return nullcontext(True)

    async def change_library(change: Callable[[object], object]) -> object:
        return change(None)

    session = SimpleNamespace(seed=1, begin=begin, change_library=change_library)
    navigator = Navigator(cast("App[None]", app), cast(Session, session), Screens())
    app.press_enter = lambda: navigator.begin(SCENARIO)
    navigator.begin(SCENARIO)
    await app.tasks[0]
    assert len(app.tasks) == 1
    assert len(app.dialogs) == 2
    assert [each.opening for each in begun] == ["You are answer 1, at answer 2."]
    assert len(shown) == 1


@every_row(
    "choose",
    [
        lambda services: TitleScreen(services).action_choose("continue"),
        lambda services: ScenarioPicker(services).action_begin(),
    ],
)
def test_a_screen_that_is_covered_takes_no_choice(choose: Any) -> None:
    choose(SimpleNamespace())  # it would ask these services for a navigator
