"""Create the generator for the model that `--model` names."""

import os
from importlib.util import find_spec

from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.generator import Generator
from dungeon.generator.llama_launcher import LlamaSettings, StartProcess, default_threads
from dungeon.generator.slot_files import state_key
from dungeon.models.progress import Progress, no_progress
from dungeon.models.resolver import (
    CatalogModel,
    FileModel,
    FolderModel,
    HubModel,
    PreparedFile,
    ScriptedModel,
    ServedModel,
    prepare_file,
    prepare_folders,
    resolve,
)
from dungeon.settings.engine_choice import EngineChoice


def create_generator(
    reference: str,
    home: Home,
    *,
    context_length: int = 0,
    threads: int = 0,
    engine: EngineChoice = "auto",
    progress: Progress = no_progress,
    start: StartProcess | None = None,
) -> Generator:
    """Return the generator, not yet open, for what `--model` names; empty is the default model.

    A catalog model is downloaded and prepared first where necessary, which blocks for up to
    minutes: call this in a thread. With 0, `context_length` is the model's and `threads` depends on
    the machine. `engine` is for .gguf files, and `start` starts their engine instead of
    `LlamaProcess.start`. Raises InputRefused and WeightsError.
    """
    match resolve(reference):
        case ScriptedModel(script):
            from dungeon.generator.scripted import ScriptedGenerator, load_script

            return load_script(script) if script else ScriptedGenerator()
        case ServedModel() as model:
            return create_remote_generator(model, context_length)
        case FolderModel() | HubModel() as model:
            return _torch_generator(model, home, context_length, threads, progress)
        case CatalogModel() | FileModel() as model:
            from dungeon.generator.gpu_server import choose_engine
            from dungeon.generator.llama_cpp import LlamaCppGenerator

            file = prepare_file(model, home.models, progress)
            plan = choose_engine(engine)
            is_refused = engine == "llama-server" and plan.server is None
            return LlamaCppGenerator(
                built_in_settings(
                    model, file, home, context_length=context_length, threads=threads
                ),
                sha256=file.sha256,
                supports_chat=chat_formats(model)[0],
                server=plan.server,
                notice=f"{plan.reason} The built-in engine is used." if is_refused else "",
                start=start,
            )


def built_in_settings(
    model: CatalogModel | FileModel,
    file: PreparedFile,
    home: Home,
    *,
    context_length: int = 0,
    threads: int = 0,
) -> LlamaSettings:
    """Return how a game starts the built-in llama.cpp for a model; 0 as in `create_generator`."""
    _, prefers_chat = chat_formats(model)
    length = context_length or file.context_length
    return LlamaSettings(
        file.path,
        file.name,
        length,
        threads or default_threads(),
        chat=prefers_chat,
        slot_folder=home.slots / state_key(file.sha256, length),
    )


def chat_formats(model: CatalogModel | FileModel) -> tuple[bool, bool]:
    """Return whether a model supports chats, and whether it is also meant for them.

    Every file of the catalog has a chat template; what was trained here wants stories as they are.
    """
    if isinstance(model, CatalogModel):
        return True, model.entry.prompt_format == "chat" and model.adapter is None
    return model.has_chat_template, model.has_chat_template and not model.is_ours


def _torch_generator(
    model: FolderModel | HubModel,
    home: Home,
    context_length: int,
    threads: int,
    progress: Progress,
) -> Generator:
    """Return the generator for a model that transformers runs.

    Raises InputRefused, and WeightsError where the hub cannot be reached.
    """
    missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if missing:
        raise InputRefused(
            f"{model.name} needs {' and '.join(missing)}, which is not installed. Install "
            "it with: pip install 'grue[gpu]'. Or convert the model to a .gguf file with `grue "
            "export`, where that is installed, and play the file without it."
        )
    found = prepare_folders(model, home.models, progress)
    from dungeon.generator.torch import TorchGenerator, TorchSettings

    return TorchGenerator(
        TorchSettings(found.folders, threads=threads or None),
        name=found.name,
        sha256=found.sha256,
        context_length=min(context_length or found.context_length, found.context_length),
        is_ours=isinstance(model, FolderModel) and bool(model.folder.grue_json),
    )


def create_remote_generator(model: ServedModel, context_length: int = 0) -> Generator:
    """Return the generator, not yet open, for a server's model. Raises InputRefused.

    The API key comes from the environment.
    """
    from dungeon.generator.remote import RemoteGenerator
    from dungeon.generator.server_url import api_key_for

    return RemoteGenerator(
        model.address,
        api_key=api_key_for(model.address, os.environ),
        model=model.model,
        context_length=context_length or None,
    )
