"""Store what was imported, and export the adventure that is played, for every front end."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dungeon import transfer
from dungeon.commands import lore_import
from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.scenarios import own_files, pack_store, preview, shipped_names
from dungeon.scenarios.pack_source import may_be_pack, read_source
from dungeon.scenarios.packs import Pack
from dungeon.scenarios.writer import save_scenarios
from dungeon.story import Scenario
from dungeon.text import typed_path
from dungeon.transfer.advice import IN_GAME
from dungeon.transfer.imports import Imported

if TYPE_CHECKING:
    from dungeon.saves.library import Library


@dataclass(frozen=True, slots=True)
class Stored:
    """What an import has stored."""

    lines: tuple[str, ...]
    """What to say: a line for each thing, its id or its name and its title, and the report."""
    adventure_ids: tuple[str, ...] = ()
    scenario_names: tuple[str, ...] = ()


def store(imported: Imported, library: "Library", home: Home) -> Stored:
    """Store adventures and scenarios; a line for each says its id or its name, and its title.

    All of a file is stored, or nothing. Nothing is replaced: where an id or a name is taken, a new
    one is given. Raises InputRefused where there is neither, or NotSaved.
    """
    if not (imported.adventures or imported.scenarios):
        raise InputRefused(
            f"The file is {imported.report.format}. Add it to an adventure: `/lore import FILE` in "
            "the game, or `grue saves import --into ID FILE`."
            if imported.lore
            else f"The file is {imported.report.format}, and there is nothing in it to import."
        )
    names = save_scenarios(imported.scenarios, home.scenarios)
    adventures = library.add_all(imported.adventures) if imported.adventures else []
    lines = [f"{kept.id}  {kept.title}" for kept in adventures]
    for name, scenario in zip(names, imported.scenarios, strict=True):
        lines.append(_scenario_line(name, scenario))
    return Stored(tuple(lines), tuple(kept.id for kept in adventures), tuple(names))


def _scenario_line(name: str, scenario: Scenario) -> str:
    return f"{name}  {preview(scenario).title} (scenario; `grue play --scenario {name}`)"


def find_pack(typed: str) -> Pack | None:
    """Return the scenarios of Grue that are where a player says: at an address, in a folder, or in
    a file that is called `.zip` or `.toml`; None for any other file.

    Blocks while it is downloaded. Raises InputRefused.
    """
    return read_source(typed) if may_be_pack(typed) else None


def install_pack(pack: Pack, home: Home) -> Stored:
    """Install a pack, or a single scenario. Raises InputRefused or NotSaved."""
    taken = {*own_files(home.scenarios), *shipped_names()}
    done = pack_store.install(pack, home.scenarios, taken)
    lines = [_scenario_line(each.name, each) for each in done.scenarios]
    left_out = [f"Not installed: {each}" for each in pack.skipped]
    names = tuple(each.name for each in done.scenarios)
    return Stored((*lines, *done.renamed, *left_out), scenario_names=names)


def import_file(typed: str, library: "Library", home: Home) -> Stored:
    """Import the file at the path that a player typed; return what was stored, with the report.

    Raises InputRefused or NotSaved.
    """
    imported = transfer.read_file(typed_path(typed), advice=IN_GAME)
    stored = store(imported, library, home)
    return replace(stored, lines=(*stored.lines, *imported.report.lines()))


def import_lore(imported: Imported, library: "Library", adventure_id: str) -> list[str]:
    """Add the lore of an imported file to a saved adventure; return a line that says how much.

    Raises InputRefused or NotSaved.
    """
    adventure = library.load(adventure_id)
    changes, added = lore_import.add(adventure, imported)
    library.revise(adventure.id, **changes)
    return [f"{adventure.id}  {adventure.title} ({added})"]
