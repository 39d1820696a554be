"""Provides ink's syntax as values: the statements of a script, and the parts of a line.

Knows nothing of how they are written, of names and where they lead, or of passages.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Text as it is printed."""

    text: str


@dataclass(frozen=True, slots=True)
class Glue:
    """`<>`: no break here."""


@dataclass(frozen=True, slots=True)
class PrintValue:
    """`{name}`: a value is printed."""

    expression: str


@dataclass(frozen=True, slots=True)
class Divert:
    """`-> a`, `-> a -> b`, `-> a ->`, `->->`."""

    targets: tuple[str, ...]
    """The tunnels on the way, and at last where it goes; empty for a tunnel's return."""
    comes_back: bool = False
    """Whether the last target is a tunnel too, after which this line goes on."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One wording of a pair of braces."""

    condition: str
    statements: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class Fork:
    """Braces that print one of several things: by a condition, or by how often one was here."""

    branches: tuple[Branch, ...]
    is_sequence: bool
    has_else: bool
    """Whether one of them is always taken."""
    is_block: bool
    """Whether it is written over several lines."""


Part = Text | Glue | PrintValue | Divert | Fork


@dataclass(frozen=True, slots=True)
class Line:
    """A line of content."""

    parts: tuple[Part, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Option:
    """`* (label) {condition} text [only picked] only said`."""

    depth: int
    label: str
    conditions: tuple[str, ...]
    picked: tuple[Part, ...]
    """What the player picks; empty for the way that is taken when nothing else is left."""
    said: tuple[Part, ...]
    """What is printed after it was picked; no words where that is what was picked, again."""
    number: int


@dataclass(frozen=True, slots=True)
class Gather:
    """`- (label)`: where loose ends meet."""

    depth: int
    label: str


@dataclass(frozen=True, slots=True)
class Thread:
    """`<- knot`: what a knot offers is offered here too."""

    target: str


Statement = Line | Option | Gather | Thread
