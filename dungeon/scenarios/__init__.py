"""Load scenarios: those that ship with Grue, the player's own, and any file."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.scenarios.listing import group_by_genre, matching, preview
from dungeon.scenarios.macros import draw_macros, has_macros
from dungeon.scenarios.pack_folders import pack_files, pack_folders
from dungeon.scenarios.parser import MAX_FILE_BYTES, from_player, from_text, from_toml
from dungeon.scenarios.placeholders import fill, find_choice, questions, random_answers
from dungeon.story import Scenario
from dungeon.text import clean_line, clean_path
from dungeon.text.encoding import read_text
from dungeon.text.error_words import did_you_mean, in_quotes

__all__ = [
    "QUICK_START",
    "available",
    "draw_macros",
    "fill",
    "find_choice",
    "from_player",
    "group_by_genre",
    "has_macros",
    "load",
    "matching",
    "own_files",
    "preview",
    "questions",
    "random_answers",
    "shipped_names",
]

QUICK_START = "lamp"
"""The scenario that a quick start takes."""

_SUFFIXES = (".txt", ".toml")


def shipped_names() -> tuple[str, ...]:
    """Return the names of the scenarios that ship with Grue, sorted."""
    files = (entry.name for entry in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def load(name_or_path: str, *, folder: Path | None = None) -> Scenario:
    """Return the scenario of that name, or the one in the `.toml` or `.txt` file at that path.

    `folder` contains the player's own scenarios, which take precedence over shipped ones. Raises
    InputRefused if there is no such scenario or its file cannot be read.
    """
    own = own_files(folder)
    if name_or_path in own:
        return _read(own[name_or_path])
    shipped = shipped_names()
    if name_or_path in shipped:
        return _load_shipped(name_or_path)
    path = Path(name_or_path)
    if path.suffix.lower() in _SUFFIXES:
        return _read(path)
    raise InputRefused(
        f"There is no scenario {in_quotes(name_or_path, 80)}."
        f"{did_you_mean(name_or_path, (*own, *shipped))} `grue scenarios list` "
        "lists all of them; or name a .toml or .txt file."
    )


def available(
    folder: Path | None = None, *, on_error: Callable[[str], object] = lambda _: None
) -> list[Scenario]:
    """Return every valid scenario, the player's own in `folder` first.

    `on_error` is called with a message for each of the player's own files that is not valid.
    """
    own = {}
    for name, path in own_files(folder).items():
        try:
            own[name] = _read(path)
        except InputRefused as error:
            on_error(str(error))
    return [*own.values(), *(_load_shipped(name) for name in shipped_names() if name not in own)]


def own_files(folder: Path | None) -> dict[str, Path]:
    """Return the files in the player's folder by name, those of packs included.

    A `.toml` file hides a `.txt` file of its name, and a file beside the packs one within them.
    """
    if folder is None:
        return {}
    try:
        if not folder.is_dir():
            return {}
        files = [path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES]
        packed = [file for pack in pack_folders(folder) for file in pack_files(pack)]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputRefused(
            f"The folder {clean_path(folder)} could not be read: {reason}."
        ) from error
    files.sort(key=lambda path: (path.stem, _SUFFIXES.index(path.suffix.lower())))
    return {clean_line(path.stem): path for path in (*packed, *files)}


def _read(path: Path) -> Scenario:
    parse = from_toml if path.suffix.lower() == ".toml" else from_text
    return parse(
        read_text(path, max_bytes=MAX_FILE_BYTES),
        name=clean_line(path.stem),
        source=clean_path(path),
    )


def _load_shipped(name: str) -> Scenario:
    file = f"{name}.toml"
    text = resources.files(__name__).joinpath(file).read_text("utf-8")
    return from_toml(text, name=name, source=file)
