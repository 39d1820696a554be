"""Provides regression transcripts of games: tests with `>` commands and the text to be expected.

Every test of a file is a story of its own. What a test includes stands in that file once and is
not repeated; a pattern (`/We (take|get) it.`) is read as the plainest line it allows. The shape is
that of the RegTest tool for interactive fiction. Knows nothing of the games.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.formats.format import Format
from corpus_scraper.formats.graph_builder import title_of
from corpus_scraper.formats.pattern_examples import simplest_match
from corpus_scraper.formats.story_file import StoryFile, load
from corpus_scraper.formats.transcripts.transcript import played, steps_of
from corpus_scraper.graph import StoryGraph

NAME = "regtest"
VERSION = 1

_TEST = re.compile(rb"^\* ?[^\s*][^\n]*$", re.MULTILINE)
_COMMAND = re.compile(rb"^>", re.MULTILINE)
_KNOWN = re.compile(rb"^\*\* ?(?:game|interpreter|remformat)\b|^>\{include\}|regtest", re.MULTILINE)


@dataclass(slots=True)
class _Test:
    name: str
    lines: list[str] = field(default_factory=list)
    left_out: int = 0


def _recognises(path: Path, head: bytes) -> bool:
    signs = _TEST.search(head) and _COMMAND.search(head) and _KNOWN.search(head)
    return path.suffix.lower() in {"", ".txt", ".regtest"} and bool(signs)


def _read(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    tests = [test for test in _tests(file) if _tells(test)]
    if not tests:
        raise file.unreadable("no test in it expects any text.")
    title = title_of(file.place)
    for test in tests:
        note = f"{test.left_out} lines that only check or include were left out."
        yield played(
            file,
            NAME,
            VERSION,
            steps_of("\n".join(test.lines)),
            title=f"{title}: {test.name}",
            part=test.name,
            notes=(note,) if test.left_out else (),
        )


def _tells(test: _Test) -> bool:
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
    """Add what `line` lets the game say, if anything."""
    said: str | None = line
    match line[:1]:
        case ">" if line[1:].lstrip().startswith("{"):
            said = None
        case "/":
            said = simplest_match(line[1:])
        case "!" | "{":
            said = None
    if said is None:
        test.left_out += 1
    else:
        test.lines.append(said)


FORMAT = Format(NAME, _recognises, _read)
