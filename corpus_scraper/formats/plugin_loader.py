"""Load the story formats that installed packages declare as entry points.

A plugin must not break the import of other files: one that cannot be loaded, or that fails to
recognise a file, is left out with a sentence that names its package; an unexpected error while it
reads a file refuses that file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format
from corpus_scraper.formats.story_file import Unreadable, place_of
from corpus_scraper.graph import StoryGraph

GROUP = "grue.story_formats"
"""The entry point group; each entry point names a Format."""


@dataclass(frozen=True, slots=True)
class Plugins:
    """The formats that were loaded."""

    formats: tuple[Format, ...]
    problems: list[str]
    """A sentence for each plugin that was left out, so far."""


@cache
def load_plugins() -> Plugins:
    """Load every declared format, in the order of their names; once per process."""
    formats: list[Format] = []
    problems: list[str] = []
    for entry_point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        try:
            formats.append(_guard(_load(entry_point), entry_point, problems))
        except Exception as error:  # noqa: BLE001 - importing a plugin runs code of others
            problems.append(_problem(entry_point, "cannot be loaded", error))
    return Plugins(tuple(formats), problems)


def _load(entry_point: EntryPoint) -> Format:
    value = entry_point.load()
    if not isinstance(value, Format):
        raise TypeError(f"{entry_point.value} is not a Format")
    return value


def _problem(entry_point: EntryPoint, what: str, error: Exception) -> str:
    package = f"the package {entry_point.dist.name}" if entry_point.dist else "an unknown package"
    return (
        f"The story format {entry_point.name} of {package} {what} "
        f"({type(error).__name__}: {error}). Update or uninstall that package."
    )


def _guard(plugin: Format, entry_point: EntryPoint, problems: list[str]) -> Format:
    """Return `plugin` with its unexpected errors added to `problems` or turned into Unreadable."""
    has_failed = False

    def recognises(path: Path, head: bytes) -> bool:
        nonlocal has_failed
        try:
            return not has_failed and plugin.recognises(path, head)
        except Exception as error:  # noqa: BLE001 - see the module docstring
            has_failed = True
            problems.append(_problem(entry_point, f"failed to recognise {path.name}", error))
            return False

    def parse(path: Path, root: Path) -> Iterator[StoryGraph]:
        try:
            yield from plugin.parse(path, root)
        except Unreadable:
            raise
        except Exception as error:
            reason = f"the story format {plugin.name} failed ({type(error).__name__}: {error})."
            raise Unreadable(place_of(path, root), reason) from error

    return replace(plugin, recognises=recognises, parse=parse)
