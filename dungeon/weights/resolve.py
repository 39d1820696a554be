"""Provides `resolve()`: what a player writes after `--model`, as a value that says what it means.

Resolving reads a file's header at most; fetching and preparing come later, in `ready()`.
Knows nothing of engines.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused, WeightsError
from dungeon.weights.catalog import CatalogEntry, catalog
from dungeon.weights.fetch import base_path, is_here, pull
from dungeon.weights.gguf_header import read_header
from dungeon.weights.hashes import sha256_of
from dungeon.weights.prepare import is_prepared, prepare, prepared_path
from dungeon.weights.progress import Progress, no_progress

DEFAULT_CONTEXT_LENGTH = 2048
"""Tokens used of a player's own model, where it was trained for that many: more costs memory."""

_HUB_FILES = ("config.json", "adapter_config.json", "model.safetensors")


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """A model Grue knows by name."""

    entry: CatalogEntry

    @property
    def name(self) -> str:
        """The name in the catalog."""
        return self.entry.name


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


Choice = CatalogModel | FileModel | ServedModel | ScriptedModel


@dataclass(frozen=True, slots=True)
class ReadyFile:
    """A model file that an engine can load now."""

    path: Path
    name: str
    sha256: str
    context_length: int


def resolve(ref: str) -> Choice:
    """Return what `ref` means: a catalog name, a `.gguf` file, a model folder, a server's address
    with or without `#model`, or `scripted:` with or without the path of a script, for tests.
    Empty and `default` mean the catalog's default.

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
    raise InputRefused(
        f"There is no model {ref!r}. Give one of {', '.join(known.entries)}, a .gguf file, a model "
        "folder, or the address of a model server like http://127.0.0.1:8080."
    )


def is_ready(choice: Choice, models: Path) -> bool:
    """Whether the choice can be played without fetching or preparing anything first."""
    if not isinstance(choice, CatalogModel):
        return True
    return is_prepared(prepared_path(choice.entry, models), models)


def ready(
    choice: CatalogModel | FileModel, models: Path, progress: Progress = no_progress
) -> ReadyFile:
    """Return the file to load, fetched into `models`, verified and prepared where it is not yet.

    Takes up to minutes; `progress` hears of it. Raises WeightsError.
    """
    if isinstance(choice, FileModel):
        digest = sha256_of(choice.path, models, progress)
        return ReadyFile(choice.path, choice.name, digest, choice.context_length)
    entry = choice.entry
    path = prepared_path(entry, models)
    if not is_prepared(path, models, progress):
        base = pull(entry, models, progress=progress)
        path = prepare(entry, base, models, progress=progress)
    return ReadyFile(path, entry.name, sha256_of(path, models, progress), entry.context_length)


def state(entry: CatalogEntry, models: Path) -> str:
    """Return how far a catalogued model is: `ready`, `fetched` or `not pulled`."""
    if is_prepared(prepared_path(entry, models), models):
        return "ready"
    return (
        "fetched" if base_path(entry, models).is_file() and is_here(entry, models) else "not pulled"
    )


def _folder_model(folder: Path) -> FileModel:
    """Return the GGUF file of a model folder. Raises InputRefused where it is not clear which."""
    notes = _notes(folder)
    named = notes.get("gguf")
    files = [folder / named] if isinstance(named, str) else sorted(folder.glob("*.gguf"))
    if len(files) == 1:
        return _file_model(files[0], notes)
    if files:
        names = ", ".join(file.name for file in files)
        raise InputRefused(f"{folder} holds several models. Name one of them: {names}.")
    if any((folder / name).is_file() for name in _HUB_FILES):
        raise InputRefused(
            f"{folder} holds Hugging Face files. The generator that plays those, on a GPU, is not "
            "there yet; export the model to a .gguf file beside them and name the folder again."
        )
    raise InputRefused(f"{folder} holds no .gguf file, so there is no model in it.")


def _notes(folder: Path) -> dict[str, Any]:
    """Return what the folder's grue.json says; nothing where it has none."""
    path = folder / "grue.json"
    if not path.is_file():
        return {}
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputRefused(f"{path} is no JSON that can be read: {error}.") from error
    if not isinstance(notes, dict):
        raise InputRefused(f"{path} is no JSON object.")
    return notes


def _file_model(path: Path, notes: dict[str, Any]) -> FileModel:
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
