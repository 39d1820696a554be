"""Which models of the catalog fit this machine, how fast they would be, and which to take."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from dungeon.models.catalog import CatalogEntry, catalog
from dungeon.models.download import partial_bytes
from dungeon.models.memory import Memory, read_memory
from dungeon.models.preparation import prepared_path
from dungeon.models.resolver import preparation_state
from dungeon.models.speeds import Speed, SpeedRecord

ENGINE_BYTES = 250_000_000
"""Memory that the engine takes beside the weights and the cache."""

READABLE = 5.0
"""Tokens a second that are written about as fast as people read."""

_SYSTEM_SHARE = 0.15
"""The share of all memory that is never free, whatever is closed."""


class Fit(StrEnum):
    """Whether a model fits the memory of this machine."""

    FITS = "fits"
    TIGHT = "fits barely"
    """Once other programs are closed."""
    TOO_LARGE = "too large"


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """What a player wants to know of a model before choosing it."""

    entry: CatalogEntry
    state: str
    """`ready`, `fetched`, `not pulled`, or how much is downloaded."""
    needed_bytes: int
    """Memory for weights, key-value cache and engine."""
    fit: Fit
    speed: Speed | None
    """None before anything was measured on this machine."""
    is_recommended: bool = False


def summarise(
    folder: Path, *, context_length: int = 0, memory: Memory | None = None
) -> list[ModelSummary]:
    """Return the models of the catalog; 0 as `context_length` means each model's own."""
    memory, speeds = memory or read_memory(), SpeedRecord(folder)
    models = [
        _summary(entry, folder, context_length, memory, speeds)
        for entry in catalog().entries.values()
    ]
    # of the two of the same file the first one, which is ours
    best = max(filter(_is_playable, models), key=lambda each: each.entry.bytes, default=None)
    return [replace(each, is_recommended=each is best) for each in models]


def memory_needed(entry: CatalogEntry, folder: Path, context_length: int = 0) -> int:
    """Return the bytes of memory that the model takes while it is played."""
    tokens = context_length or entry.context_length
    return file_size(entry, folder) + tokens * entry.cache_bytes_per_token + ENGINE_BYTES


def file_size(entry: CatalogEntry, folder: Path) -> int:
    """Return the size of the file that is played, once it is here; else of the download."""
    try:
        return prepared_path(entry, folder).stat().st_size
    except OSError:
        return entry.bytes


def fit_of(needed: int, memory: Memory) -> Fit:
    """Return whether `needed` bytes fit `memory`."""
    if needed <= memory.available:
        return Fit.FITS
    return Fit.TIGHT if needed <= memory.total * (1 - _SYSTEM_SHARE) else Fit.TOO_LARGE


def speed_text(speed: Speed | None) -> str:
    """Return a speed in words: "42 tokens/s", or "about 3 tokens/s" where it is an estimate."""
    if speed is None:
        return "speed unknown"
    figure = f"{speed.tokens_per_second:.{0 if speed.tokens_per_second >= 10 else 1}f} tokens/s"
    return figure if speed.is_measured else f"about {figure}"


def size_text(size: int, *, is_exact: bool = True) -> str:
    """Return a size in words: "93 MB", "7.5 GB", "about 7.5 GB"."""
    figure = f"{size / 1e9:.1f} GB" if size >= 1_000_000_000 else f"{size / 1e6:.0f} MB"
    return figure if is_exact else f"about {figure}"


def describe(model: ModelSummary) -> str:
    """Return what decides between models, the name excluded; short, for a row of 80 columns."""
    size = size_text(model.entry.download_bytes, is_exact=model.entry.is_size_exact)
    fit = "recommended" if model.is_recommended else model.fit
    parts = [size, fit, speed_text(model.speed), model.state]
    return " · ".join(parts).replace("about ", "~")


def about_model(model: ModelSummary) -> str:
    """Return what else there is to know of a model before choosing it."""
    entry = model.entry
    memory = f"{size_text(model.needed_bytes)} of memory at {entry.context_length:,} tokens"
    about = f"{entry.about[:1].upper()}{entry.about[1:]}"
    return f"{about}. {entry.licence} · {entry.prompt_format} prompts · about {memory}"


def _summary(
    entry: CatalogEntry, folder: Path, context_length: int, memory: Memory, speeds: SpeedRecord
) -> ModelSummary:
    needed = memory_needed(entry, folder, context_length)
    state = preparation_state(entry, folder)
    if state == "not pulled" and (partial := partial_bytes(entry, folder)):
        state = f"{min(partial / entry.bytes, 0.99):.0%} pulled"
    speed = speeds.of(entry.name, file_size(entry, folder))
    return ModelSummary(entry, state, needed, fit_of(needed, memory), speed)


def _is_playable(model: ModelSummary) -> bool:
    """Whether the model fits now and writes about as fast as people read."""
    is_quick = model.speed is not None and model.speed.tokens_per_second >= READABLE
    return model.fit is Fit.FITS and is_quick
