"""Provides `resolve()`: what a player writes after `--model`, as a value that says what it means.

Resolving reads a file's header at most; fetching and preparing come later, in `ready()`.
Knows nothing of engines.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused, WeightsError
from dungeon.models.catalog import CatalogEntry, catalog
from dungeon.models.download import base_path, download_model, is_downloaded
from dungeon.models.gguf_header import read_header
from dungeon.models.hashes import sha256_of, sha256_of_all
from dungeon.models.hub import fetch_from_hub, is_hub_name
from dungeon.models.model_folder import ModelFolder, holds_model, read_folder, read_json
from dungeon.models.preparation import is_prepared, prepare, prepared_path
from dungeon.models.progress import Progress, no_progress

_MOST_ADAPTERS = 8
"""Adapters upon adapters; more can only be a circle."""

DEFAULT_CONTEXT_LENGTH = 2048
"""Tokens used of a player's own model, where it was trained for that many: more costs memory."""

_ANOTHER = (
    "Give the folder of a model that is here, a .gguf file, or the address of a model server."
)
"""What to do where the hub does not help."""


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """A model Grue knows by name."""

    entry: CatalogEntry
    adapter: Path | None = None
    """The folder of the player's own adapter for it, which is merged in."""

    @property
    def name(self) -> str:
        """The adapter's name, else the name in the catalog."""
        return self.adapter.name if self.adapter else self.entry.name


@dataclass(frozen=True, slots=True)
class FileModel:
    """A GGUF file of the player's own, alone or in a model folder."""

    path: Path
    name: str
    architecture: str
    quantisation: str
    licence: str
    context_length: int


@dataclass(frozen=True, slots=True)
class FolderModel:
    """A folder of whole weights as the Hugging Face libraries save them, or of an adapter."""

    folder: ModelFolder

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model of the Hugging Face hub."""

    name: str


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model behind an OpenAI-compatible server."""

    address: str
    model: str | None
    """Which of the server's models, from `http://host:port#model`; None means the first."""

    @property
    def name(self) -> str:
        """The model's name, or the server's address."""
        return self.model or self.address


@dataclass(frozen=True, slots=True)
class ScriptedModel:
    """Replies from a file, or made up from the seed: for tests of the whole program."""

    script: Path | None

    @property
    def name(self) -> str:
        """Always the same."""
        return "scripted"


ModelRef = CatalogModel | FileModel | FolderModel | HubModel | ServedModel | ScriptedModel


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A model file that an engine can load now."""

    path: Path
    name: str
    sha256: str
    context_length: int


@dataclass(frozen=True, slots=True)
class ReadyFolders:
    """Folders that an engine can load now."""

    folders: tuple[Path, ...]
    """Whole weights, then the adapters to be merged in, one upon the other."""
    name: str
    sha256: str
    """Of the last one's weights."""
    context_length: int


def resolve(ref: str) -> ModelRef:
    """Return what `ref` means: a catalog name, a `.gguf` file, a model folder, a server's address
    with or without `#model`, a name of the hub, or `scripted:` with or without the path of a
    script, for tests. Empty and `default` mean the catalog's default.

    Raises InputRefused, naming what is possible, where it means nothing.
    """
    known = catalog()
    if ref in ("", "default"):
        return CatalogModel(known.entries[known.default])
    if (entry := known.find(ref)) is not None:
        return CatalogModel(entry)
    if ref.startswith(("http://", "https://")):
        address, _, model = ref.partition("#")
        return ServedModel(address, model or None)
    if ref.startswith("scripted:"):
        script = ref.removeprefix("scripted:")
        return ScriptedModel(Path(script).expanduser() if script else None)
    with suppress(OSError, RuntimeError):  # a name too long, the home of nobody
        path = Path(ref).expanduser()
        if path.is_dir():
            return _folder_model(path)
        if path.is_file():
            return _file_model(path, {})
    if is_hub_name(ref):
        return HubModel(ref)
    raise InputRefused(
        f"There is no model {ref!r}. Give one of {', '.join(known.entries)}, a .gguf file, a model "
        "folder, a name of the hub like gpt2, or the address of a model server like "
        "http://127.0.0.1:8080."
    )


def is_ready(choice: ModelRef, models: Path) -> bool:
    """Whether the choice can be played without fetching or preparing anything first."""
    if not isinstance(choice, CatalogModel):
        return True
    return is_prepared(prepared_path(choice.entry, models, choice.adapter), models)


