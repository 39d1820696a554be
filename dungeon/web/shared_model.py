"""The model of all games: loaded once, or on a server already."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dungeon.errors import InputRefused
from dungeon.generator.factory import chat_formats
from dungeon.models.progress import Progress
from dungeon.models.resolver import (
    CatalogModel,
    FileModel,
    ScriptedModel,
    ServedModel,
    prepare_file,
    resolve,
)
from dungeon.serving.engine import LlamaEngine, engine_settings
from dungeon.serving.location import Engine
from dungeon.web import KEY_VARIABLE


@dataclass(frozen=True, slots=True)
class GameProcess:
    """How the process of a game is started."""

    arguments: tuple[str, ...]
    """Those of `player_process`."""
    environment: Mapping[str, str]
    """Variables to add."""


class GameModel(Protocol):
    """The model that games are played with."""

    async def open(self) -> None:
        """Load it. Raises GeneratorError."""

    async def next_game(self) -> GameProcess:
        """Return how a game with it is started. Raises GeneratorError."""

    async def close(self) -> None:
        """End it."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the engine is run; 0 is what suits the model and the machine."""

    slots: int
    context: int
    threads: int


def load_game_model(
    reference: str, models: Path, options: EngineOptions, progress: Progress
) -> GameModel:
    """Return the model called `reference`, downloaded and prepared where necessary. Blocks.

    Raises InputRefused where games cannot share it, and WeightsError.
    """
    choice = resolve(reference)
    if isinstance(choice, ServedModel | ScriptedModel):
        return ModelElsewhere(reference)
    if not isinstance(choice, CatalogModel | FileModel):
        raise InputRefused(
            f"{choice.name} cannot be shared by games in a browser: choose a catalog name, a .gguf "
            "file or the URL of a model server."
        )
    file = prepare_file(choice, models, progress)
    settings = engine_settings(
        file, slots=options.slots, context=options.context, threads=options.threads
    )
    return ModelHere(
        reference,
        LlamaEngine(settings),
        sha256=file.sha256,
        prefers_chat=chat_formats(choice)[1],
    )


class GameEngine(Engine, Protocol):
    """The engine that has loaded the model."""

    async def close(self) -> None:
        """End it."""


class ModelHere:
    """A model that this process has loaded: each game has a slot of one llama.cpp."""

    def __init__(
        self, reference: str, engine: GameEngine, *, sha256: str, prefers_chat: bool
    ) -> None:
        """`sha256` is the hash of the model's file."""
        self._reference = reference
        self._sha256 = sha256
        self._engine = engine
        self._prefers_chat = prefers_chat

    async def open(self) -> None:
        """Load it. Raises GeneratorError."""
        await self._engine.locate()

    async def next_game(self) -> GameProcess:
        """Return how a game is started; an engine that has ended is started again before."""
        location = await self._engine.locate()
        chat = ("--prefers-chat",) if self._prefers_chat else ()
        arguments = ("--model", self._reference, "--address", location.address, *chat)
        if self._sha256:
            arguments = (*arguments, "--sha256", self._sha256)
        return GameProcess(arguments, {KEY_VARIABLE: location.key})

    async def close(self) -> None:
        """End the engine."""
        await self._engine.close()


class ModelElsewhere:
    """A model on a server, which each game finds by itself."""

    def __init__(self, reference: str) -> None:
        self._reference = reference

    async def open(self) -> None:
        """Do nothing: games say where it cannot be reached."""

    async def next_game(self) -> GameProcess:
        """Return how a game is started."""
        return GameProcess(("--model", self._reference), {})

    async def close(self) -> None:
        """Do nothing."""
