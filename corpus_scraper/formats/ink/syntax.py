"""The syntax tree of ink: statements of a script, and parts of a line."""

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
    """`{name}`: print a value."""

    expression: str


@dataclass(frozen=True, slots=True)
class Divert:
    """`-> a`, `-> a -> b`, `-> a ->`, `->->`."""

    targets: tuple[str, ...]
    """Tunnels, and finally the target; empty for the return from a tunnel."""
    comes_back: bool = False
    """Whether the last target is a tunnel too, after which this line continues."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One alternative in braces."""

    condition: str
    statements: tuple["Statement", ...]
    """Without changes of variables."""
    changes: frozenset[str] = frozenset()
    """Variables whose values may change in it."""


@dataclass(frozen=True, slots=True)
class Fork:
    """Conditional text or a sequence: braces that print one of several branches."""

    branches: tuple[Branch, ...]
    is_sequence: bool
    has_else: bool
    """Whether one of the branches is always taken."""
    is_block: bool
    """Whether it spans several lines."""


Part = Text | Glue | PrintValue | Divert | Fork


@dataclass(frozen=True, slots=True)
class Line:
    """A line of content."""

    parts: tuple[Part, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Option:
    """`* (label) {condition} text [only in the choice] only in the output`."""

    depth: int
    label: str
    conditions: tuple[str, ...]
    text: tuple[Part, ...]
    """What the player picks; empty for a fallback choice."""
    output: tuple[Part, ...]
    """What is printed after the choice was picked; empty where that repeats its text."""
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


@dataclass(frozen=True, slots=True)
class Change:
    """`~ x = 1`: variables whose values may change here."""

    names: frozenset[str]


Statement = Line | Option | Gather | Thread | Change


# ── Escapes ───────────────────────────────────────────────────────────────────────────────────────

_FIRST = 0xF000
"""Start of the private characters that stand for escaped ones while a script is parsed."""

_WRITTEN = {_FIRST + code: chr(code) for code in range(256)}


def escaped(character: str) -> str:
    """Return a stand-in for a character after a backslash, which has no meaning in the syntax."""
    return chr(_FIRST + ord(character)) if ord(character) < 256 else character


def unescaped(text: str) -> str:
    """Return `text` with the characters that stand-ins stand for."""
    return text.translate(_WRITTEN)
