"""One run of the game: the player's folder, settings, saves and model, without any screen.

What is slow (the database layer, the model) is opened when it is first needed. The submodules hold
what both front ends share: the ways to begin a game, the loading of the model, the effects of
commands, the presentation of turns, and the texts of views.
"""

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from dungeon import settings as settings_file
from dungeon.adventure_store import opening_turn
from dungeon.errors import InputRefused
from dungeon.game import Game
from dungeon.generation import GenerationSettings
from dungeon.generator import Generator
from dungeon.home import Home
from dungeon.models.catalog import recommended_reply_tokens
from dungeon.models.progress import Progress
from dungeon.sampling import get_preset
from dungeon.session.model_loader import ModelLoader
from dungeon.settings import Settings
from dungeon.story import Adventure, Scenario, new_id
from dungeon.text import clean_line

if TYPE_CHECKING:
    from dungeon.saves.library import Library


class Session:
    """One run of the program."""

    def __init__(
        self,
        home: Home,
        settings: Settings,
        *,
        model: str = "",
        seed: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        """`model` is a reference as `--model` takes it; empty means the settings' choice.
        `generator` stands in for that model until another one is chosen.
        """
        self.home = home
        self.settings = settings
        self.model = model or settings.model
        self.seed = seed
        self._library: Library | None = None
        self._opening_library = Lock()
        self._stand_in = generator
        self.model_loader = self._new_loader()

    @property
    def library(self) -> "Library":
        """The saves, opened when first asked for, which takes a while. Raises SavesError."""
        from dungeon.saves.library import Library

        with self._opening_library:
            if self._library is None:
                self._library = Library.open(self.home.saves)
            return self._library

    def change_settings(self, **changes: object) -> None:
        """Change settings and save them for the next run. Raises InputRefused or NotSaved."""
        changed = replace(self.settings, **changes)  # type: ignore[arg-type]
        settings_file.save(self.home.settings, changed)
        self.settings = changed

    async def use_model(self, reference: str) -> None:
        """Close the model and put the loader of the one at `reference` in its place."""
        on_state = self.model_loader.on_state
        await self.model_loader.close()
        self.model, self._stand_in = reference, None
        self.model_loader = self._new_loader()
        self.model_loader.on_state = on_state

    async def close(self) -> None:
        """Close the model and the saves."""
        await self.model_loader.close()
        if self._library is not None:
            self._library.close()

    # Games. The saves are read and written here: call these in a thread where an event loop runs.

    def begin(self, scenario: Scenario) -> Game:
        """Return the game of a new adventure that opens with `scenario`, its questions answered."""
        adventure = Adventure(
            new_id(),
            scenario.title,
            scenario=scenario.name,
            memory=scenario.memory,
            note=scenario.note,
        ).with_turn(opening_turn(scenario.opening))
        self.library.create(adventure)
        return self.game(adventure)

    def resume(self, adventure_id: str) -> Game:
        """Return the game of a saved adventure. Raises InputRefused or SavesError."""
        return self.game(self.library.load(adventure_id))

    def latest_adventure(self) -> str:
        """Return the id of the adventure played last. Raises InputRefused where there is none."""
        adventure_id = self.library.latest_id()
        if adventure_id is None:
            raise InputRefused("There is no adventure to continue yet. Begin one with `grue play`.")
        return adventure_id

    def game(self, adventure: Adventure) -> Game:
        """Return the game of `adventure`, played with the session's model and settings."""
        chosen = self.settings
        reply_tokens = chosen.reply_tokens or recommended_reply_tokens(self.model)
        generation = GenerationSettings(
            get_preset(chosen.preset), reply_tokens, self.seed, chosen.retrieval
        )
        library = self.library
        return Game(library, self.model_loader, adventure, generation, turn_search=library)

    def _new_loader(self) -> ModelLoader:
        stand_in = self._stand_in
        name = stand_in.model.name if stand_in else clean_line(self.model) or "the model"
        return ModelLoader(name, self._create_generator)

    def _create_generator(self, progress: Progress) -> Generator:
        """Return the model's generator; blocks while the model is fetched and prepared."""
        if self._stand_in is not None:
            return self._stand_in
        from dungeon.generator.factory import create_generator

        return create_generator(
            self.model,
            self.home,
            context_length=self.settings.context_length,
            threads=self.settings.threads,
            progress=progress,
        )
