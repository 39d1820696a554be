"""Read stories written in ink from their source: knots, stitches, choices, gathers, includes.

A file that another one in its folder includes is part of that one's story. Nothing is computed:
conditions are kept as written, and where text depends on values, the first variant is kept.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, build_graph
from corpus_scraper.formats.ink.parser import InkSyntaxError, parse_statements, strip_comments
from corpus_scraper.formats.ink.syntax import Statement, unescaped
from corpus_scraper.formats.ink.weave import InkWriter
from corpus_scraper.formats.placeholders import literal
from corpus_scraper.formats.story_file import StoryFile, Unreadable, join_files, load
from corpus_scraper.graph import StoryGraph

MAX_FILES = 200
"""Files of one story."""

_INCLUDE = re.compile(r"^[ \t]*INCLUDE[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)
_HEAD = re.compile(
    r"^[ \t]*(?P<bars>=+)[ \t]*(?P<function>function\b[ \t]*)?(?P<name>\w+)[^\n]*", re.MULTILINE
)
_VALUE = re.compile(r"^[ \t]*(?:VAR|CONST|~[ \t]*temp|~)[ \t]*(\w+)[ \t]*=(?!=)(.*)$", re.MULTILINE)
_SWITCH = re.compile(r"^[ \t]*(?:VAR|CONST)[ \t]+(\w+)[ \t]*=[ \t]*(true|false)\b", re.MULTILINE)
_CHANGED = re.compile(r"~[ \t]*(\w+)[ \t]*(?:[+*/-]?=(?!=)|\+\+|--)|[(,][ \t]*(\w+)(?=[ \t]*[,)])")
"""A variable that is assigned, or passed to a function, which may change it."""

_TAG = re.compile(r"^[ \t]*#[ \t]*(title|author)[ \t]*:[ \t]*(.+)$", re.MULTILINE | re.IGNORECASE)

_Refusal = Callable[[str, int], Unreadable]


def _recognises(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".ink" and b"\0" not in head


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    """Yield the story of the script at `path`; nothing where another script includes it."""
    if _is_included(path, root):
        return
    script = _Script()
    files = script.add(path, root)
    whole = join_files(files)
    writer = InkWriter(script.values, _constants([file.text for file in files]))
    writer.write_part("", "", script.main)
    for part in script.parts:
        writer.write_part(part.knot, part.stitch, part.statements)
    tags = {key.lower(): value for file in files for key, value in _TAG.findall(file.text)}
    yield build_graph(whole, writer.parsed(tags.get("title", ""), author=tags.get("author", "")))


FORMAT = Format("ink", _recognises, _parse)


def _is_included(path: Path, root: Path) -> bool:
    """Return whether another script of the folder includes this one."""
    for other in sorted(path.parent.glob("*.ink")):
        if other == path or not other.is_file():
            continue
        try:
            text = load(other, root).text
        except Unreadable:
            continue
        if any((other.parent / name) == path for name in _INCLUDE.findall(text)):
            return True
    return False


def _constants(texts: list[str]) -> dict[str, bool]:
    """Return the variables that are declared true or false and never changed."""
    whole = "\n".join(texts)
    declared = {name: value == "true" for name, value in _SWITCH.findall(whole)}
    changed = {name for pair in _CHANGED.findall(whole) for name in pair}
    return {name: value for name, value in declared.items() if name not in changed}


@dataclass(frozen=True, slots=True)
class _Part:
    """The statements of a knot or stitch."""

    knot: str
    stitch: str
    statements: tuple[Statement, ...]


@dataclass(slots=True)
class _Script:
    """A script with its includes: the statements outside of knots, then the knots."""

    main: list[Statement] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    seen: set[Path] = field(default_factory=set)

    def add(self, path: Path, root: Path) -> list[StoryFile]:
        """Add the script at `path` and its includes; return the files."""
        self.seen.add(path)
        file = load(path, root)
        files = [file]
        try:
            text = strip_comments(file.text)
            for found in _INCLUDE.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                files += self._include(path, root, file.unreadable, found.group(1), line)
            self._split(text)
        except InkSyntaxError as error:
            raise file.unreadable(str(error), error.line) from error
        for name, value in _VALUE.findall(text):
            if text_ := literal(value):
                self.values.setdefault(name, unescaped(text_))
        return files

    def _include(
        self, path: Path, root: Path, unreadable: _Refusal, name: str, line: int
    ) -> list[StoryFile]:
        included = path.parent / name
        try:
            is_there = included.resolve().is_relative_to(root.resolve()) and included.is_file()
        except (OSError, ValueError):  # a name that no file can have
            is_there = False
        if not is_there:
            raise unreadable(f"the included file {name} is not there.", line)
        if len(self.seen) >= MAX_FILES:
            raise unreadable(f"more than {MAX_FILES} files are included.", line)
        return [] if included in self.seen else self.add(included, root)

    def _split(self, text: str) -> None:
        """Add the text of a file, split at the lines that start a knot or a stitch."""
        heads = list(_HEAD.finditer(text))
        ends = [*(head.start() for head in heads[1:]), len(text)][: len(heads)]
        before = text[: heads[0].start()] if heads else text
        self.main += parse_statements(before, 1)
        knot, is_function = "", False
        for head, end in zip(heads, ends, strict=True):
            stitch = ""
            if len(head.group("bars")) > 1:
                knot, is_function = head.group("name"), bool(head.group("function"))
            else:
                stitch = head.group("name")
            if not is_function:
                first = text.count("\n", 0, head.end()) + 1
                body = parse_statements(text[head.end() : end], first)
                self.parts.append(_Part(knot, stitch, body))
