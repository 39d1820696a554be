"""Export a model as a folder of safetensors, which transformers loads as it is."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch

from dungeon.errors import InputRefused
from dungeon.models.model_folder import read_json
from dungeon.models.resolver import CatalogModel, FolderModel, resolve_local
from training.models.record import ModelRecord, read_record
from training.models.saving import save_model, save_without_record

if TYPE_CHECKING:
    from training.models.loading import LoadedModel

WeightType = Literal["F16", "F32"]

_DTYPES = {"F16": torch.float16, "F32": torch.float32}


def export_safetensors(
    loaded: "LoadedModel", folder: Path, weight_type: WeightType = "F16", source: Path | None = None
) -> None:
    """Write the model, with an adapter merged into its base, and its tokenizer to `folder`.

    `source` is the folder it was loaded from, where it has one: its record and card are taken over.
    Raises NotSaved where the folder cannot be written.
    """
    model: Any = loaded.model
    if model.dtype != _DTYPES[weight_type]:
        model = copy.deepcopy(model).to(_DTYPES[weight_type])  # the caller's keeps its precision
    tokenizer: Any = loaded.tokenizer
    record = _read_record(source) if source else None
    if record is None:
        save_without_record(folder, model, tokenizer)
        return
    method = "merged" if record.method == "lora" else record.method
    record = replace(record, name=folder.resolve().name, method=method)
    save_model(folder, model, tokenizer, record)


def _read_record(source: Path) -> ModelRecord | None:
    """Return the record in a model folder; None where it has none of ours."""
    if not (source / "grue.json").is_file():
        return None
    history = source / "history.json"
    try:
        points = json.loads(history.read_text(encoding="utf-8")) if history.is_file() else []
        return read_record(read_json(source / "grue.json"), points)
    except (ValueError, KeyError, TypeError) as error:
        raise InputRefused(
            f"The record in {source} cannot be read ({type(error).__name__}: {error}). Remove its "
            "grue.json to export the weights without a model card."
        ) from error


def source_folder(reference: str) -> Path | None:
    """Return the folder that a model is loaded from, or that of its adapter; None without one."""
    match resolve_local(reference):
        case FolderModel(folder):
            return folder.path
        case CatalogModel(entry, adapter):
            return adapter or entry.adapter
        case _:
            return None
