"""Provides `generator()`: the generator of the model a player chose, whatever kind it is.

The only place that knows which engine plays what. Knows nothing of commands or screens.
"""

import os
from collections.abc import Mapping
from importlib.util import find_spec

from dungeon.errors import InputRefused
from dungeon.generator import Generator
from dungeon.home import Home
from dungeon.models.progress import Progress, no_progress
from dungeon.models.resolver import (
    CatalogModel,
    FileModel,
    FolderModel,
    HubModel,
    ScriptedModel,
    ServedModel,
    prepare_file,
    prepare_folders,
    resolve,
)


def create_generator(
    reference: str,
    home: Home,
    *,
    context_length: int = 0,
    threads: int = 0,
    progress: Progress | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Generator:
    """Return the generator, not yet open, of what `--model` names; empty is the default model.

    A catalogued model is fetched and prepared first where it is not ready, which blocks for up to
    minutes: call this in a thread, or ask `weights.resolve.is_ready` before. `context_length` and
    `threads` are the model's own and the machine's where they are 0. A key for a server comes from
    `environment`. Raises InputRefused and WeightsError.
    """
    match resolve(reference):
        case ScriptedModel(script):
            from dungeon.generator.scripted import ScriptedGenerator, load_script

            return load_script(script) if script else ScriptedGenerator()
        case ServedModel() as choice:
            return served_generator(choice, context_length, environment)
        case FolderModel() | HubModel() as choice:
            return _torch_generator(choice, home, context_length, threads, progress or no_progress)
        case CatalogModel() | FileModel() as choice:
            from dungeon.generator.llama_cpp import LlamaCppGenerator

            file = prepare_file(choice, home.models, progress or no_progress)
            return LlamaCppGenerator(
                file.path,
                name=file.name,
                sha256=file.sha256,
                context_length=context_length or file.context_length,
                threads=threads or None,
            )


def _torch_generator(
    choice: FolderModel | HubModel,
    home: Home,
    context_length: int,
    threads: int,
    progress: Progress,
) -> Generator:
    """Return the generator of a model that transformers plays.

    Raises InputRefused, and WeightsError where the hub cannot be reached.
    """
    missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if missing:
        raise InputRefused(
            f"{choice.name} is played by {' and '.join(missing)}, which is not installed. Install "
            "it with: pip install 'grue[gpu]'. Or write the model as a .gguf file with `grue "
            "export`, where that is installed, and play the file without it."
        )
    found = prepare_folders(choice, home.models, progress)
    from dungeon.generator.torch import TorchGenerator, TorchSettings

    return TorchGenerator(
        TorchSettings(found.folders, threads=threads or None),
        name=found.name,
        sha256=found.sha256,
        context_length=min(context_length or found.context_length, found.context_length),
    )


def served_generator(
    choice: ServedModel, context_length: int = 0, environment: Mapping[str, str] = os.environ
) -> Generator:
    """Return the generator, not yet open, of a server's model. Raises InputRefused."""
    from dungeon.generator.remote import RemoteGenerator
    from dungeon.generator.server_url import key_for

    return RemoteGenerator(
        choice.address,
        api_key=key_for(choice.address, environment),
        model=choice.model,
        context_length=context_length or None,
    )
