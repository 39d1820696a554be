"""What a file format is: its name, how content is recognised, and how it is read and written."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from dungeon.story import Adventure
from dungeon.transfer.imports import Imported


@dataclass(frozen=True, slots=True)
class Document:
    """A file, opened: its text, and the JSON in it where it is JSON."""

    name: str
    """The file's name, cleaned, for errors and titles."""
    text: str
    json: Any = None
    """The parsed document; None where the file is no JSON."""

    @property
    def stem(self) -> str:
        """The name without its extension, a title where the file has none."""
        return self.name.rpartition(".")[0] or self.name

    def has(self, *names: str) -> bool:
        """Return whether the document is an object with all these fields."""
        return isinstance(self.json, dict) and all(name in self.json for name in names)


class Part(Enum):
    """What an adventure holds, and an export may have no place for."""

    STORY = auto()
    """The turns from the opening to where the player stands."""
    REPLIES = auto()
    """The other replies to the actions of these turns."""
    BRANCHES = auto()
    MEMORY = auto()
    NOTE = auto()
    LORE = auto()
    STATE = auto()
    SUMMARY = auto()
    DICE = auto()
    """The attributes, and what rolls by itself."""
    CHECKPOINTS = auto()
    TAGS = auto()
    FOREIGN_FIELDS = auto()
    """What other programs' files held; each is kept for an export to its own format."""


EVERYTHING = tuple(Part)


@dataclass(frozen=True, slots=True)
class Format:
    """One file format. Each is a module of this package that defines one."""

    id: str
    """What `--format` takes."""
    title: str
    """The name that reports give it."""
    recognises: Callable[[Document], bool] | None = None
    """Whether a file is in this format, by its content; None where nothing in it would tell."""
    read: Callable[[Document], Imported] | None = None
    """Read a file. Raises InputRefused, naming file and place."""
    write: Callable[[Adventure], bytes] | None = None
    """Write an adventure, from its opening to where the player stands."""
    summary: str = ""
    """What an export holds, for help; empty where the format is only read."""
    extension: str = ""
    """Of the file that an export writes, without a dot."""
    keeps: tuple[Part, ...] = (Part.STORY,)
    """What an export holds; it reports the rest as dropped."""
    holds_fields_of: tuple[str, ...] = ()
    """The other formats whose kept fields an export holds, by their ids."""
    loses: Callable[[Adventure], Iterable[str]] = lambda _: ()
    """Return phrases for what an export drops of the parts that it holds."""
