"""Provides Ways: how a player gets into an adventure, whichever screen they come from.

Each way may ask the player something first. Knows nothing of how an adventure is shown.
"""

from typing import TYPE_CHECKING

from dungeon.errors import SavesDamaged
from dungeon.session import LaunchOptions
from dungeon.story import Question, Scenario
from dungeon.threads import run_in_thread
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.input_dialog import InputDialog

if TYPE_CHECKING:
    from dungeon.tui.app import GrueApp


class Navigator:
    """The ways in. Every one must be gone in a worker of the app, and raises GrueError."""

    def __init__(self, app: "GrueApp") -> None:
        self._app = app

    async def start(self, start: LaunchOptions) -> None:
        """Go where the command line wants to; nowhere where it does not say."""
        match start:
            case LaunchOptions(last=True):
                await self.last()
            case LaunchOptions(adventure=wanted) if wanted:
                await self.resume(wanted)
            case LaunchOptions(scenario=wanted) if wanted:
                await self.named(wanted)
            case LaunchOptions(quick=True):
                await self.quick()

    async def last(self) -> None:
        """Go on with the adventure played last."""
        await self._app.library()
        await self.resume(self._app.session.last_adventure())

    async def on(self) -> None:
        """Go on with the adventure played last, or begin at once where there is none."""
        library = await self._app.library()
        latest = library.latest_id()
        await (self.resume(latest) if latest else self.quick())

    async def quick(self) -> None:
        """Begin at once, asking nothing."""
        from dungeon.scenarios import QUICK, fill, load

        await self.begin(fill(load(QUICK), {}))

    async def named(self, name: str) -> None:
        """Begin with the opening called `name`, or in the file of that name."""
        from dungeon.scenarios import load

        await self.asking(load(name, folder=self._app.session.home.scenarios))

    async def asking(self, scenario: Scenario) -> None:
        """Begin with `scenario` once the player has answered its questions, if they do."""
        from dungeon.scenarios import fill, questions

        asked = questions(scenario)
        answers: dict[str, str] = {}
        for number, question in enumerate(asked, 1):
            answer = await self._answer(scenario, question, f"{number} of {len(asked)}")
            if answer is None:
                return
            answers[question.name] = answer
        await self.begin(fill(scenario, answers))

    async def begin(self, scenario: Scenario) -> None:
        """Begin with `scenario`, which has no questions left."""
        app = self._app
        await app.library()
        await app.play(app.session.begin(scenario, app.engine))

    async def resume(self, adventure_id: str) -> None:
        """Go on with a saved adventure; with what is left of it, where the player wants that."""
        app = self._app
        try:
            game = await run_in_thread(lambda: app.session.resume(adventure_id, app.engine))
        except SavesDamaged as damage:
            left = getattr(damage, "adventure", None)
            if left is None:
                raise
            question = "Open what can still be read of it?"
            if not await app.push_screen_wait(ConfirmDialog(question, str(damage), yes="Open")):
                return
            game = app.session.game(left, app.engine)
        await app.play(game)

    async def _answer(self, scenario: Scenario, question: Question, number: str) -> str | None:
        dialog = InputDialog(question.question, question.default, f"{scenario.title}, {number}")
        return await self._app.push_screen_wait(dialog)
