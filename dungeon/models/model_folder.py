"""Inspect a model folder: full weights as the Hugging Face libraries save them, or a LoRA adapter.

Reads its JSON files only, no weights. Only safetensors are accepted: a pickle can run any program.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused
from dungeon.text import clean_line

ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
_CONFIG = "config.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder with a model that transformers can load."""

    path: Path
    weights: tuple[Path, ...]
    """The safetensors files, sorted."""
    grue_json: Mapping[str, Any]
    """The content of grue.json; empty where there is none."""
    config: Mapping[str, Any]
    """The model's config.json, or the adapter's adapter_config.json."""
    base: str = ""
    """The model an adapter was trained on, as `--model` takes it; empty for full weights."""
    base_sha256: str = ""
    """The SHA-256 of that base's weights, where grue.json states it."""

    @property
    def is_adapter(self) -> bool:
        """Whether the folder contains an adapter, not full weights."""
        return bool(self.base)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.resolve().name

    @property
    def context_length(self) -> int | None:
        """Tokens it was trained with, else its number of positions; None where neither is known."""
        for length in (self.grue_json.get("context_length"), max_positions(self.config)):
            if isinstance(length, int) and length > 0:
                return length
        return None

    @property
    def licence(self) -> str | None:
        """The licence that grue.json states."""
        licence = self.grue_json.get("licence")
        return clean_line(licence)[:100] if isinstance(licence, str) else None


def max_positions(config: Mapping[str, Any]) -> int | None:
    """Return the number of positions that a config.json states, or None."""
    for key in ("max_position_embeddings", "n_positions", "n_ctx"):
        if isinstance(found := config.get(key), int) and found > 0:
            return found
    return None


def has_transformers_model(folder: Path) -> bool:
    """Whether `folder` has the config file of full weights or of an adapter."""
    return any((folder / name).is_file() for name in (_CONFIG, ADAPTER_CONFIG))


def read_folder(folder: Path) -> ModelFolder:
    """Return the model in `folder`.

    Raises InputRefused, naming what is missing, where there is none that can be loaded safely.
    """
    grue_json = read_grue_json(folder)
    if (folder / ADAPTER_CONFIG).is_file():
        config = read_json(folder / ADAPTER_CONFIG)
        base, digest = _base(folder, grue_json, config)
        weights = _weights(folder, "adapter_model")
        return ModelFolder(folder, weights, grue_json, config, base, digest)
    if not (folder / _CONFIG).is_file():
        raise InputRefused(
            f"{folder} holds no model: neither a config.json nor an adapter_config.json is in it."
        )
    return ModelFolder(folder, _weights(folder, "model"), grue_json, read_json(folder / _CONFIG))


def read_grue_json(folder: Path) -> dict[str, Any]:
    """Return the content of grue.json in `folder`, empty where there is none."""
    path = folder / "grue.json"
    return read_json(path) if path.is_file() else {}


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in the file. Raises InputRefused where there is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputRefused(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{path} is not valid JSON: {error}.") from error
    if not isinstance(document, dict):
        raise InputRefused(f"{path} is not a JSON object.")
    return document


def _weights(folder: Path, stem: str) -> tuple[Path, ...]:
    """Return the file of weights, or its shards. Raises InputRefused where there are none."""
    single = folder / f"{stem}.safetensors"
    found = [single] if single.is_file() else sorted(folder.glob(f"{stem}-*.safetensors"))
    if found:
        return tuple(found)
    if any(path for pattern in _PICKLES for path in folder.glob(pattern)):
        raise InputRefused(
            f"{folder} holds its weights as pickles, which can run any program when they are "
            "loaded. Save the model as safetensors, and name it again."
        )
    raise InputRefused(f"{folder} holds no weights: there is no {single.name} in it.")


def _base(folder: Path, grue_json: Mapping[str, Any], config: Mapping[str, Any]) -> tuple[str, str]:
    """Return the reference of an adapter's base, and the SHA-256 it should have or nothing."""
    digest = ""
    match grue_json.get("base"):
        case {"reference": str(reference), **rest}:
            digest = str(rest.get("sha256") or "")
        case str(reference):
            pass
        case _:
            reference = str(config.get("base_model_name_or_path") or "")
    reference = clean_line(reference)
    if not reference:
        raise InputRefused(
            f"{folder} holds an adapter and does not name its base model. Write that into its "
            f'{ADAPTER_CONFIG}: "base_model_name_or_path".'
        )
    beside = folder / reference
    return (str(beside) if beside.is_dir() or beside.is_file() else reference), digest
