"""Provides stories in Twee, the text form of Twine: `:: Name [tags] {position}` and prose below.

Reads Twee 3 and what came before it. The files of a folder are one story where one of them says
how it is called or begins. Knows nothing of what a passage says.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, build_graph
from corpus_scraper.formats.story_file import StoryFile, Unreadable, join_files, load, read_head
from corpus_scraper.formats.twine.graph import parse_story
from corpus_scraper.formats.twine.passages import TwinePassage, TwineStory
from corpus_scraper.graph import StoryGraph

SUFFIXES = frozenset({".twee", ".tw", ".twee2", ".tweego"})
"""What a Twee file's name ends in; published examples also end in `.txt`."""

MAX_FILES = 500
"""How many files one story may stand in."""

_NAME = re.compile(r"(?:[^\\\[\]{}\n]|\\.){1,500}+")
_TAGS = re.compile(r"\[([^\]\n]{0,1000}+)\]")
_SIGN = re.compile(rb"(?m)^::[ \t]*[^\s:][^\n]{0,500}$")
_ESCAPED = re.compile(r"\\(.)")
_DIALECTS = (
    ("harlowe", re.compile(r"\((?:set|if|display|link-goto|link|goto|print|go-to):")),
    ("sugarcube", re.compile(r"<<[a-z/=-]")),
    ("snowman", re.compile(r"<%")),
    (
        "chapbook",
        re.compile(r"^\[(?:if|else|continue|continued|cont|JavaScript)\b[^\[\]]*\]$", re.M),
    ),
)
_TOLD = re.compile(r"\b(harlowe|sugarcube|sugarcane|jonah|snowman|chapbook)\b", re.IGNORECASE)


def _recognises(path: Path, head: bytes) -> bool:
    if path.suffix.lower() in SUFFIXES:
        return bool(_SIGN.search(head))
    return path.suffix.lower() == ".txt" and head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"::")


def _read(path: Path, root: Path) -> Iterator[StoryGraph]:
    """Yield the story that `path` begins; nothing where it is a part of another file's story."""
    if path.suffix.lower() not in SUFFIXES:
        yield _story([load(path, root)])
        return
    files = _folder(path)
    if len(files) > MAX_FILES:
        raise load(path, root).unreadable(f"its story has more than {MAX_FILES} files.")
    if path == files[0]:
        yield _story([load(each, root) for each in files])


def _folder(path: Path) -> list[Path]:
    """Return the files of the story that `path` belongs to, the one that begins it first.

    Where no file or several of a folder say how a story is called, each file stands for itself.
    """
    files = sorted(each for each in path.parent.iterdir() if each.suffix.lower() in SUFFIXES)
    titled = [each for each in files if re.search(rb"(?m)^:: ?StoryTitle\b", _whole(each))]
    if len(titled) != 1:
        return [path]
    return [titled[0], *(each for each in files if each != titled[0])]


def _whole(path: Path) -> bytes:
    return read_head(path, 1024 * 1024)


@dataclass(frozen=True, slots=True)
class _Data:
    """What the passage StoryData tells of a story."""

    format: str = ""
    start: str = ""


def _story(files: Sequence[StoryFile]) -> StoryGraph:
    passages = [passage for file in files for passage in _passages(file)]
    file = join_files(list(files))
    texts = {passage.name: passage.text for passage in passages}
    data = _data(files[0], texts.get("StoryData", ""))
    hints = (
        texts.get("StorySettings", ""),
        texts.get("StoryTitle", ""),
        file.place.rpartition("/")[2],
    )
    told = _TOLD.search(" ".join(hints).replace("_", " "))
    read = TwineStory(
        texts.get("StoryTitle", "").strip(),
        data.format or (told[1].lower() if told else _dialect(passages)),
        data.start or "Start",
        passages,
    )
    return build_graph(file, parse_story(file, read))


def _passages(file: StoryFile) -> Iterator[TwinePassage]:
    header: TwinePassage | None = None
    lines: list[str] = []
    for line in file.text.split("\n"):
        if (begun := _header(line)) is None:
            lines.append(line)
            continue
        if header:
            yield replace(header, text="\n".join(lines).strip("\n"))
        header, lines = begun, []
    if not header:
        raise file.unreadable("no line of it begins a passage, as `:: Start` does.")
    yield replace(header, text="\n".join(lines).strip("\n"))


def _header(line: str) -> TwinePassage | None:
    """Return the passage that a line begins, still without its text; None where it begins none."""
    if not line.startswith("::"):
        return None
    written = line[2:].lstrip(" \t")
    named = _NAME.match(written)
    if not named or not named[0].strip():
        return None
    rest = written[named.end() :]
    tags = _TAGS.match(rest)
    name = re.sub(r"[ \t]*<[^<>]{0,100}>[ \t]*$", "", named[0])  # old files tell the place so
    told = frozenset(_ESCAPED.sub(r"\1", tags[1]).split()) if tags else frozenset()
    return TwinePassage(_ESCAPED.sub(r"\1", name).strip(), "", told)


def _data(file: StoryFile, text: str) -> _Data:
    """Return what StoryData tells. Raises Unreadable where it is no JSON object."""
    if not text.strip():
        return _Data()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(file) from error
    if not isinstance(value, dict):
        raise _broken(file)
    told = {key: said for key, said in value.items() if isinstance(said, str)}
    return _Data(told.get("format", "").lower(), told.get("start", ""))


def _broken(file: StoryFile) -> Unreadable:
    found_at = re.search(r"(?m)^:: ?StoryData\b", file.text)
    line = file.line_of(found_at.start()) if found_at else 0
    return file.unreadable("the passage StoryData is no JSON object.", line)


def _dialect(passages: Sequence[TwinePassage]) -> str:
    """Return the dialect that most passages show signs of."""
    counts = {
        name: sum(len(sign.findall(passage.text)) for passage in passages)
        for name, sign in _DIALECTS
    }
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else "harlowe"


FORMAT = Format("twee", _recognises, _read)
