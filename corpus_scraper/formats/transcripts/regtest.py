"""Read regression transcripts of games: tests with `>` commands and the output they expect.

The format is that of the RegTest tool for interactive fiction. Each test of a file is a story. A
test included by others is read once, and a pattern (`/We (take|get) it.`) becomes the plainest line
that it matches.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, title_from_name
from corpus_scraper.formats.placeholders import NEUTRAL
from corpus_scraper.formats.story_file import StoryFile, load
from corpus_scraper.formats.transcripts.program_text import strip_program_text
from corpus_scraper.formats.transcripts.transcript import build_transcript, parse_exchanges
from corpus_scraper.graph import StoryGraph
from dungeon.text.counts import count

_TEST = re.compile(rb"^\* ?[^\s*][^\n]*$", re.MULTILINE)
_COMMAND = re.compile(rb"^>", re.MULTILINE)
_KNOWN = re.compile(rb"^\*\* ?(?:game|interpreter|remformat)\b|^>\{include\}|regtest", re.MULTILINE)


@dataclass(slots=True)
class _Test:
    name: str
    lines: list[str] = field(default_factory=list)
    left_out: int = 0


def _recognises(path: Path, head: bytes) -> bool:
    has_signs = _TEST.search(head) and _COMMAND.search(head) and _KNOWN.search(head)
    return path.suffix.lower() in {"", ".txt", ".regtest"} and bool(has_signs)


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    tests = [test for test in _tests(file) if _expects_text(test)]
    if not tests:
        raise file.unreadable("no test in it expects any text.")
    for test in tests:
        note = f"Left out: {count(test.left_out, 'line')} of checks or includes."
        played = strip_program_text("\n".join(test.lines))
        yield build_transcript(
            file,
            parse_exchanges(played.text),
            title=f"{title_from_name(file.place)}: {test.name}",
            part=test.name,
            notes=(*played.notes, note) if test.left_out else played.notes,
        )


FORMAT = Format("regtest", _recognises, _parse)


def _expects_text(test: _Test) -> bool:
    return any(line.strip() and not line.startswith(">") for line in test.lines)


def _tests(file: StoryFile) -> list[_Test]:
    """Return the tests; lines before the first one are options."""
    tests: dict[str, _Test] = {}
    test = _Test("")
    for line in file.text.split("\n"):
        if line.startswith("* "):
            name = line[2:].strip()
            test = tests.setdefault(name, _Test(name))
        elif not line.startswith(("#", "**")):
            _add(test, line)
    return list(tests.values())


def _add(test: _Test, line: str) -> None:
    """Add the output that `line` expects, if any."""
    output: str | None = line
    match line[:1]:
        case ">" if line[1:].lstrip().startswith("{"):
            output = None
        case "/":
            output = simplest_match(line[1:])
        case "!" | "{":
            output = None
    if output is None:
        test.left_out += 1
    else:
        test.lines.append(output)


# ── Patterns ─────────────────────────────────────────────────────────────────────────────────────

_OPEN_END = re.compile(r"[^.!?\"'”)]\s*\.\*$")
"""A pattern that leaves the end of a sentence open."""

_ARTICLE = re.compile(rf"\b(?:an?|the) {NEUTRAL}\b", re.IGNORECASE)
_MAX_LENGTH = 4_000
_MAX_DEPTH = 20


def simplest_match(pattern: str) -> str | None:
    """Return the plainest text that `pattern` matches, or None where that is no prose.

    `We (take|get) the( heavy)? arm.` gives `We take the arm.` Only groups, alternatives, `?`, `*`,
    `+` and sets are understood. A full stop is a full stop, as it is in prose.
    """
    if len(pattern) > _MAX_LENGTH:
        return None
    try:
        text, end = _alternatives(pattern, 0, 0)
    except _NoProse:
        return None
    if end != len(pattern) or _OPEN_END.search(pattern):
        return None
    text = _ARTICLE.sub(NEUTRAL, " ".join(text.split()))
    return text if any(map(str.isalnum, text)) else None


class _NoProse(Exception):
    """A pattern is broken, or matches nothing that is prose."""


def _alternatives(pattern: str, at: int, depth: int) -> tuple[str, int]:
    """Return the first alternative from `at`, and where its group ends."""
    if depth > _MAX_DEPTH:
        raise _NoProse
    first, at = _sequence(pattern, at, depth)
    while pattern[at : at + 1] == "|":
        _, at = _sequence(pattern, at + 1, depth)
    return first, at


def _sequence(pattern: str, at: int, depth: int) -> tuple[str, int]:
    pieces: list[str] = []
    while at < len(pattern) and pattern[at] not in "|)":
        piece, at = _piece(pattern, at, depth)
        quantifier = pattern[at : at + 1]
        if quantifier in ("?", "*", "+"):
            at += 1
            piece = "" if quantifier != "+" else NEUTRAL if piece == "." else piece
        pieces.append(piece)
    return "".join(pieces), at


def _piece(pattern: str, at: int, depth: int) -> tuple[str, int]:
    match pattern[at]:
        case "(":
            start = at + 3 if pattern.startswith("(?:", at) else at + 1
            text, end = _alternatives(pattern, start, depth + 1)
            if pattern[end : end + 1] != ")":
                raise _NoProse
            return text, end + 1
        case "[":
            end = pattern.find("]", at + 2)
            if end < 0:
                raise _NoProse
            return NEUTRAL, end + 1
        case "\\":
            return _escaped(pattern[at + 1 : at + 2]), at + 2
        case "^" | "$":
            return "", at + 1
    return pattern[at], at + 1


def _escaped(character: str) -> str:
    match character:
        case "s":
            return " "
        case "w" | "d" | "S":
            return NEUTRAL
        case "" | "b" | "B" | "A" | "Z":
            return ""
    return character
