"""Read stories in Twee, the text form of Twine: `:: Name [tags] {position}` and the text below.

A line of prose that starts with `::` is written `\\::`. Twee 3 and its predecessors are supported.
The files of a folder are one story if exactly one of them has a StoryTitle; a file with another
start passage than that story's is a story of its own.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from corpus_scraper.formats.folder_memory import find_once
from corpus_scraper.formats.graph_builder import Format, build_graph
from corpus_scraper.formats.story_file import (
    Refusals,
    StoryFile,
    join_files,
    load,
    read_head,
)
from corpus_scraper.formats.twine.graph import parse_story
from corpus_scraper.formats.twine.passages import TwinePassage, TwineStory
from corpus_scraper.graph import StoryGraph
from dungeon.text.error_words import in_quotes

SUFFIXES = frozenset({".twee", ".tw", ".twee2", ".tweego"})
"""File name extensions of Twee; published examples also use `.txt`."""

MAX_FILES = 500
"""Files of one story."""

_NAME = re.compile(r"(?:[^\\\[\]{}\n]|\\.){1,500}+")
_TAGS = re.compile(r"\[([^\]\n]{0,1000}+)\]")
_SIGN = re.compile(rb"(?m)^::[ \t]*[^\s:][^\n]{0,500}$")
_TITLE = re.compile(rb"(?m)^::[ \t]*StoryTitle\b")
_START = re.compile(rb'"start"\s*:\s*"([^"\n]{1,200})"')
_ESCAPED = re.compile(r"\\(.)")
_MACROS = (
    ("harlowe", re.compile(r"\((?:set|if|display|link-goto|link|goto|print|go-to):")),
    ("sugarcube", re.compile(r"<<[a-z/=-]")),
    ("snowman", re.compile(r"<%")),
    (
        "chapbook",
        re.compile(r"^\[(?:if|else|continue|continued|cont|JavaScript)\b[^\[\]]*\]$", re.M),
    ),
)
_FORMAT_NAME = re.compile(
    r"\b(harlowe|sugarcube|sugarcane|jonah|snowman|chapbook)\b", re.IGNORECASE
)


def _recognises(path: Path, head: bytes) -> bool:
    if path.suffix.lower() in SUFFIXES:
        return bool(_SIGN.search(head))
    return path.suffix.lower() == ".txt" and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"::")


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    """Yield the story that starts in `path`; nothing if it is part of another file's story."""
    parts = find_once(_joined, path.parent) if path.suffix.lower() in SUFFIXES else {}
    if path not in parts:
        yield from _stories([load(path, root)])
        return
    if len(parts) > MAX_FILES:
        raise load(path, root).unreadable(f"its story has more than {MAX_FILES} files.")
    if path == next(iter(parts)):
        yield from _stories([load(each, root) for each in parts])


def _joined(folder: Path) -> dict[Path, None]:
    """Return the files of the folder that are one story, as keys, with its first file first.

    Unless exactly one file of the folder has a StoryTitle, each file is a story: then there are
    none.
    """
    inside = (each for each in folder.iterdir() if not each.is_symlink())
    files = sorted(each for each in inside if each.suffix.lower() in SUFFIXES)
    titled = (each for each in files if _TITLE.search(_whole(each)))
    first, second = next(titled, None), next(titled, None)
    if first is None or second is not None:  # known without reading the others
        return {}
    named = _START.search(_whole(first))
    start = re.compile(
        rb"(?m)^::[ \t]*%s[ \t]*(?:[\[{<]|\r?$)" % re.escape(named[1] if named else b"Start")
    )
    parts: dict[Path, None] = {first: None}
    has_start = bool(start.search(_whole(first)))
    for each in files:
        if each == first:
            continue
        starts = bool(start.search(_whole(each)))
        if not (starts and has_start):
            parts[each] = None
        has_start = has_start or starts
    return parts


def _whole(path: Path) -> bytes:
    return read_head(path, 1024 * 1024)


def _stories(files: Sequence[StoryFile]) -> Iterator[StoryGraph]:
    """Yield the story of `files`. Raises Unreadable after it for what is no part of it."""
    refusals = Refusals()
    passages = _all_passages(files, refusals)
    yield _story(files, passages)
    refusals.raise_all()


