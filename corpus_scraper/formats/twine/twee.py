"""Read stories in Twee, the text form of Twine: `:: Name [tags] {position}` and the text below.

A line of prose that starts with `::` is written `\\::`. Twee 3 and its predecessors are supported.
The files of a folder are one story if exactly one of them has a StoryTitle.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, build_graph
from corpus_scraper.formats.story_file import StoryFile, join_files, load, read_head
from corpus_scraper.formats.twine.graph import parse_story
from corpus_scraper.formats.twine.passages import TwinePassage, TwineStory
from corpus_scraper.graph import StoryGraph

SUFFIXES = frozenset({".twee", ".tw", ".twee2", ".tweego"})
"""File name extensions of Twee; published examples also use `.txt`."""

MAX_FILES = 500
"""Files of one story."""

_NAME = re.compile(r"(?:[^\\\[\]{}\n]|\\.){1,500}+")
_TAGS = re.compile(r"\[([^\]\n]{0,1000}+)\]")
_SIGN = re.compile(rb"(?m)^::[ \t]*[^\s:][^\n]{0,500}$")
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
    if path.suffix.lower() not in SUFFIXES:
        yield _story([load(path, root)])
        return
    files = _folder(path)
    if len(files) > MAX_FILES:
        raise load(path, root).unreadable(f"its story has more than {MAX_FILES} files.")
    if path == files[0]:
        yield _story([load(each, root) for each in files])


def _folder(path: Path) -> list[Path]:
    """Return the files of the story that `path` belongs to, with its first file first.

    Unless exactly one file of the folder has a StoryTitle, each file is a story.
    """
    files = sorted(each for each in path.parent.iterdir() if each.suffix.lower() in SUFFIXES)
    titled = [each for each in files if re.search(rb"(?m)^:: ?StoryTitle\b", _whole(each))]
    if len(titled) != 1:
        return [path]
    return [titled[0], *(each for each in files if each != titled[0])]


def _whole(path: Path) -> bytes:
    return read_head(path, 1024 * 1024)


def _story(files: Sequence[StoryFile]) -> StoryGraph:
    passages = [passage for file in files for passage in _passages(file)]
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
    return build_graph(file, parse_story(file, read))


def _passages(file: StoryFile) -> Iterator[TwinePassage]:
    header: TwinePassage | None = None
    lines: list[str] = []
    for line in file.text.split("\n"):
        if (next_header := _header(line)) is None:
            lines.append(line.removeprefix("\\") if line.startswith("\\::") else line)
            continue
        if header:
            yield replace(header, text="\n".join(lines).strip("\n"))
        header, lines = next_header, []
    if not header:
        raise file.unreadable("no line of it starts a passage, as `:: Start` does.")
    yield replace(header, text="\n".join(lines).strip("\n"))


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
