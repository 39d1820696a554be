"""Read published Twine pages: Twine 2, and Twine 1 with its tiddlers. Nothing on a page is run."""

import codecs
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, build_graph, unique_names
from corpus_scraper.formats.html_tokens import End, Tag, tokens
from corpus_scraper.formats.story_file import (
    StoryFile,
    build_readable,
    load,
    read_text_head,
    size_limit,
)
from corpus_scraper.formats.twine.graph import parse_story
from corpus_scraper.formats.twine.passages import TwinePassage, TwineStory
from corpus_scraper.graph import StoryGraph

_SIGNS = (b"<tw-storydata", b"<tw-passagedata", b'id="storeArea"', b'id="store-area"', b" tiddler=")
_ESCAPED = re.compile(r"\\([nts])")
_UNESCAPED = {"n": "\n", "t": "\t", "s": "\\"}
_PAGE_TITLE = re.compile(r"<title>([^<]{1,500})</title>", re.IGNORECASE)


def stories(file: StoryFile) -> Iterator[StoryGraph]:
    """Yield the stories of a page, if it has any. Raises Unreadable where one is broken."""
    read = list(_twine_2(file)) or list(_twine_1(file))
    parts = unique_names(each.title for each in read) if len(read) > 1 else [""] * len(read)
    yield from build_readable(
        (replace(each, part=part) for each, part in zip(read, parts, strict=True)),
        lambda each: FORMAT.mark(build_graph(file, parse_story(file, each))),
        "story" if len(read) > 1 else "",
    )


def _elements(file: StoryFile, name: str, sign: str) -> Iterator[tuple[Tag, str]]:
    """Yield each element called `name` whose attributes contain `sign`, with its text.

    The tag of every `tw-storydata` is yielded too, with an empty text.
    """
    tag: Tag | None = None
    text: list[str] = []
    for token in tokens(file.text):
        match token:
            case Tag(name="tw-storydata"):
                yield token, ""
            case Tag() if token.name == name and sign in token.written:
                tag, text = token, []
            case End() if tag and token.name == name:
                yield tag, "".join(text)
                tag = None
            case str() if tag:
                text.append(token)


def _twine_2(file: StoryFile) -> Iterator[TwineStory]:
    """Yield the stories of Twine 2: the text of a passage is escaped once."""
    story: dict[str, str] | None = None
    passages: list[TwinePassage] = []
    start = ""
    for tag, text in _elements(file, "tw-passagedata", "") if "<tw-" in file.text.lower() else ():
        attributes = tag.attributes()
        if tag.name == "tw-storydata":
            if story is not None:
                yield _story(story, start, passages)
            story, passages, start = attributes, [], ""
        elif story is not None:
            passages.append(_passage(attributes, "name", text))
            if attributes.get("pid") and attributes.get("pid") == story.get("startnode"):
                start = passages[-1].name
    if story is not None:
        yield _story(story, start, passages)


def _story(attributes: dict[str, str], start: str, passages: Sequence[TwinePassage]) -> TwineStory:
    return TwineStory(
        attributes.get("name", ""), attributes.get("format", "").lower(), start, passages
    )


def _passage(attributes: dict[str, str], name: str, text: str) -> TwinePassage:
    tags = frozenset(attributes.get("tags", "").split())
    return TwinePassage(attributes.get(name, "").strip(), text, tags)


def _twine_1(file: StoryFile) -> Iterator[TwineStory]:
    """Yield the story of Twine 1: passages are escaped twice, and may be encoded with rot13."""
    elements = _elements(file, "div", "tiddler=") if " tiddler=" in file.text else ()
    passages = [
        _passage(tag.attributes(), "tiddler", _unescaped(text))
        for tag, text in elements
        if tag.name == "div"
    ]
    settings = next((each.text for each in passages if each.name == "StorySettings"), "")
    if "obfuscate:rot13" in settings.replace(" ", ""):
        passages = [_decode_rot13(each) for each in passages]
    if passages:
        title = next((each.text for each in passages if each.name == "StoryTitle"), "")
        page_title = _PAGE_TITLE.search(file.text)
        title = title or (html.unescape(page_title[1]) if page_title else "")
        yield TwineStory(title, "twine1", "Start", passages)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: _UNESCAPED[found[1]], text)


def _decode_rot13(passage: TwinePassage) -> TwinePassage:
    """Return a passage decoded from rot13, which the settings are never encoded with."""
    if passage.name == "StorySettings":
        return passage
    tags = frozenset(codecs.decode(tag, "rot13") for tag in passage.tags)
    name, text = (codecs.decode(each, "rot13") for each in (passage.name, passage.text))
    return TwinePassage(name, text, tags)


def _recognises(path: Path, head: bytes) -> bool:
    """Return whether this is a published page; its story may come after a long script."""
    if path.suffix.lower() not in {".html", ".htm", ".xhtml"}:
        return False
    return any(
        sign in whole for whole in (head, read_text_head(path, size_limit())) for sign in _SIGNS
    )


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    has_story = False
    for graph in stories(file):
        has_story = True
        yield graph
    if not has_story:
        raise file.unreadable("there is no Twine story on the page.")


FORMAT = Format("twine", _recognises, _parse)
