"""Resolve a model reference: a catalog name, a file, a folder, a hub id or a server's URL.

The game and the trainer share it. Resolving reads JSON files and a file's header at most;
downloading and preparing follow in `prepare_file` and `prepare_folders`.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dungeon.errors import InputRefused, WeightsError
from dungeon.models.catalog import CatalogEntry, catalog
from dungeon.models.download import download_model, download_path, is_downloaded
from dungeon.models.gguf_header import read_header
from dungeon.models.hashes import cached_sha256, sha256_of, sha256_of_all
from dungeon.models.hub import download_from_hub, is_hub_id
from dungeon.models.model_folder import (
    ModelFolder,
    has_transformers_model,
    read_folder,
    read_grue_json,
)
from dungeon.models.preparation import (
    is_prepared,
    prepare,
    prepared_path,
    prepared_sha256,
)
from dungeon.models.progress import Progress, no_progress
from dungeon.text.error_words import did_you_mean, in_quotes

MAX_ADAPTERS = 8
"""Adapters on top of adapters; more of them can only be a circle."""

DEFAULT_CONTEXT_LENGTH = 2048
"""Tokens used of a user's own model, where it was trained for that many: more costs memory."""

_INSTEAD_OF_HUB = (
    "Give the folder of a model that is here, a .gguf file, or the address of a model server."
)
"""What to do where the hub does not help."""


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """A model Grue knows by name."""

    entry: CatalogEntry
    adapter: Path | None = None
    """The folder of the user's own adapter for it, to be merged into it."""

    @property
    def name(self) -> str:
        """The adapter's name, else the name in the catalog."""
        return self.adapter.name if self.adapter else self.entry.name


@dataclass(frozen=True, slots=True)
class FileModel:
    """A GGUF file of the user's own, alone or in a model folder."""

    path: Path
    name: str
    architecture: str
    quantisation: str
    licence: str
    context_length: int
    has_chat_template: bool = False
    is_ours: bool = False
    """Whether `grue train` made it: for stories as they are, whatever template its base has."""


@dataclass(frozen=True, slots=True)
class FolderModel:
    """A folder with full weights as the Hugging Face libraries save them, or with an adapter."""

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


LocalModel = CatalogModel | FileModel | FolderModel | HubModel
"""A model whose weights are on this machine, or can be downloaded to it."""

ModelRef = LocalModel | ServedModel | ScriptedModel


@dataclass(frozen=True, slots=True)
class PreparedFile:
    """A model file that llama.cpp can load now."""

    path: Path
    name: str
    sha256: str
    context_length: int


@dataclass(frozen=True, slots=True)
class PreparedFolders:
    """Model folders that transformers can load now."""

    folders: tuple[Path, ...]
    """The full weights, then the adapters to merge, in this order."""
    name: str
    sha256: str
    """Of the last one's weights."""
    context_length: int


def resolve(reference: str) -> ModelRef:
    """Return the model to play: what `resolve_local` knows, with a folder's GGUF file before its
    safetensors, a server's URL with or without `#model`, or `scripted:` with or without the path of
    a script, for tests.

    Raises InputRefused, listing what is possible, where the reference is none of these.
    """
    if reference.startswith(("http://", "https://")):
        address, _, model = reference.partition("#")
        return ServedModel(address, model or None)
    if reference.startswith("scripted:"):
        script = reference.removeprefix("scripted:")
        return ScriptedModel(Path(script).expanduser() if script else None)
    server = ", or the address of a model server like http://127.0.0.1:8080"
    return resolve_local(reference, prefer_gguf=True, alternatives=server)


def is_local(reference: str) -> bool:
    """Return whether the model runs on this machine, in a process of ours."""
    return not reference.startswith(("http://", "https://", "scripted:"))


def resolve_local(
    reference: str, *, prefer_gguf: bool = False, alternatives: str = ""
) -> LocalModel:
    """Return the model called `reference`: a catalog name, a `.gguf` file, a model folder or a name
    of the hub. Empty and `default` mean the catalog's default.

    `prefer_gguf` decides for a folder that has a GGUF file beside its safetensors. `alternatives`
    ends the list of what is possible in the InputRefused that an unknown reference raises.
    """
    known = catalog()
    name = known.default if reference in ("", "default") else reference
    if (entry := known.find(name)) is not None:
        return CatalogModel(entry)
    with suppress(OSError, RuntimeError):  # a name too long, the home of nobody
        path = Path(reference).expanduser()
        if path.is_dir():
            return _resolve_folder(path, prefer_gguf)
        if path.is_file():
            return read_gguf_model(path)
    if is_hub_id(reference):
        return HubModel(reference)
    raise InputRefused(
        f"There is no model {in_quotes(reference, 200)}."
        f"{did_you_mean(reference, known.entries)} Give one of "
        f"{', '.join(known.entries)}, a .gguf file, a model folder, a name of the hub like gpt2 or "
        f"owner/name{alternatives}."
    )


def is_available(model: ModelRef, models: Path) -> bool:
    """Whether the model can be played without downloading or preparing anything first."""
    if not isinstance(model, CatalogModel):
        return True
    if _plays_as_downloaded(model):
        return is_downloaded(model.entry, models)
    return is_prepared(prepared_path(model.entry, models, model.adapter), models)


