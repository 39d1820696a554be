"""One run of the game: the player's folder, settings, saves and model, without any screen.

What is slow (the database layer, the model) is opened when it is first needed. The submodules hold
what both front ends share: the ways to begin a game, the loading of the model, the effects of
commands, the presentation of turns, and the texts of views.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

from dungeon import settings as settings_file
from dungeon.chat import FormatChoice
from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.files.line_history import LineHistory
from dungeon.generator import Generator
from dungeon.generator.server_detection import USUAL_SERVERS, FoundModel, find_served_models
from dungeon.models.catalog import find_entry
from dungeon.models.progress import Progress
from dungeon.scripts.library import ScriptLibrary
from dungeon.session.generation_defaults import apply_changed, carry_over, combine
from dungeon.session.model_loader import ModelLoader
from dungeon.settings import Settings
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Adventure, Scenario
from dungeon.text import clean_line
from dungeon.threads import SerialThread, run_in_thread
from dungeon.turns.adventure_store import new_adventure
from dungeon.turns.game import Game

if TYPE_CHECKING:
    from dungeon.generator.llama_launcher import StartProcess
    from dungeon.saves.library import Library
    from dungeon.saves.search import Hit

Result = TypeVar("Result")


_NEARLY = 0.1
"""The share by which a speed may differ from the one that is kept, and is not written again."""


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
        start_engine: "StartProcess | None" = None,
    ) -> None:
        """`model` is a reference as `--model` takes it; empty means the settings' choice.
        `generator` stands in for that model until another one is chosen, and `start_engine` starts
        the engine of a .gguf file.
        """
        self.home = home
        self.settings = settings
        self.model = model or settings.model
        self.seed = seed
        self.scripts = ScriptLibrary(
            home.scripts,
            home.trusted_scripts,
            off=settings.scripts_off,
            values=settings.script_settings,
        )
        self._has_stand_in = generator is not None
        self._start_engine = start_engine
        self._noted_speed = 0.0
        self.local_servers = USUAL_SERVERS
        self.found: Sequence[Hit] | None = None
        """The turns that the last search has found, for `/open`; None before the first one."""
        self.loading: ModelLoader | None = None
        """Another model that is being loaded while the game goes on."""
        self._game: Game | None = None
        """The game that was played last with the model."""
        self._library: Library | None = None
        self._opening_library = Lock()
        self._library_changes = SerialThread("library")
        self.model_loader = self._new_loader(self.model, generator)

    @property
    def library(self) -> "Library":
        """The saves, opened when first asked for, which takes a while. Raises SavesError."""
        from dungeon.saves.library import Library

        with self._opening_library:
            if self._library is None:
                self._library = Library.open(
                    self.home.saves_location, backup_folder=self.home.backups
                )
            return self._library

    async def change_library(self, change: "Callable[[Library], Result]") -> Result:
        """Return what `change` does to the saves. Raises what it raises.

        Changes are made one after another in the order asked for, each to its end, even where
        nobody waits for it any more.
        """
        return await self._library_changes.run(lambda: change(self.library))

    async def search(self, query: str) -> "Sequence[Hit]":
        """Return the turns of any adventure that match, with their branches, the best first.

        `/open` knows them by their number from then on, unless the search is cancelled. Raises
        InputRefused or SavesError.
        """
        playing = self._game.adventure.id if self._game else ""
        found = await run_in_thread(
            lambda: self.library.locate(self.library.search(query), playing)
        )
        self.found = found
        return found

    @cached_property
    def line_history(self) -> LineHistory:
        """What the player typed, in this session and before; read when first asked for."""
        return LineHistory(self.home.line_history)

    def change_settings(self, **changes: object) -> None:
        """Change settings and save them for the next run. Raises InputRefused or NotSaved.

        `prompt_format` is the one of this model.
        """
        if "prompt_format" in changes:
            choice = cast(FormatChoice, changes.pop("prompt_format"))
            changes["prompt_formats"] = self.settings.with_format(self.model, choice)
        changed = replace(self.settings, **changes)  # type: ignore[arg-type]
        settings_file.save(self.home.settings, changed)
        self.settings = changed

    def apply_changed(self, names: Collection[str], game: Game) -> None:
        """Let changed settings, by their names, hold in a game that is being played."""
        before = game.generation_settings
        after = apply_changed(names, before, self.new_game_settings())
        if after != before:
            game.generation_settings = after
            if not game.busy:
                game.prefetch()

    async def load_model(self, reference: str) -> ModelLoader:
        """Return the model at `reference`, loaded, while the current one stays in use.

        Raises GrueError where it cannot be loaded.
        """
        loader = self._new_loader(reference)
        loader.on_state = self.model_loader.on_state
        self.loading = loader
        try:
            await loader.open()
        except BaseException:  # a load that is cancelled included
            await loader.close()
            raise
        finally:
            if self.loading is loader:
                self.loading = None
        return loader

    async def find_served_models(self) -> list[FoundModel]:
        """Return the models of the model servers that run on this machine."""
        return await find_served_models(self.local_servers)

    async def use_model(self, reference: str, loader: ModelLoader) -> None:
        """Use a model that `load_model` has returned from now on, and close the one before."""
        await self._change_model(reference, loader).close()

    async def replace_model(self, game: Game, reference: str, loader: ModelLoader) -> None:
        """Play `game` on with a model that `load_model` has returned, once nothing is under way in
        it, and close the one before. The game stays the same for all that show or change it.
        """
        await game.wait_until_idle()
        usual = self.new_game_settings()
        before = self._change_model(reference, loader)
        settings = carry_over(game.generation_settings, usual, self.new_game_settings())
        self.play_on(game)
        try:
            await game.use_generator(loader, settings)
        finally:
            await before.close()

    def _change_model(self, reference: str, loader: ModelLoader) -> ModelLoader:
        """Use another model from now on; return the one before, which is still open."""
        self._keep_speed()
        before, self.model, self.model_loader = self.model_loader, reference, loader
        self._has_stand_in, self._game, self._noted_speed = False, None, 0.0
        return before

    async def close(self) -> None:
        """Close the model, and the saves once every change that was asked for is made."""
        self._keep_speed()
        await self.model_loader.close()
        if self._library is not None:
            await self._library_changes.run(self._library.close)

    # Games. The saves are read and written here: call these in a thread where an event loop runs.

    def begin(self, scenario: Scenario) -> Game:
        """Return the game of a new adventure that opens with `scenario`, its questions answered."""
        return self.store(new_adventure(scenario))

    def store(self, adventure: Adventure) -> Game:
        """Store a new adventure, such as a fork, and return its game. Raises NotSaved."""
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
        library = self.library
        generation = self.new_game_settings()
        return Game(
            library,
            self.model_loader,
            adventure,
            generation,
            turn_search=library,
            scripts=self.scripts,
        )

    async def enter(self, game: Game) -> None:
        """Let `game`, which nobody has played yet, be the one that is played: with the model and
        the settings of now, since the player may have chosen others after it was made.
        """
        while game.generator is not self.model_loader:
            await game.use_generator(self.model_loader, self.new_game_settings())
        game.generation_settings = self.new_game_settings()
        self.play_on(game)

    def play_on(self, game: Game) -> None:
        """Let `game` be the one that is played with the model, once the player is in it."""
        self._game = game
        game.on_speed = None if self._has_stand_in else self._note_speed

    def new_game_settings(self) -> GenerationSettings:
        """Return the generation settings of a new game with the current model."""
        return combine(self.settings, self.model, seed=self.seed, is_local=self._is_local())

    def _is_local(self) -> bool:
        """Whether writing ahead costs nobody else anything."""
        from dungeon.models.resolver import is_local

        return not self._has_stand_in and is_local(self.model)

    def _note_speed(self) -> None:
        """Keep the speed of the last reply where it is not nearly the one that was kept last."""
        speed = self._game.tokens_per_second if self._game else 0.0
        if abs(speed - self._noted_speed) > _NEARLY * self._noted_speed:
            self._noted_speed = speed
            self._keep_speed()

    def _keep_speed(self) -> None:
        """Keep the speed at which the model has told the story, where the catalog knows it."""
        if self._has_stand_in or self._game is None or not self._game.tokens_per_second:
            return
        if (entry := find_entry(self.model)) is not None:
            from dungeon.session.speed_test import keep_speed

            keep_speed(entry, self.home, self._game.tokens_per_second)

    def _new_loader(self, reference: str, stand_in: Generator | None = None) -> ModelLoader:
        """Return the loader of the model at `reference`, or of `stand_in` in its place."""
        if stand_in is not None:
            return ModelLoader(stand_in.model.name, lambda _progress: stand_in)

        def create(progress: Progress) -> Generator:
            """Return the generator; blocks while the model is fetched and prepared."""
            from dungeon.generator.factory import create_generator

            return create_generator(
                reference,
                self.home,
                context_length=self.settings.context_length,
                threads=self.settings.threads,
                engine=self.settings.engine,
                progress=progress,
                start=self._start_engine,
            )

        return ModelLoader(clean_line(reference) or "the model", create)
