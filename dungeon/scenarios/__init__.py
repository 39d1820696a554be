"""Load scenarios: those that ship with Grue, the player's own, and any file."""

from importlib import resources
from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.scenarios.parser import from_text, from_toml, own
from dungeon.scenarios.placeholders import fill, questions
from dungeon.story import Scenario
from dungeon.text import clean_line, clean_path
from dungeon.toml_file import read_text, suggest

__all__ = ["QUICK", "available", "fill", "load", "names", "own", "questions", "refused"]

QUICK = "lamp"
"""The opening that a quick start takes."""

_ENDINGS = (".txt", ".toml")


def names() -> tuple[str, ...]:
    """Return the names of the openings that Grue brings, in the order of the alphabet."""
    shipped = (entry.name for entry in resources.files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in shipped if name.endswith(".toml")))


def load(name_or_path: str, *, folder: Path | None = None) -> Scenario:
    """Return the opening of that name, or the one in the `.toml` or `.txt` file at that path.

    `folder` holds the player's own openings; one there stands before a shipped one of its name.
    Raises InputRefused where there is no such opening or its file cannot be read.
    """
    mine = _own_files(folder)
    if name_or_path in mine:
        return _read(mine[name_or_path])
    shipped = names()
    if name_or_path in shipped:
        return _shipped(name_or_path)
    path = Path(name_or_path)
    if path.suffix.lower() in _ENDINGS:
        return _read(path)
    known = sorted({*mine, *shipped})
    raise InputRefused(
        f'There is no opening "{clean_line(name_or_path)[:80]}".{suggest(name_or_path, known)} '
        f"Choose one of: {', '.join(known)}; or name a .toml or .txt file."
    )


def available(folder: Path | None = None) -> list[Scenario]:
    """Return every valid scenario, the player's own first; see `refused` for the rest."""
    mine = {}
    for name, path in _own_files(folder).items():
        try:
            mine[name] = _read(path)
        except InputRefused:
            continue  # one broken file must not hide the others
    return [*mine.values(), *(_shipped(name) for name in names() if name not in mine)]


def refused(folder: Path | None = None) -> list[str]:
    """Return a sentence for each of the player's own files that `available` leaves out."""
    sentences = []
    for path in _own_files(folder).values():
        try:
            _read(path)
        except InputRefused as error:
            sentences.append(str(error))
    return sentences


def _own_files(folder: Path | None) -> dict[str, Path]:
    """Return the player's own files by name; of two with one name the `.toml` file counts."""
    if folder is None:
        return {}
    try:
        if not folder.is_dir():
            return {}
        files = [path for path in folder.iterdir() if path.suffix.lower() in _ENDINGS]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputRefused(
            f"The folder {clean_path(folder)} could not be read: {reason}."
        ) from error
    files.sort(key=lambda path: (path.stem, _ENDINGS.index(path.suffix.lower())))
    return {clean_line(path.stem): path for path in files}


def _read(path: Path) -> Scenario:
    reader = from_toml if path.suffix.lower() == ".toml" else from_text
    return reader(read_text(path), name=clean_line(path.stem), source=clean_path(path))


def _shipped(name: str) -> Scenario:
    file = f"{name}.toml"
    text = resources.files(__name__).joinpath(file).read_text("utf-8")
    return from_toml(text, name=name, source=file)
