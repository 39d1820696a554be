"""Clean text from outside: models, imports, pages, names, errors. The only gate for it.

Works by code point: a text cleaned whole and the same text cleaned in chunks are equal.
"""

import re
from collections.abc import Iterable
from pathlib import Path

_QUOTED = re.compile(r"\A(['\"])(.*)\1\Z", re.DOTALL)


def _dropped() -> Iterable[int]:
    """Yield every code point that can steer a terminal, hide text or break a file."""
    yield from (c for c in range(0x20) if chr(c) not in "\n\t")  # C0, ESC and CR among them
    yield from range(0x7F, 0xA0)  # DEL and C1
    yield 0xAD  # soft hyphen: invisible, splits words
    yield 0x061C  # Arabic letter mark
    yield 0x180E  # Mongolian vowel separator
    yield from range(0x200B, 0x200D)  # zero-width space and non-joiner; the joiner binds emoji
    yield from range(0x200E, 0x2010)  # left-to-right and right-to-left marks
    yield from range(0x202A, 0x202F)  # bidirectional embeddings and overrides
    yield from range(0x2060, 0x2070)  # word joiner, invisible operators, isolates
    yield from range(0xD800, 0xE000)  # lone surrogates cannot be saved as UTF-8
    yield from range(0xFFF9, 0xFFFC)  # interlinear annotation
    yield from (0xFEFF, 0xFFFE, 0xFFFF)  # byte-order mark, non-characters
    yield from range(0xE0000, 0xE0080)  # tag characters


_TABLE: dict[int, str | None] = dict.fromkeys(_dropped()) | {
    0x2028: "\n",  # line separator
    0x2029: "\n",  # paragraph separator
}


def clean(text: str) -> str:
    """Return `text` without control, bidirectional, invisible and unsavable characters.

    Newlines and tabs stay; `\\r\\n` becomes `\\n`. `clean(a) + clean(b) == clean(a + b)`.
    """
    return text.translate(_TABLE)


def clean_line(text: str) -> str:
    """Return `text` cleaned and folded onto one line: for titles, names and remote errors."""
    return " ".join(clean(text).split())


def clean_path(path: Path) -> str:
    """Return `path` as text that is safe to show on one line."""
    return clean_line(str(path))


def typed_path(typed: str) -> Path:
    """Return a path as a player typed it; terminals put one that is dropped on them in quotes."""
    return Path(_QUOTED.sub(r"\2", typed.strip())).expanduser()
