"""Provides Session: what a front end sits down with, and the ways a game begins.

Holds the player's folder, settings, library and model together for one run of the program. Whatever
is slow (the database layer, the model) is opened when it is first needed. Knows nothing of screens.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from dungeon.adventure_store import opening_turn
from dungeon.errors import InputRefused
from dungeon.game import Game
from dungeon.generation import GenerationSettings
from dungeon.generator import Generator
from dungeon.home import Home
from dungeon.sampling import get_preset
from dungeon.settings import Settings
from dungeon.story import Adventure, Scenario, new_id

if TYPE_CHECKING:
    from dungeon.saves.library import Library

Progress = Callable[[str, int, int], None]
"""Told while a model is fetched or prepared: what is done, how much of it, of how much."""


@dataclass(frozen=True, slots=True)
class LaunchOptions:
    """How the command line asks the game to begin; all empty means the title screen."""

    quick: bool = False
    scenario: str = ""
    adventure: str = ""
    last: bool = False


class Session:
    """One run of the program."""

    def __init__(
        self, home: Home, settings: Settings, *, model: str = "", seed: int | None = None
    ) -> None:
        """`model` is a reference as `--model` takes it; empty means the settings' choice."""
        self.home = home
        self.settings = settings
        self.model = model or settings.model
        self.seed = seed
        self._generator: Generator | None = None

    @cached_property
    def library(self) -> "Library":
        """The saves, opened when first asked for. Raises SavesError."""
        from dungeon.saves.library import Library

        return Library.open(self.home.saves)

    @property
    def style(self) -> GenerationSettings:
        """How replies are written, by the settings."""
        return GenerationSettings(
            get_preset(self.settings.preset), self.settings.reply_tokens, self.seed
        )

    def generator(self, progress: Progress | None = None) -> Generator:
        """Return the model's generator, fetching and preparing the model where it is not there yet.

        Blocks while it fetches: call it from a thread. The engine itself starts with its `open`.
        Raises InputRefused or WeightsError.
        """
        if self._generator is None:
            from dungeon.generator.factory import create_generator

            self._generator = create_generator(
                self.model,
                self.home,
                context_length=self.settings.context_length,
                threads=self.settings.threads,
                progress=progress,
            )
        return self._generator

    async def use_model(self, reference: str) -> None:
        """Let the model go; the next `generator` is that of `reference`."""
        await self.close_model()
        self.model = reference

    async def close_model(self) -> None:
        """Let the model go; its engine ends."""
        create_generator, self._generator = self._generator, None
        if create_generator is not None:
            await create_generator.close()

    async def close(self) -> None:
        """Let everything go."""
        await self.close_model()
        if "library" in self.__dict__:
            self.library.close()

    # The ways a game begins.

    def begin(self, scenario: Scenario, create_generator: Generator) -> Game:
        """Return the game of a new adventure that opens with `scenario`, its questions answered."""
        adventure = Adventure(
            new_id(),
            scenario.title,
            scenario=scenario.name,
            memory=scenario.memory,
            note=scenario.note,
        ).grown(opening_turn(scenario.opening))
        self.library.create(adventure)
        return self.game(adventure, create_generator)

    def resume(self, adventure_id: str, create_generator: Generator) -> Game:
        """Return the game of a saved adventure. Raises InputRefused or SavesError."""
        return self.game(self.library.load(adventure_id), create_generator)

    def last_adventure(self) -> str:
        """Return the id of the adventure played last. Raises InputRefused where there is none."""
        adventure_id = self.library.latest_id()
        if adventure_id is None:
            raise InputRefused("There is no adventure to continue yet. Begin one with `grue play`.")
        return adventure_id

    def game(self, adventure: Adventure, create_generator: Generator) -> Game:
        """Return the game of `adventure`."""
        return Game(self.library, create_generator, adventure, self.style)

    def choose(self, **changes: object) -> None:
        """Change settings and keep them for the next run. Raises InputRefused or NotSaved."""
        from dungeon import settings

        chosen = replace(self.settings, **changes)  # type: ignore[arg-type]
        settings.save(self.home.settings, chosen)
        self.settings = chosen
