"""Load any causal language model, to train, evaluate or export it.

    grue, smollm2             a model of the catalog, downloaded once and dequantised
    tale.gguf                 a GGUF file of the GPT-2 or llama architecture
    models/mine               a folder with safetensors, or with a LoRA adapter and a base
    gpt2, owner/name          a model of the Hugging Face hub

Safetensors and GGUF only, never a pickle; code that comes with a model is never run.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.models import transformers_loader
from dungeon.models.catalog import CatalogEntry
from dungeon.models.download import download_model
from dungeon.models.hashes import sha256_of, sha256_of_all
from dungeon.models.hub import canonical_hub_id, download_from_hub
from dungeon.models.model_folder import ModelFolder, max_positions, read_folder
from dungeon.models.progress import Progress, no_progress
from dungeon.models.resolver import (
    MAX_ADAPTERS,
    CatalogModel,
    FileModel,
    FolderModel,
    HubModel,
    read_gguf_model,
    resolve_local,
)
from dungeon.models.transformers_loader import LOAD_ERRORS, first_line
from training.models.availability import INSTEAD_OF_HUB

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

UNKNOWN_LICENCE = "unknown"


@dataclass(frozen=True, slots=True, repr=False)
class LoadedModel:
    """A model in memory, and where it came from."""

    model: "PreTrainedModel"
    """In one of transformers' classes, on the CPU, with adapters merged."""
    tokenizer: "PreTrainedTokenizerBase"
    name: str
    sha256: str
    """Of the file of weights; of the list of their digests where there are several files."""
    reference: str
    """What to give to `load_causal_lm` to get it again, from any folder."""
    licence: str = UNKNOWN_LICENCE
    context_length: int = 0
    """Tokens it was trained with, as far as is known; at most its number of positions."""
    hub_id: str = ""
    """Its name on the Hugging Face hub; empty where it has none."""
    base: "LoadedModel | None" = None
    """An adapter's base. Its weights in memory have become those of this model."""

    def __repr__(self) -> str:
        kind = type(self.model).__name__
        return f"LoadedModel({self.name!r}, {kind}, sha256={self.sha256[:12]!r})"


@dataclass(frozen=True, slots=True)
class _Loader:
    """How to load: the folder of downloads, and the progress callback."""

    models: Path
    progress: Progress

    def load(self, reference: str, dependents: tuple[str, ...] = ()) -> LoadedModel:
        """Load `reference`; `dependents` are the adapters that need it as their base."""
        if reference in dependents or len(dependents) > MAX_ADAPTERS:
            raise InputRefused(f"{reference} holds an adapter that is its own base.")
        dependents = (*dependents, reference)
        match resolve_local(reference):
            case CatalogModel(entry, adapter):
                if adapter is None:
                    return self._load_entry(entry, dependents)
                return self._load_adapter(read_folder(adapter), dependents)
            case FileModel() as file:
                return self._load_gguf(file)
            case FolderModel(folder):
                return self._load_folder(folder, dependents)
            case HubModel(name):
                folder = read_folder(download_from_hub(name, INSTEAD_OF_HUB))
                loaded = self._load_folder(folder, dependents)
                return replace(loaded, name=name, reference=name, hub_id=canonical_hub_id(name))

    def _load_entry(self, entry: CatalogEntry, dependents: tuple[str, ...]) -> LoadedModel:
        if entry.adapter is not None:
            loaded = self._load_adapter(read_folder(entry.adapter), dependents)
            if loaded.sha256 != entry.adapter_sha256:
                raise InputRefused(
                    f"{entry.adapter} is not the adapter Grue came with. Reinstall Grue, or use "
                    f"{entry.base}."
                )
        else:
            path = download_model(entry, self.models, progress=self.progress)
            loaded = self._load_gguf(read_gguf_model(path))
        return replace(
            loaded,
            name=entry.name,
            reference=entry.name,
            licence=entry.licence,
            hub_id="" if entry.adapter else entry.hub_id,
        )

    def _load_gguf(self, file: FileModel) -> LoadedModel:
        from training.models.gguf_reader import read_gguf

        model, tokenizer = read_gguf(file.path)
        return LoadedModel(
            model,
            tokenizer,
            name=file.name,
            sha256=sha256_of(file.path, self.models, self.progress),
            reference=str(file.path),
            licence=file.licence,
            context_length=_max_positions(model),
        )

    def _load_folder(self, folder: ModelFolder, dependents: tuple[str, ...]) -> LoadedModel:
        if folder.is_adapter:
            return self._load_adapter(folder, dependents)
        tokenizer = load_tokenizer(folder.path)
        try:
            model = transformers_loader.load_weights(folder.path, torch.float32)
        except LOAD_ERRORS as error:
            raise InputRefused(f"{folder.path} cannot be loaded: {first_line(error)}") from error
        positions = _max_positions(model)
        return LoadedModel(
            model.eval(),
            tokenizer,
            name=folder.name,
            sha256=sha256_of_all(folder.weights, self.models, self.progress),
            reference=str(folder.path.resolve()),
            licence=folder.licence or UNKNOWN_LICENCE,
            context_length=min(folder.context_length or positions, positions),
        )

    def _load_adapter(self, folder: ModelFolder, dependents: tuple[str, ...]) -> LoadedModel:
        """Return the base with the adapter merged in, once they are known to belong together."""
        base = self.load(folder.base, dependents)
        if folder.base_sha256 and folder.base_sha256 != base.sha256:
            raise InputRefused(
                f"The adapter in {folder.path} was made for another {base.name}: that one's "
                f"weights had the SHA-256 {folder.base_sha256[:12]}…, these have "
                f"{base.sha256[:12]}…."
            )
        try:
            model = transformers_loader.merge_adapter(base.model, folder.path)
        except LOAD_ERRORS as error:
            raise InputRefused(
                f"{folder.path} does not fit its base: {first_line(error)}"
            ) from error
        return LoadedModel(
            model.eval(),
            base.tokenizer,
            name=folder.name,
            sha256=sha256_of_all(folder.weights, self.models, self.progress),
            reference=str(folder.path.resolve()),
            licence=folder.licence or UNKNOWN_LICENCE,
            context_length=min(folder.context_length or base.context_length, _max_positions(model)),
            base=base,
        )


def load_causal_lm(
    reference: str,
    *,
    models: Path | None = None,
    progress: Progress = no_progress,
) -> LoadedModel:
    """Return the model called `reference`, its weights in float32.

    `models` is the folder of downloads, the game's own for None. Raises InputRefused where there is
    no such model or it cannot be loaded safely, WeightsError where it cannot be downloaded.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()
    return _Loader(models or Home.find().models, progress).load(reference)


def load_tokenizer(folder: Path) -> "PreTrainedTokenizerBase":
    """Return the tokenizer in a model folder. Raises InputRefused where there is none."""
    try:
        tokenizer: PreTrainedTokenizerBase = transformers_loader.load_tokenizer(folder)
    except LOAD_ERRORS as error:
        raise InputRefused(
            f"{folder} holds no tokenizer that can be loaded: {first_line(error)}"
        ) from error
    if tokenizer.eos_token_id is None:
        raise InputRefused(
            f"The tokenizer in {folder} has no end-of-text token, by which a story ends. Set "
            "eos_token in its tokenizer_config.json."
        )
    return tokenizer


def _max_positions(model: "PreTrainedModel") -> int:
    return max_positions(model.config.to_dict()) or 1024
