"""Provides the stories of published Twine pages: Twine 2, and the older Twine 1 with its tiddlers.

The page is read tag by tag and nothing of it is run. Knows nothing of what a passage says.
"""

import codecs
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, build_graph, unique_names
from corpus_scraper.formats.html_tokens import End, Tag, tokens
from corpus_scraper.formats.story_file import MAX_BYTES, StoryFile, load, read_head
from corpus_scraper.formats.twine.graph import parse_story
from corpus_scraper.formats.twine.passages import TwinePassage, TwineStory
from corpus_scraper.graph import StoryGraph

_SIGNS = (b"<tw-storydata", b"<tw-passagedata", b'id="storeArea"', b'id="store-area"', b" tiddler=")
_ESCAPED = re.compile(r"\\([nts])")
_UNESCAPED = {"n": "\n", "t": "\t", "s": "\\"}
_PAGE_TITLE = re.compile(r"<title>([^<]{1,500})</title>", re.IGNORECASE)


def stories(file: StoryFile) -> Iterator[StoryGraph]:
    """Yield the stories of a page; none where it holds none.

    Raises Unreadable where one is broken.
    """
    read = list(_twine_2(file)) or list(_twine_1(file))
    parts = unique_names(each.title for each in read) if len(read) > 1 else [""] * len(read)
    for each, part in zip(read, parts, strict=True):
        yield FORMAT.mark(build_graph(file, parse_story(file, replace(each, part=part))))


@dataclass(slots=True)
class _Open:
    """A story of a page, while it is read."""

    attributes: dict[str, str]
    passages: list[TwinePassage] = field(default_factory=list)
    start: str = ""


def _twine_2(file: StoryFile) -> Iterator[TwineStory]:
    """Yield the stories of Twine 2: the text of each passage is one escaped text."""
    read: list[_Open] = []
    passage: Tag | None = None
    text: list[str] = []
    for token in tokens(file.text) if "<tw-" in file.text.lower() else ():
        match token:
            case Tag(name="tw-storydata"):
                read.append(_Open(token.attributes()))
            case Tag(name="tw-passagedata") if read:
                passage, text = token, []
            case End(name="tw-passagedata") if read and passage:
                _add_passage(read[-1], passage, "".join(text))
                passage = None
            case str() if passage:
                text.append(token)
    for each in read:
        told = each.attributes
        yield TwineStory(
            told.get("name", ""), told.get("format", "").lower(), each.start, each.passages
        )


def _add_passage(read: _Open, tag: Tag, text: str) -> None:
    told = tag.attributes()
    name = told.get("name", "").strip()
    if told.get("pid") and told.get("pid") == read.attributes.get("startnode"):
        read.start = name
    read.passages.append(TwinePassage(name, text, frozenset(told.get("tags", "").split())))


def _twine_1(file: StoryFile) -> Iterator[TwineStory]:
    """Yield the story of Twine 1: passages are escaped a second time, perhaps also by rot13."""
    passages: list[TwinePassage] = []
    tag: Tag | None = None
    text: list[str] = []
    for token in tokens(file.text) if " tiddler=" in file.text else ():
        match token:
            case Tag(name="div") if "tiddler=" in token.written:
                tag, text = token, []
            case End(name="div") if tag:
                told = tag.attributes()
                passages.append(
                    TwinePassage(
                        told.get("tiddler", "").strip(),
                        _unescaped("".join(text)),
                        frozenset(told.get("tags", "").split()),
                    )
                )
                tag = None
            case str() if tag:
                text.append(token)
    settings = next((each.text for each in passages if each.name == "StorySettings"), "")
    if "obfuscate:rot13" in settings.replace(" ", ""):
        passages = [_turned(each) for each in passages]
    if passages:
        title = next((each.text for each in passages if each.name == "StoryTitle"), "")
        page_title = _PAGE_TITLE.search(file.text)
        yield TwineStory(
            title or (html.unescape(page_title[1]) if page_title else ""),
            "twine1",
            "Start",
            passages,
        )


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda parse_story: _UNESCAPED[parse_story[1]], text)


def _turned(passage: TwinePassage) -> TwinePassage:
    """Return a passage whose letters were turned by thirteen places, as they were."""
    if passage.name == "StorySettings":
        return passage
    tags = frozenset(codecs.decode(tag, "rot13") for tag in passage.tags)
    name, text = (codecs.decode(each, "rot13") for each in (passage.name, passage.text))
    return TwinePassage(name, text, tags)


def _recognises(path: Path, head: bytes) -> bool:
    """Return whether this is a published page; its story may stand after a long script."""
    if path.suffix.lower() not in {".html", ".htm", ".xhtml"}:
        return False
    return any(sign in whole for whole in (head, read_head(path, MAX_BYTES)) for sign in _SIGNS)


def _read(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    found_any = False
    for graph in stories(file):
        found_any = True
        yield graph
    if not found_any:
        raise file.unreadable("there is no Twine story on the page.")


FORMAT = Format("twine", _recognises, _read)
