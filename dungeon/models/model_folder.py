"""Provides what is in a model folder, told from its names and small files: whole weights as the
Hugging Face libraries save them, or a LoRA adapter with a base, and what its grue.json says.

Opens no weights and knows nothing of engines. Only safetensors count: a pickle can run anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused
from dungeon.text import clean_line

_ADAPTER = "adapter_config.json"
_CONFIG = "config.json"
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder with a model that transformers can load."""

    path: Path
    weights: tuple[Path, ...]
    """The safetensors files, sorted."""
    notes: Mapping[str, Any]
    """What grue.json says; empty where there is none."""
    config: Mapping[str, Any]
    """The model's config.json, or the adapter's adapter_config.json."""
    base: str = ""
    """What the adapter stands on, as `--model` takes it; empty where the weights are whole."""
    base_sha256: str = ""
    """The digest of that base's weights, where grue.json says it."""

    @property
    def is_adapter(self) -> bool:
        """Whether the folder holds an adapter and no whole weights."""
        return bool(self.base)

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.path.resolve().name

    @property
    def context_length(self) -> int | None:
        """Tokens it was trained with, else those it has positions for; None where nobody says."""
        for said in (self.notes.get("context_length"), positions(self.config)):
            if isinstance(said, int) and said > 0:
                return said
        return None


def positions(config: Mapping[str, Any]) -> int | None:
    """Return how many positions a config.json says the model has, or None."""
    for key in ("max_position_embeddings", "n_positions", "n_ctx"):
        if isinstance(found := config.get(key), int) and found > 0:
            return found
    return None


def holds_model(folder: Path) -> bool:
    """Whether `folder` looks as if it held weights or an adapter for transformers."""
    return any((folder / name).is_file() for name in (_CONFIG, _ADAPTER))


def read_folder(folder: Path) -> ModelFolder:
    """Return what is in `folder`. Raises InputRefused, naming what is missing, where it holds no
    model that can be loaded safely.
    """
    notes = read_json(folder / "grue.json") if (folder / "grue.json").is_file() else {}
    if (folder / _ADAPTER).is_file():
        config = read_json(folder / _ADAPTER)
        base, digest = _base(folder, notes, config)
        return ModelFolder(folder, _weights(folder, "adapter_model"), notes, config, base, digest)
    if not (folder / _CONFIG).is_file():
        raise InputRefused(
            f"{folder} holds no model: neither a config.json nor an adapter_config.json is in it."
        )
    return ModelFolder(folder, _weights(folder, "model"), notes, read_json(folder / _CONFIG))


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in the file. Raises InputRefused where it is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputRefused(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{path} is no JSON that can be read: {error}.") from error
    if not isinstance(document, dict):
        raise InputRefused(f"{path} is no JSON object.")
    return document


def _weights(folder: Path, stem: str) -> tuple[Path, ...]:
    """Return the weights: one file, or the shards of one. Raises InputRefused on none."""
    single = folder / f"{stem}.safetensors"
    found = [single] if single.is_file() else sorted(folder.glob(f"{stem}-*.safetensors"))
    if found:
        return tuple(found)
    if any(path for pattern in _PICKLES for path in folder.glob(pattern)):
        raise InputRefused(
            f"{folder} holds its weights as pickles, which can run any program when they are "
            "opened. Save the model as safetensors, and name it again."
        )
    raise InputRefused(f"{folder} holds no weights: there is no {single.name} in it.")


def _base(folder: Path, notes: Mapping[str, Any], config: Mapping[str, Any]) -> tuple[str, str]:
    """Return the reference of an adapter's base and the digest it should have."""
    digest = ""
    match notes.get("base"):
        case {"reference": str(said), **rest}:
            digest = str(rest.get("sha256") or "")
        case str(said):
            pass
        case _:
            said = str(config.get("base_model_name_or_path") or "")
    said = clean_line(said)
    if not said:
        raise InputRefused(
            f"{folder} holds an adapter and does not say of which model. Write it into its "
            f'{_ADAPTER}: "base_model_name_or_path".'
        )
    beside = folder / said
    return (str(beside) if beside.is_dir() or beside.is_file() else said), digest
