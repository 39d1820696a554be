"""Install packs of scenarios into the player's folder, list them and remove them.

A pack becomes a folder of its own beside the player's scenarios, with its manifest. It appears as a
whole or not at all, and replaces nothing.
"""

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import tomlkit

from dungeon.errors import InputRefused, NotSaved
from dungeon.files.atomic_file import atomic_write, temporary_path
from dungeon.scenarios.pack_folders import MANIFEST, pack_files, pack_folders
from dungeon.scenarios.packs import Manifest, Pack, read_manifest
from dungeon.scenarios.writer import to_toml
from dungeon.story import Scenario
from dungeon.text import clean_line, clean_path
from dungeon.text.encoding import read_text


@dataclass(frozen=True, slots=True)
class InstalledPack:
    """A pack in the player's folder."""

    name: str
    manifest: Manifest
    scenarios: tuple[str, ...]
    """The names of its scenarios."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What became of a pack."""

    name: str
    """The pack's name, or that of a single scenario."""
    scenarios: tuple[Scenario, ...]
    renamed: tuple[str, ...]
    """A sentence for each scenario whose name was taken."""


def install(pack: Pack, folder: Path, taken: Collection[str]) -> Installation:
    """Store `pack` in `folder`, where `taken` are the names of all scenarios there are.

    Raises InputRefused where it is installed already, NotSaved where it cannot be written.
    """
    if pack.manifest is not None and (folder / pack.name / MANIFEST).is_file():
        raise InputRefused(
            f"The pack {pack.name} is installed already. To replace it, remove it first: "
            f"grue scenarios remove {pack.name}"
        )
    if pack.manifest is None:
        _refuse_twin(pack.scenarios[0], folder)
    scenarios, renamed = _name_anew(pack.scenarios, taken)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if pack.manifest is None:
            (scenario,) = scenarios
            name = scenario.name
            _write(scenario, folder)
        else:
            name = _free_folder(pack.name, folder, taken)
            _write_folder(folder / name, pack.manifest, scenarios)
    except OSError as error:
        reason = clean_line(error.strerror or str(error))
        raise NotSaved(f"Nothing was installed to {clean_path(folder)}: {reason}.") from error
    return Installation(name, scenarios, renamed)


def installed_packs(folder: Path) -> list[InstalledPack]:
    """Return the packs in `folder`, sorted by name; a damaged manifest is replaced by the name."""
    return [
        InstalledPack(path.name, _manifest(path), tuple(each.stem for each in pack_files(path)))
        for path in pack_folders(folder)
    ]


def remove_pack(name: str, folder: Path) -> None:
    """Remove a pack that is installed; other files in its folder stay. Raises NotSaved."""
    path = folder / name
    with _explain_errors(path):
        for file in [*pack_files(path), path / MANIFEST]:
            file.unlink()
        if not any(path.iterdir()):
            path.rmdir()


def remove_file(path: Path) -> None:
    """Remove the file of a scenario of the player's own. Raises NotSaved."""
    with _explain_errors(path):
        path.unlink()


@contextmanager
def _explain_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = clean_line(error.strerror or str(error))
        raise NotSaved(f"{clean_path(path)} could not be removed: {reason}.") from error


def _refuse_twin(scenario: Scenario, folder: Path) -> None:
    """Refuse a single scenario of which the same file is there already."""
    path = folder / f"{scenario.name}.toml"
    if path.is_file() and path.read_bytes() == to_toml(scenario).encode():
        raise InputRefused(f"The scenario {scenario.name} is installed already.")


def _name_anew(
    scenarios: Collection[Scenario], taken: Collection[str]
) -> tuple[tuple[Scenario, ...], tuple[str, ...]]:
    """Return the scenarios with names that are not taken, and a sentence for each new name."""
    used, named, renamed = set(taken), [], []
    for scenario in scenarios:
        name = _free(scenario.name, used)
        used.add(name)
        named.append(replace(scenario, name=name))
        if name != scenario.name:
            renamed.append(f"{scenario.name} is called {name} here: the name was taken.")
    return tuple(named), tuple(renamed)


def _free(name: str, used: Collection[str]) -> str:
    numbered = (f"{name}-{number}" for number in count(2))
    return name if name not in used else next(each for each in numbered if each not in used)


def _free_folder(name: str, folder: Path, taken: Collection[str]) -> str:
    there = {path.name for path in folder.iterdir()}
    return _free(name, {*there, *taken})


def _write_folder(path: Path, manifest: Manifest, scenarios: Collection[Scenario]) -> None:
    """Write the folder of a pack under a temporary name, then rename it."""
    part = temporary_path(path)
    part.mkdir()
    try:
        with atomic_write(part / MANIFEST, overwrite=False) as file:
            file.write(_manifest_toml(manifest).encode())
        for scenario in scenarios:
            _write(scenario, part)
        part.rename(path)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _write(scenario: Scenario, folder: Path) -> None:
    with atomic_write(folder / f"{scenario.name}.toml", overwrite=False) as file:
        file.write(to_toml(scenario).encode())


def _manifest_toml(manifest: Manifest) -> str:
    document = tomlkit.document()
    document.update(
        {"title": manifest.title, "author": manifest.author, "licence": manifest.licence}
    )
    return tomlkit.dumps(document)


def _manifest(path: Path) -> Manifest:
    try:
        return read_manifest(read_text(path / MANIFEST), clean_path(path / MANIFEST))
    except InputRefused:
        return Manifest(clean_line(path.name))