def ready(
    choice: CatalogModel | FileModel, models: Path, progress: Progress = no_progress
) -> ReadyFile:
    """Return the file to load, fetched into `models`, verified and prepared where it is not yet.

    Takes up to minutes; `progress` hears of it. Raises WeightsError.
    """
    if isinstance(choice, FileModel):
        digest = sha256_of(choice.path, models, progress)
        return ReadyFile(choice.path, choice.name, digest, choice.context_length)
    entry, adapter = choice.entry, choice.adapter
    path = prepared_path(entry, models, adapter)
    if not is_prepared(path, models, progress):
        base = download_model(entry, models, progress=progress)
        path = prepare(entry, base, models, adapter=adapter, progress=progress)
    return ReadyFile(path, choice.name, sha256_of(path, models, progress), entry.context_length)


def ready_folders(
    choice: FolderModel | HubModel, models: Path, progress: Progress = no_progress
) -> ReadyFolders:
    """Return the folders to load, those of the hub fetched where they are not here yet.

    Raises InputRefused where an adapter's base is missing or cannot be loaded beside it, and
    WeightsError where the hub cannot be reached.
    """
    name = choice.name
    folder = (
        choice.folder
        if isinstance(choice, FolderModel)
        else read_folder(fetch_from_hub(name, _ANOTHER))
    )
    stack = [folder]
    while stack[0].is_adapter:
        stack.insert(0, _base(stack[0]))
        if len(stack) > _MOST_ADAPTERS:
            raise InputRefused(f"{folder.path} holds an adapter that stands on itself.")
    lengths = [length for each in stack if (length := each.context_length)]
    return ReadyFolders(
        tuple(each.path for each in stack),
        name,
        sha256_of_all(folder.weights, models, progress),
        min(lengths, default=DEFAULT_CONTEXT_LENGTH),
    )


def _base(adapter: ModelFolder) -> ModelFolder:
    """Return the folder an adapter stands on. Raises InputRefused where it is no folder."""
    match resolve(adapter.base):
        case FolderModel(base):
            return base
        case HubModel(name):
            return read_folder(fetch_from_hub(name, _ANOTHER))
        case _:
            raise InputRefused(
                f"The adapter in {adapter.path} stands on {adapter.base}, which the generator on "
                "transformers does not load. Write both as one file with `grue export`, and play "
                "that."
            )


def state(entry: CatalogEntry, models: Path) -> str:
    """Return how far a catalogued model is: `ready`, `fetched` or `not pulled`."""
    if is_prepared(prepared_path(entry, models), models):
        return "ready"
    return (
        "fetched"
        if base_path(entry, models).is_file() and is_downloaded(entry, models)
        else "not pulled"
    )


def _folder_model(folder: Path) -> CatalogModel | FileModel | FolderModel:
    """Return the model in a folder: its GGUF file where there is one, else its weights or adapter.

    An adapter for a catalogued model is merged into that and plays on llama.cpp, like its base.
    Raises InputRefused where it is not clear which.
    """
    notes = read_json(folder / "grue.json") if (folder / "grue.json").is_file() else {}
    named = notes.get("gguf")
    files = [folder / named] if isinstance(named, str) else sorted(folder.glob("*.gguf"))
    if len(files) == 1:
        return _file_model(files[0], notes)
    if files:
        names = ", ".join(file.name for file in files)
        raise InputRefused(f"{folder} holds several models. Name one of them: {names}.")
    if not holds_model(folder):
        raise InputRefused(
            f"{folder} holds neither a .gguf file nor weights of transformers, so there is no "
            "model in it."
        )
    found = read_folder(folder)
    entry = catalog().find(found.base) if found.is_adapter else None
    if entry is None:
        return FolderModel(found)
    if found.base_sha256 not in ("", entry.adapter_sha256 or entry.sha256):
        raise InputRefused(
            f"The adapter in {folder} was trained on another {entry.name} than this Grue has. "
            "Train it again, or play it with the Grue it was trained with."
        )
    return CatalogModel(entry, folder.resolve())


def _file_model(path: Path, notes: Mapping[str, Any]) -> FileModel:
    try:
        header = read_header(path)
    except WeightsError as error:
        raise InputRefused(str(error)) from error
    wanted = notes.get("context_length")
    wanted = wanted if isinstance(wanted, int) and wanted > 0 else DEFAULT_CONTEXT_LENGTH
    return FileModel(
        path=path.resolve(),
        name=path.stem,
        architecture=header.architecture,
        quantisation=header.quantisation,
        licence=header.licence,
        context_length=min(wanted, header.context_length or wanted),
    )