def _all_passages(files: Sequence[StoryFile], refusals: Refusals) -> list[TwinePassage]:
    """Return the passages of a story; of several with one name the first, and why not the others.

    Links can only lead to one of them.
    """
    kept: list[TwinePassage] = []
    first: dict[str, tuple[str, str]] = {}
    for file in files:
        for line, passage in _passages(file):
            if passage.is_story and passage.name in first:
                place, text = first[passage.name]
                if text != passage.text:
                    reason = (
                        f"there is a passage {in_quotes(passage.name[:80])} already, in {place}"
                    )
                    refusals.add(file.unreadable(f"{reason}. Rename one of them.", line))
                continue
            first[passage.name] = f"{file.place}, line {line}", passage.text
            kept.append(passage)
    return kept


def _story(files: Sequence[StoryFile], passages: Sequence[TwinePassage]) -> StoryGraph:
    file = join_files(list(files))
    texts = {passage.name: passage.text for passage in passages}
    data = _story_data(files[0], texts.get("StoryData", "").strip())
    hints = (
        texts.get("StorySettings", ""),
        texts.get("StoryTitle", ""),
        file.place.rpartition("/")[2],
    )
    named = _FORMAT_NAME.search(" ".join(hints).replace("_", " "))
    read = TwineStory(
        texts.get("StoryTitle", "").strip(),
        data.get("format", "").lower() or (named[1].lower() if named else _guess_format(passages)),
        data.get("start", "") or "Start",
        passages,
    )
    parsed = parse_story(file, read)
    if len(files) > 1:
        names = ", ".join(each.place.rpartition("/")[2] for each in files)
        parsed = replace(parsed, notes=(*parsed.notes, f"Joined from {len(files)} files: {names}."))
    return build_graph(file, parsed)


def _passages(file: StoryFile) -> Iterator[tuple[int, TwinePassage]]:
    """Yield each passage with the line of its header."""
    header: TwinePassage | None = None
    lines: list[str] = []
    at = 0
    for number, line in enumerate(file.text.split("\n"), 1):
        if (next_header := _header(line)) is None:
            lines.append(line.removeprefix("\\") if line.startswith("\\::") else line)
            continue
        if header:
            yield at, replace(header, text="\n".join(lines).strip("\n"))
        header, lines, at = next_header, [], number
    if not header:
        raise file.unreadable("no line of it starts a passage, as `:: Start` does.")
    yield at, replace(header, text="\n".join(lines).strip("\n"))


def _header(line: str) -> TwinePassage | None:
    """Return the passage that a header line starts, without its text; None for another line."""
    if not line.startswith("::") or line.startswith(":::"):
        return None
    written = line[2:].lstrip(" \t")
    named = _NAME.match(written)
    if not named or not named[0].strip():
        return None
    rest = written[named.end() :]
    tags = _TAGS.match(rest)
    name = re.sub(r"[ \t]*<[^<>]{0,100}>[ \t]*$", "", named[0])  # old files have the position here
    names = frozenset(_ESCAPED.sub(r"\1", tags[1]).split()) if tags else frozenset()
    return TwinePassage(_ESCAPED.sub(r"\1", name).strip(), "", names)


def _story_data(file: StoryFile, text: str) -> dict[str, str]:
    """Return the strings in StoryData. Raises Unreadable where it is no JSON object."""
    try:
        value = json.loads(text or "{}")
        return {key: each for key, each in value.items() if isinstance(each, str)}
    except (ValueError, RecursionError, AttributeError) as error:
        header = re.search(r"(?m)^:: ?StoryData\b", file.text)
        line = file.line_of(header.start()) if header else 0
        raise file.unreadable("the passage StoryData is no JSON object.", line) from error


def _guess_format(passages: Sequence[TwinePassage]) -> str:
    """Return the story format that most macros belong to."""
    counts = {
        name: sum(len(sign.findall(passage.text)) for passage in passages) for name, sign in _MACROS
    }
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else "harlowe"


FORMAT = Format("twee", _recognises, _parse)
