"""The catalog of models that Grue knows by name, read from catalog.toml.

A model may be another one of them with a LoRA adapter, which ships beside this file.
"""

import os
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from dungeon.chat import PromptFormat
from dungeon.settings.sampling import GUIDANCE_OFF, Sampling
from dungeon.settings.summary_method import SummaryMethod
from dungeon.story.state_events import StateFinder

_HERE = Path(__file__).parent

HUB = "https://huggingface.co"

DEFAULT_REPLY_TOKENS = 80
"""Length of reply for a model that the catalog does not know."""

DEFAULT_SUMMARY: SummaryMethod = "extractive"
"""How a story is summarised for a model that the catalog does not know."""

_MIN_FINDER_BYTES = 1_000_000_000
"""Size of a model that is asked for changes of the state: one of about 1.7 billion parameters."""

_ADAPTER_QUANTISATION = "Q8_0"
"""What a model that plays as it is downloaded is requantised to where an adapter is merged in."""


@dataclass(frozen=True, slots=True)
class WheelMember:
    """A file inside a wheel of the Python package registry."""

    requirement: str
    """The package, as a pip requirement pinned to one version."""
    member: str
    """The file's path inside the wheel."""
    download_bytes: int
    """Size of the wheel."""

    def __str__(self) -> str:
        return f"{self.requirement} from the Python package registry, {self.member}"


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file on the web."""

    url: str

    @property
    def address(self) -> str:
        """The URL to ask: at the mirror of the hub that HF_ENDPOINT names, as the hub's own
        library has it, where one is named.
        """
        mirror = os.environ.get("HF_ENDPOINT", "").rstrip("/")
        is_mirrored = mirror and self.url.startswith(f"{HUB}/")
        return mirror + self.url.removeprefix(HUB) if is_mirrored else self.url

    @property
    def host(self) -> str:
        """The name of the server that is asked."""
        with suppress(ValueError):  # of a mirror's address that is none
            return urlsplit(self.address).hostname or ""
        return ""

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One model of the catalog."""

    name: str
    title: str
    licence: str
    """SPDX identifier."""
    architecture: str
    context_length: int
    """Tokens of prompt and reply together; less than the model was trained for, to save memory."""
    source: WheelMember | WebFile
    """Where the file is downloaded from."""
    bytes: int
    """Size of the file."""
    sha256: str
    """Hex digest of the file."""
    base: str
    """The model to download: itself, or the one its adapter was trained on."""
    aliases: tuple[str, ...] = ()
    """Other names for it."""
    about: str = ""
    """What it is good at, in a few words."""
    quantisation: str = ""
    """Of the downloaded file, as llama.cpp names it; empty where it is requantised anyhow."""
    prepared: str = ""
    """The quantisation it is converted to before it is played; empty: played as downloaded."""
    is_size_exact: bool = True
    """Whether `bytes` is verified; otherwise it is a rounded figure to plan with."""
    cache_bytes_per_token: int = 0
    """Memory of the key-value cache for a token of context, in f16."""
    prompt_format: PromptFormat = "completion"
    sampling: Sampling | None = None
    """The sampling that the model's makers recommend, where they do."""
    hub_id: str = ""
    """The name of the model, without our adapter, on the hub; it is not downloaded from there."""
    reply_tokens: int = DEFAULT_REPLY_TOKENS
    """Length of reply that suits it: small models keep two sentences together, not five."""
    guidance: float = GUIDANCE_OFF
    """Guidance scale that suits it: models trained to respond lose coherence by any."""
    summary: SummaryMethod = DEFAULT_SUMMARY
    """How turns that no longer fit its context are summarised: by itself only if it is large."""
    adapter: Path | None = None
    """The PEFT folder of the adapter that is merged into it."""
    adapter_sha256: str = ""
    """Hex digest of the adapter's weights."""

    @property
    def download_bytes(self) -> int:
        """Bytes to download."""
        return self.source.download_bytes if isinstance(self.source, WheelMember) else self.bytes

    @property
    def target_quantisation(self) -> str:
        """The quantisation to convert it to where it has to be converted."""
        return self.prepared or _ADAPTER_QUANTISATION


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every model that is known by name."""

    default: str
    entries: Mapping[str, CatalogEntry]

    def find(self, name: str) -> CatalogEntry | None:
        """Return the model with the name or the alias `name`."""
        if name in self.entries:
            return self.entries[name]
        return next((entry for entry in self.entries.values() if name in entry.aliases), None)


def recommended_reply_tokens(reference: str) -> int:
    """Return the length of reply that suits the model `reference`, in tokens."""
    entry = find_entry(reference)
    return entry.reply_tokens if entry else DEFAULT_REPLY_TOKENS


def recommended_guidance(reference: str) -> float:
    """Return the guidance scale that suits the model `reference`; off where it is not known."""
    entry = find_entry(reference)
    return entry.guidance if entry else GUIDANCE_OFF


def recommended_sampling(reference: str) -> Sampling | None:
    """Return the sampling that the makers of the model `reference` recommend, if they do."""
    entry = find_entry(reference)
    return entry.sampling if entry else None


def recommended_summary(reference: str) -> SummaryMethod:
    """Return how turns that no longer fit are summarised for the model `reference`."""
    entry = find_entry(reference)
    return entry.summary if entry else DEFAULT_SUMMARY


def recommended_state_finder(reference: str) -> StateFinder:
    """Return who looks for changes of the state: a model that is large enough, else rules alone.

    A server is left alone: what it reads may be paid for.
    """
    entry = find_entry(reference)
    return "model" if entry and entry.bytes >= _MIN_FINDER_BYTES else "rules"


def find_entry(reference: str) -> CatalogEntry | None:
    """Return the catalog's entry for a model reference: empty and `default` mean the default."""
    known = catalog()
    return known.find(known.default if reference in ("", "default") else reference)


@cache
def catalog() -> Catalog:
    """Return the catalog that ships with Grue."""
    return parse_catalog(tomllib.loads((_HERE / "catalog.toml").read_text("utf-8")))


def parse_catalog(document: Mapping[str, Any]) -> Catalog:
    """Return the catalog in a TOML document. Raises TypeError where a field is unknown."""
    entries = {name: _entry(name, document["models"]) for name in document["models"]}
    return Catalog(document["default"], MappingProxyType(entries))


def _entry(name: str, models: Mapping[str, Mapping[str, Any]]) -> CatalogEntry:
    """Return the model called `name`; it inherits the values it does not set from its base."""
    own = models[name]
    values: dict[str, Any] = {"base": name, **models.get(own.get("base", ""), {}), **own}
    if "adapter" in values:
        values["adapter"] = _HERE / values["adapter"]
    if "sampling" in values:
        values["sampling"] = Sampling(**values["sampling"])
    if "approximate_bytes" in values:
        values |= {"bytes": values.pop("approximate_bytes"), "is_size_exact": False}
    values["aliases"] = tuple(values.get("aliases", ()))
    return CatalogEntry(name=name, source=_source(values), **values)


def _source(values: dict[str, Any]) -> WheelMember | WebFile:
    """Take the fields that say where a file comes from out of `values`."""
    if "url" in values:
        return WebFile(values.pop("url"))
    fields = ("requirement", "member", "download_bytes")
    return WheelMember(*(values.pop(field) for field in fields))
