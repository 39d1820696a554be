"""Join an adapter with those that it was trained on: one adapter of the model below them all."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save

from dungeon.errors import InputRefused, NotSaved
from dungeon.files.atomic_file import atomic_write
from dungeon.files.disk_room import write_advice, write_failure
from dungeon.models.adapter_weights import in_8_bits, is_a, is_b, read_weights
from dungeon.models.gguf_tensors import Matrix
from dungeon.models.lora import peft_scale
from dungeon.models.model_folder import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    ModelFolder,
    read_folder,
)
from dungeon.models.resolver import MAX_ADAPTERS, CatalogModel, FolderModel, resolve_local
from training.export.missing_card import card_from
from training.models.model_card import CARD

_RECORD = "grue.json"
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json")

_NOT_PLAIN = ("use_dora", "lora_bias", "rank_pattern", "alpha_pattern", "modules_to_save")
"""Settings of PEFT for which pairs of matrices with one scale are not all of an adapter."""


@dataclass(frozen=True, slots=True)
class JoinedAdapter:
    """What the adapters do together."""

    weights: Mapping[str, Matrix]
    config: Mapping[str, Any]


def find_adapters(reference: str) -> list[ModelFolder]:
    """Return the adapter called `reference` and those that it was trained on, the lowest first.

    Raises InputRefused where it is none.
    """
    found: list[ModelFolder] = []
    while (folder := _adapter_folder(reference)) is not None:
        if len(found) == MAX_ADAPTERS:
            raise InputRefused(f"{reference} holds an adapter that is its own base.")
        found.insert(0, folder)
        reference = folder.base
    if not found:
        raise InputRefused(f"{reference} contains no adapter. Leave out --adapter-only.")
    return found


def _adapter_folder(reference: str) -> ModelFolder | None:
    match resolve_local(reference):
        case FolderModel(folder) if folder.is_adapter:
            return folder
        case CatalogModel(entry, adapter) if path := adapter or entry.adapter:
            return read_folder(path)
        case _:
            return None


def join_adapters(folders: Sequence[ModelFolder]) -> JoinedAdapter:
    """Return the sum of the adapters, the lowest first: each keeps its ranks beside the others'.

    Where one does not change a module that another one does, such as in a layer that was frozen,
    its ranks are zeros there. Raises InputRefused where one of them is no plain LoRA.
    """
    scale = _scale(folders[0])
    factors = [_scale(folder) / scale for folder in folders]
    adapters = [_read_matrices(folder) for folder in folders]
    joined: dict[str, Matrix] = {}
    for name, shape in _shapes(adapters).items():
        parts = []
        for folder, adapter, factor in zip(folders, adapters, factors, strict=True):
            weight = adapter.get(name)
            if weight is None:
                weight = _zeros(shape, int(folder.config["r"]), name)
            parts.append(weight if is_a(name) else factor * weight)
        joined[name] = np.concatenate(parts, 0 if is_a(name) else 1)
    ranks = sum(int(folder.config["r"]) for folder in folders)
    config = {**folders[0].config, "r": ranks, "lora_alpha": scale * ranks, "use_rslora": False}
    if set(joined) != set(adapters[0]):
        modules = {name.partition(".lora_")[0].rpartition(".")[2] for name in joined}
        config |= {"layers_to_transform": None, "target_modules": sorted(modules)}
    return JoinedAdapter(joined, config)


def _shapes(adapters: Sequence[Mapping[str, Matrix]]) -> dict[str, tuple[int, ...]]:
    """Return a shape of each matrix that any of the adapters has."""
    return {name: weight.shape for adapter in adapters for name, weight in adapter.items()}


def _zeros(shape: tuple[int, ...], rank: int, name: str) -> Matrix:
    """Return a matrix of `rank` that changes nothing, in place of one of this shape."""
    return np.zeros((rank, shape[1]) if is_a(name) else (shape[0], rank), dtype=np.float32)


def _scale(folder: ModelFolder) -> float:
    """Return what the product of A and B is multiplied by."""
    config = folder.config
    if any(config.get(name) for name in _NOT_PLAIN) or not {"r", "lora_alpha"} <= set(config):
        raise _not_plain(folder)
    return peft_scale(config, "", int(config["r"]))


def _read_matrices(folder: ModelFolder) -> dict[str, Matrix]:
    """Return the matrices A and B of an adapter. Raises InputRefused where it has others, too."""
    try:
        weights = read_weights(folder.path / ADAPTER_WEIGHTS)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise InputRefused(f"{folder.path} is no adapter Grue can read ({error}).") from error
    if not all(is_a(name) or is_b(name) for name in weights):
        raise _not_plain(folder)
    return weights


def _not_plain(folder: ModelFolder) -> InputRefused:
    return InputRefused(
        f"{folder.path} holds no plain LoRA adapter, and cannot be joined. Leave out "
        "--adapter-only to merge it into its base."
    )


def write_joined(folders: Sequence[ModelFolder], out: Path) -> None:
    """Write the joined adapter in 8 bits to the folder `out`.

    Its record is the last one's, with the base of the first, and its card is made from that. Raises
    InputRefused where the adapters cannot be joined, NotSaved where the folder cannot be written.
    """
    joined = join_adapters(folders)
    lowest, last = folders[0], folders[-1]
    texts = {ADAPTER_CONFIG: _to_json(joined.config)}
    content = save(in_8_bits(joined.weights), metadata={"format": "pt"})
    if lowest.grue_json.get("base"):
        files = {ADAPTER_WEIGHTS: hashlib.sha256(content).hexdigest()}
        own = {"name": out.resolve().name, "base": _joined_base(lowest, last), "files": files}
        record = {**last.grue_json, **own}
        if card := card_from(record, in_8_bits=True):
            texts[CARD] = card
        texts[_RECORD] = _to_json(record)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with atomic_write(out / ADAPTER_WEIGHTS) as file:
            file.write(content)
        for name in _TOKENIZER:
            if (last.path / name).is_file():
                shutil.copy(last.path / name, out)
        for name, text in texts.items():  # the record last: a folder with one is complete
            with atomic_write(out / name) as file:
                file.write(text.encode())
    except OSError as error:
        raise NotSaved(
            f"{out} cannot be written: {write_failure(error, out, needed=len(content))}. "
            f"{write_advice(error, 'or name another folder with --safetensors')}"
        ) from error


def _joined_base(lowest: ModelFolder, last: ModelFolder) -> Any:
    """Return the base of the first; its licence is of the last one's, which the others count in."""
    base, above = lowest.grue_json["base"], last.grue_json.get("base")
    if isinstance(base, dict) and isinstance(above, dict) and "licence" in above:
        return {**base, "licence": above["licence"]}
    return base


def _to_json(document: Mapping[str, Any]) -> str:
    return f"{json.dumps(document, ensure_ascii=False, indent=2)}\n"
