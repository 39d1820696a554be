"""Write scenarios, each to a file of its own in the player's folder."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import tomlkit
from tomlkit.items import String

from dungeon.errors import InputRefused, NotSaved
from dungeon.files.atomic_file import atomic_write
from dungeon.files.disk_room import write_failure
from dungeon.scenarios.parser import from_toml
from dungeon.story import Scenario
from dungeon.text import clean_path

_MAX_NAME = 40
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)\Z")
"""Names that Windows keeps for devices."""


def save_scenarios(scenarios: Iterable[Scenario], folder: Path) -> list[str]:
    """Write each scenario to `folder` under a name made of its title; return the names.

    All of them are written, or none. No file is replaced: a number is added to a name that is
    taken. Raises InputRefused where one would not load again, NotSaved where one cannot be written.
    """
    texts = [(file_name(scenario.title), to_toml(scenario), scenario) for scenario in scenarios]
    for stem, text, scenario in texts:
        from_toml(text, name=stem, source=scenario.title)
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for stem, text, _ in texts:
            written.append(_save(stem, text, folder))
    except OSError as error:
        left = _take_back(written)  # first: it makes room
        reason = write_failure(error, folder)
        raise NotSaved(_refusal(left, clean_path(folder), reason)) from error
    except KeyboardInterrupt:
        _take_back(written)
        raise
    return [path.stem for path in written]


def _save(stem: str, text: str, folder: Path) -> Path:
    number = 0
    while True:
        number += 1
        path = folder / f"{stem if number == 1 else f'{stem}-{number}'}.toml"
        if path.exists() or path.is_symlink():
            continue
        with suppress(InputRefused):  # another import has taken the name meanwhile
            with atomic_write(path, overwrite=False) as file:
                file.write(text.encode())
            return path


def _take_back(written: Iterable[Path]) -> list[str]:
    """Remove files; return the names of those that stay: some disks need room for that, too."""
    left = []
    for path in written:
        try:
            path.unlink()
        except OSError:
            left.append(path.stem)
    return left


def _refusal(left: Sequence[str], folder: str, reason: str) -> str:
    """Return why not every scenario was written; the files of those named `left` are there."""
    if not left:
        return (
            f"Nothing of it was imported to {folder}: {reason}. What was here is unchanged. Once "
            "that is solved, import it again."
        )
    return (
        f"Only a part of it was imported to {folder}: {reason}. These scenarios came in, and could "
        f"not be removed again: {', '.join(left)}. Once that is solved, import it again; they are "
        "there twice then."
    )


def to_toml(scenario: Scenario) -> str:
    """Return the scenario as the TOML document that `from_toml` reads."""
    document = tomlkit.document()
    for key in ("title", "genre", "summary", "opening", "memory", "note"):
        text = getattr(scenario, key)
        if text:
            document[key] = tomlkit.string(text, multiline="\n" in text)
    if scenario.lore:
        document["lore"] = tomlkit.string(scenario.lore, literal="'" not in scenario.lore)
    if scenario.foreign_fields:
        document["foreign_fields"] = _literal(scenario.foreign_fields)
    if dice := scenario.dice.to_dict():
        document["dice"] = dice
    if scenario.questions:
        tables = tomlkit.aot()
        for question in scenario.questions:
            table = tomlkit.table()
            table.update(
                {"name": question.name, "question": question.question, "default": question.default}
            )
            if question.choices:
                table["choices"] = list(question.choices)
            tables.append(table)
        document["questions"] = tables
    return tomlkit.dumps(document)


def _literal(json: str) -> String:
    """Return JSON as it stands, without a further backslash before each quotation mark."""
    return tomlkit.string(json.replace("'", r"\u0027"), literal=True)


def file_name(title: str) -> str:
    """Return a name for the file of a scenario, of letters, digits and hyphens."""
    name = _NOT_IN_NAMES.sub("-", title.lower()).strip("-")[:_MAX_NAME].strip("-")
    return f"{name}-scenario" if _RESERVED.match(name) else name or "scenario"
