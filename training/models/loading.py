"""Provides `load()`: any model to train, measure or export, from what a user calls it.

    grue, smollm2             a model of the catalog, fetched once and dequantised
    tale.gguf                 a GGUF file of the GPT-2 or llama architecture
    models/mine               a folder with safetensors, or with a LoRA adapter and a base
    gpt2, owner/name          a model of the Hugging Face hub

Safetensors and GGUF only, never a pickle; code that comes with a model is never run. Knows nothing
of what the model is for.
"""

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from dungeon.errors import InputRefused
from dungeon.models import hub, model_folder
from dungeon.models.catalog import CatalogEntry, catalog
from dungeon.models.download import download_model
from dungeon.models.hashes import sha256_of, sha256_of_all
from dungeon.models.location import models_dir
from dungeon.models.progress import Progress, no_progress
from dungeon.text import clean_line

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

WAYS_OUT = (
    "Give the folder of a model that is here, or use --base smollm2, or --from-scratch with a "
    "shape like gpt2-tiny."
)
"""What to do where the hub cannot be reached."""

_UNLOADABLE = (OSError, ValueError, KeyError, RuntimeError, TypeError)
"""What the libraries raise for files that are damaged or do not fit one another."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory, and what is known of where it came from."""

    model: "PreTrainedModel"
    """Plain weights of one class of transformers, on the CPU; an adapter is merged in."""
    tokenizer: "PreTrainedTokenizerBase"
    name: str
    """What to call it."""
    sha256: str
    """Of the file of weights; of the list of their digests where there are several files."""
    reference: str
    """What to give to `load` to get it again, from any folder."""
    licence: str = "unknown"
    context_length: int = 0
    """Tokens it was trained with, as far as is known; never more than it has positions for."""
    base: "LoadedModel | None" = None
    """What an adapter stood on; its weights in memory are this model's own by now."""


def load_causal_lm(
    reference: str,
    *,
    dtype: torch.dtype = torch.float32,
    models: Path | None = None,
    progress: Progress = no_progress,
) -> LoadedModel:
    """Return the model called `reference`, its weights in `dtype`.

    `models` is where fetched files are kept, the game's own folder for None. Raises InputRefused
    where there is no such model or it cannot be loaded safely, WeightsError where it cannot be
    fetched.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()
    return _load(reference, dtype, models or models_dir(), progress, ())


def _load(
    reference: str, dtype: torch.dtype, models: Path, progress: Progress, above: tuple[str, ...]
) -> LoadedModel:
    if reference in above:
        raise InputRefused(f"{reference} holds an adapter that stands on itself.")
    if (entry := _catalogued(reference)) is not None:
        if entry.adapter is not None:
            loaded = _from_folder(entry.adapter, dtype, models, progress, (*above, reference))
            if loaded.sha256 != entry.adapter_sha256:
                raise InputRefused(f"{entry.adapter} is not the adapter Grue came with.")
        else:
            path = download_model(entry, models, progress=progress)
            loaded = _from_gguf(path, dtype, models, progress)
        return replace(loaded, name=entry.name, reference=entry.name, licence=entry.licence)
    path = Path(reference).expanduser()
    if path.is_file():
        return _from_gguf(path, dtype, models, progress)
    if path.is_dir():
        return _from_folder(path, dtype, models, progress, (*above, reference))
    if hub.is_hub_name(reference):
        folder = hub.fetch_from_hub(reference, WAYS_OUT)
        loaded = _from_folder(folder, dtype, models, progress, (*above, reference))
        return replace(loaded, name=reference, reference=reference)
    raise InputRefused(
        f"There is no model {clean_line(reference)!r}. Give a folder, a .gguf file, one of "
        f"{', '.join(catalog().entries)}, or a name of the hub like gpt2 or owner/name."
    )


def _catalogued(reference: str) -> CatalogEntry | None:
    known = catalog()
    return known.find(known.default if reference in ("", "default") else reference)


def _from_gguf(path: Path, dtype: torch.dtype, models: Path, progress: Progress) -> LoadedModel:
    from dungeon.models.gguf_header import read_header
    from training.models.gguf_reader import read_gguf

    model, tokenizer = read_gguf(path, dtype)
    return LoadedModel(
        model,
        tokenizer,
        name=path.stem,
        sha256=sha256_of(path, models, progress),
        reference=str(path.resolve()),
        licence=read_header(path).licence,
        context_length=_positions(model),
    )


def _from_folder(
    path: Path, dtype: torch.dtype, models: Path, progress: Progress, above: tuple[str, ...]
) -> LoadedModel:
    folder = model_folder.read_folder(path)
    digest = sha256_of_all(folder.weights, models, progress)
    if folder.is_adapter:
        return _from_adapter(folder, digest, dtype, models, progress, above)
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    tokenizer = load_tokenizer(path)
    try:
        model = AutoModelForCausalLM.from_pretrained(
            path, dtype=dtype, use_safetensors=True, local_files_only=True, trust_remote_code=False
        )
    except (*_UNLOADABLE, SafetensorError) as error:
        raise InputRefused(f"{path} cannot be loaded: {_first_line(error)}") from error
    positions = _positions(model)
    return LoadedModel(
        model.eval(),
        tokenizer,
        name=folder.name,
        sha256=digest,
        reference=str(path.resolve()),
        licence=_licence(folder),
        context_length=min(folder.context_length or positions, positions),
    )


def _from_adapter(
    folder: model_folder.ModelFolder,
    digest: str,
    dtype: torch.dtype,
    models: Path,
    progress: Progress,
    above: tuple[str, ...],
) -> LoadedModel:
    """Return the base with the adapter merged in, after a look at whether they belong together."""
    base = _load(folder.base, dtype, models, progress, above)
    if folder.base_sha256 and folder.base_sha256 != base.sha256:
        raise InputRefused(
            f"The adapter in {folder.path} was made for another {base.name}: that one's weights "
            f"had the SHA-256 {folder.base_sha256[:12]}…, these have {base.sha256[:12]}…."
        )
    from peft import PeftModel
    from safetensors import SafetensorError

    warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)  # PEFT's own
    try:
        adapted = PeftModel.from_pretrained(base.model, str(folder.path))
        model: PreTrainedModel = adapted.merge_and_unload()
    except (*_UNLOADABLE, SafetensorError) as error:
        raise InputRefused(f"{folder.path} does not fit its base: {_first_line(error)}") from error
    positions = _positions(model)
    return LoadedModel(
        model.eval(),
        base.tokenizer,
        name=folder.name,
        sha256=digest,
        reference=str(folder.path.resolve()),
        licence=_licence(folder),
        context_length=min(folder.context_length or base.context_length, positions),
        base=base,
    )


def load_tokenizer(folder: Path) -> "PreTrainedTokenizerBase":
    """Return the tokenizer in a model folder. Raises InputRefused where there is none."""
    from transformers import AutoTokenizer

    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError) as error:
        raise InputRefused(
            f"{folder} holds no tokenizer that can be loaded: {_first_line(error)}"
        ) from error
    if tokenizer.eos_token_id is None:
        raise InputRefused(
            f"The tokenizer in {folder} has no end-of-text token, by which a story ends. Set "
            "eos_token in its tokenizer_config.json."
        )
    return tokenizer


def _positions(model: "PreTrainedModel") -> int:
    return model_folder.positions(model.config.to_dict()) or 1024


def _licence(folder: model_folder.ModelFolder) -> str:
    said = folder.notes.get("licence")
    return clean_line(said)[:100] if isinstance(said, str) else "unknown"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return clean_line(lines[0])[:300]