def prepare_file(
    model: CatalogModel | FileModel, models: Path, progress: Progress = no_progress
) -> PreparedFile:
    """Return the file to load, downloaded into `models`, verified and prepared as far as needed.

    Takes up to minutes. Raises WeightsError.
    """
    if isinstance(model, FileModel):
        digest = sha256_of(model.path, models, progress)
        return PreparedFile(model.path, model.name, digest, model.context_length)
    entry, adapter = model.entry, model.adapter
    if _plays_as_downloaded(model):
        path = download_model(entry, models, progress=progress)
        return PreparedFile(path, model.name, entry.sha256, entry.context_length)
    path = prepared_path(entry, models, adapter)
    if not is_prepared(path, models, progress):
        base = download_model(entry, models, progress=progress)
        path = prepare(entry, base, models, adapter=adapter, progress=progress)
    return PreparedFile(path, model.name, sha256_of(path, models, progress), entry.context_length)


def find_prepared_file(model: CatalogModel | FileModel, models: Path) -> PreparedFile | None:
    """Return what `prepare_file` would return, where it is there and was verified before: at once,
    without reading it. Raises WeightsError.
    """
    if isinstance(model, FileModel):
        digest = cached_sha256(model.path, models)
        found = PreparedFile(model.path, model.name, digest, model.context_length)
        return found if digest else None
    entry, expected = model.entry, model.entry.sha256
    path = download_path(entry, models)
    if not _plays_as_downloaded(model):
        path = prepared_path(entry, models, model.adapter)
        expected = prepared_sha256(path)
    if not path.is_file() or not expected or cached_sha256(path, models) != expected:
        return None
    return PreparedFile(path, model.name, expected, entry.context_length)


def prepare_folders(
    model: FolderModel | HubModel, models: Path, progress: Progress = no_progress
) -> PreparedFolders:
    """Return the folders to load, those of the hub downloaded where they are not here yet.

    Raises InputRefused where an adapter's base is missing or cannot be loaded together with it, and
    WeightsError where the hub cannot be reached.
    """
    folder = _read_model_folder(model)
    stack = [folder]
    while stack[0].is_adapter:
        stack.insert(0, _read_base(stack[0]))
        if len(stack) > MAX_ADAPTERS:
            raise InputRefused(f"{folder.path} holds an adapter that is its own base.")
    lengths = [length for each in stack if (length := each.context_length)]
    return PreparedFolders(
        tuple(each.path for each in stack),
        model.name,
        sha256_of_all(folder.weights, models, progress),
        min(lengths, default=DEFAULT_CONTEXT_LENGTH),
    )


def _read_model_folder(model: FolderModel | HubModel) -> ModelFolder:
    if isinstance(model, FolderModel):
        return model.folder
    return read_folder(download_from_hub(model.name, _INSTEAD_OF_HUB))


def _read_base(adapter: ModelFolder) -> ModelFolder:
    """Return the folder of an adapter's base. Raises InputRefused where the base is no folder."""
    match resolve(adapter.base):
        case FolderModel() | HubModel() as base:
            return _read_model_folder(base)
        case _:
            raise InputRefused(
                f"The base of the adapter in {adapter.path} is {adapter.base}, which transformers "
                "does not load. Merge both into one file with `grue export`, and play that."
            )


def preparation_state(entry: CatalogEntry, models: Path) -> str:
    """Return the state of a catalog model on this machine: `ready`, `fetched` or `not pulled`."""
    if is_available(CatalogModel(entry), models):
        return "ready"
    has_file = download_path(entry, models).is_file()
    return "fetched" if has_file and is_downloaded(entry, models) else "not pulled"


def _plays_as_downloaded(model: CatalogModel) -> bool:
    """Whether nothing is merged into the file, and it needs no other quantisation."""
    return not (model.entry.prepared or model.entry.adapter or model.adapter)


def _resolve_folder(folder: Path, prefer_gguf: bool) -> CatalogModel | FileModel | FolderModel:
    """Return the model in a folder: a GGUF file, full weights, or an adapter.

    An adapter for a catalog model is merged into that. Raises InputRefused where there is no model
    in the folder, or several.
    """
    has_weights = has_transformers_model(folder)
    if prefer_gguf or not has_weights:
        grue_json = read_grue_json(folder)
        named = grue_json.get("gguf")
        files = [folder / named] if isinstance(named, str) else sorted(folder.glob("*.gguf"))
        if len(files) == 1:
            return read_gguf_model(files[0], grue_json)
        if files:
            names = ", ".join(file.name for file in files)
            raise InputRefused(f"{folder} holds several models. Name one of them: {names}.")
    if not has_weights:
        raise InputRefused(
            f"{folder} holds no model: there is neither a .gguf file, a config.json nor an "
            "adapter_config.json in it."
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


def read_gguf_model(path: Path, grue_json: Mapping[str, Any] = MappingProxyType({})) -> FileModel:
    """Return the model in a GGUF file. Raises InputRefused where it is none.

    `grue_json` is the content of the file of that name beside it.
    """
    try:
        header = read_header(path)
    except WeightsError as error:
        raise InputRefused(str(error)) from error
    length = grue_json.get("context_length")
    length = length if isinstance(length, int) and length > 0 else DEFAULT_CONTEXT_LENGTH
    return FileModel(
        path=path.resolve(),
        name=path.stem,
        architecture=header.architecture,
        quantisation=header.quantisation,
        licence=header.licence,
        context_length=min(length, header.context_length or length),
        has_chat_template=header.has_chat_template,
        is_ours=bool(grue_json),
    )
