"""Store what was imported, and export the adventure that is played, for every front end."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dungeon import story, transfer
from dungeon.errors import InputRefused
from dungeon.home import Home
from dungeon.scenarios.writer import save_scenario
from dungeon.story import Adventure
from dungeon.transfer.imports import Imported

if TYPE_CHECKING:
    from dungeon.saves.library import Library


def store(imported: Imported, library: "Library", home: Home) -> list[str]:
    """Store adventures and scenarios; return a line for each: its id or its name, and its title.

    Nothing is replaced: where an id or a name is taken, a new one is given.
    """
    lines = []
    for adventure in imported.adventures:
        kept = _store_adventure(library, adventure)
        lines.append(f"{kept.id}  {kept.title}")
    for scenario in imported.scenarios:
        name = save_scenario(scenario, home.scenarios)
        lines.append(f"{name}  {scenario.title} (scenario; `grue play --scenario {name}`)")
    return lines


def import_file(typed: str, library: "Library", home: Home) -> list[str]:
    """Import the file at the path that a player typed; return what to say, a line for each thing.

    Raises InputRefused or NotSaved.
    """
    imported = transfer.read_file(_path(typed))
    return store(imported, library, home) + imported.report.lines()


def _path(typed: str) -> Path:
    """Return a typed path; terminals put quotation marks around one that is dropped on them."""
    return Path(re.sub(r"\A(['\"])(.*)\1\Z", r"\2", typed.strip())).expanduser()


def _store_adventure(library: "Library", adventure: Adventure) -> Adventure:
    """Store the adventure, with a new id if its own is taken; return what was stored."""
    try:
        library.create(adventure)
    except InputRefused:
        adventure = replace(adventure, id=story.new_id())
        library.create(adventure)
    return adventure
