import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.formats.books import epub, single_file
from corpus_scraper.formats.books import folder as novel_folder
from corpus_scraper.formats.story_file import Unreadable
from tests.corpus_scraper.formats.playing import (
    CORPUS,
    WHY_SKIPPED,
    only,
    play,
    stories,
    written,
)
from tests.patience import not_endless

LONG = "The road went on and on, and nobody that we asked could say where it would end. " * 8


def xhtml(kind: str, body: str, *, language: str = "en-GB") -> str:
    return (
        '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY boom "x">]>'
        f'<html xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="{language}"><head>'
        f'<title>T</title></head><body epub:type="{kind}">{body}</body></html>'
    )


TITLE = xhtml(
    "frontmatter titlepage",
    '<h1>The Long Road</h1><p>By <b epub:type="z3998:author">A. N. Other</b>.</p>',
)
ONE = xhtml(
    "bodymatter chapter",
    '<h2>I</h2><p>It began<a href="n.xhtml" epub:type="noteref">1</a> in <i>May</i>.</p>'
    f"<p>{LONG}</p>",
)
TWO = xhtml("bodymatter chapter", "<h2>II</h2><blockquote><p>Sing,<br/>O road.</p></blockquote>")
NOTES = xhtml("backmatter endnotes", "<h2>Endnotes</h2><p>1. That is a note.</p>")
BOOK = {
    "text/chapter-10.xhtml": TWO.replace("II", "X"),
    "text/chapter-2.xhtml": TWO,
    "text/chapter-1.xhtml": ONE,
    "text/titlepage.xhtml": TITLE,
    "text/endnotes.xhtml": NOTES,
}


def test_a_folder_of_pages_is_a_book_in_order(tmp_path: Path) -> None:
    written(tmp_path, BOOK)
    story = only(novel_folder.FORMAT, tmp_path)
    assert (story.title, story.author, story.language) == ("The Long Road", "A. N. Other", "en-GB")
    assert [passage.id for passage in story.passages] == ["I", "II", "X"]
    assert play(story).startswith("It began in May.\n\nThe road went on")
    assert story.passages[1].text == "Sing,\nO road."
    assert [passage.ending for passage in story.passages] == [False, False, True]
    assert all(not way.text for way in story.choices)


def test_the_stories_of_a_collection_are_stories_of_their_own(tmp_path: Path) -> None:
    kind = "bodymatter se:short-story"
    pages = {
        f"text/{name}.xhtml": xhtml(kind, f"<h2>{title}</h2><h3>I</h3><p>{LONG}</p>")
        for name, title in (("a-day", "A Day"), ("night", "Night"))
    }
    found = stories(novel_folder.FORMAT, written(tmp_path, pages | BOOK).parent.parent)
    assert [story.title for story in found] == ["The Long Road"]  # most of it is a novel
    for name in ("1", "2", "10"):
        (tmp_path / "text" / f"chapter-{name}.xhtml").unlink()
    found = stories(novel_folder.FORMAT, tmp_path)
    assert [(story.title, story.id.partition("#")[2]) for story in found] == [
        ("A Day", "A Day"),
        ("Night", "Night"),
    ]


def test_a_folder_that_is_no_book_is_not_taken_for_one(tmp_path: Path) -> None:
    written(tmp_path, {"text/readme.txt": "Hello."})
    assert not novel_folder.FORMAT.recognises(tmp_path, b"")


# ── EPUB ─────────────────────────────────────────────────────────────────────────────────────────

CONTAINER = '<container><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></container>'
PACKAGE = """<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>
<dc:title>The Long Road</dc:title><dc:creator>A. N. Other</dc:creator><dc:language>en</dc:language>
<dc:rights>Licensed under https://creativecommons.org/licenses/by/4.0/</dc:rights></metadata>
<manifest><item id="b" href="two%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>
<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>
<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>"""
PARTS = {
    "META-INF/container.xml": CONTAINER,
    "OPS/book.opf": PACKAGE,
    "OPS/one.xhtml": ONE,
    "OPS/two b.xhtml": TWO,
    "OPS/nav.xhtml": "<p>I II</p>",
}


def book(folder: Path, parts: dict[str, str | bytes]) -> Path:
    path = folder / "road.epub"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for name, part in parts.items():
            archive.writestr(name, part)
    return path


def test_an_epub_is_read_in_the_order_of_its_spine(tmp_path: Path) -> None:
    story = only(epub.FORMAT, book(tmp_path, PARTS))
    assert (story.title, story.author, story.language) == ("The Long Road", "A. N. Other", "en")
    assert story.licence == "CC-BY-4.0"
    assert [passage.id for passage in story.passages] == ["I", "II"]
    assert len(story.source.sha256) == 64


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ({}, "container.xml is missing"),
        (PARTS | {"META-INF/container.xml": "<x/>"}, "is missing"),
        (PARTS | {"OPS/one.xhtml": b"\xff\xfe\x00"}, "one.xhtml in it is not UTF-8"),
        (PARTS | {"OPS/one.xhtml": "", "OPS/two b.xhtml": ""}, "no prose"),
        (PARTS | {"OPS/one.xhtml": "<p>" + "a" * 9_000_000}, "more text than any book"),
        (
            PARTS | {"META-INF/encryption.xml": "<x/>", "META-INF/rights.xml": "<x/>"},
            "copy protection",
        ),
    ],
    ids="empty rootless bytes wordless bomb locked".split(),
)
def test_a_broken_epub_is_refused_at_once(tmp_path: Path, parts: dict[str, str], why: str) -> None:
    path = book(tmp_path, parts)
    with not_endless(), pytest.raises(Unreadable, match=why):
        stories(epub.FORMAT, path)


def test_an_epub_that_promises_a_million_files_is_not_opened(tmp_path: Path) -> None:
    path = book(tmp_path, PARTS)
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    struct.pack_into("<HH", data, end + 8, 0xFFFE, 0xFFFE)
    path.write_bytes(data)
    with pytest.raises(Unreadable, match="more files than any e-book"):
        stories(epub.FORMAT, path)


def test_a_folder_notes_what_its_spine_and_its_pages_do_not_share(tmp_path: Path) -> None:
    manifest = '<item id="a" href="text/chapter-1.xhtml"/><item id="g" href="text/gone.xhtml"/>'
    spine = '<itemref idref="a"/><itemref idref="g"/><itemref idref="nosuch"/>'
    pages = {"text/chapter-1.xhtml": ONE, "text/chapter-2.xhtml": TWO}
    written(tmp_path, pages | {"content.opf": f"<package>{manifest}{spine}</package>"})
    assert only(novel_folder.FORMAT, tmp_path).notes == (
        "gone.xhtml is not in the folder, so it was left out.",
        "chapter-2.xhtml is not in the spine, so it was left out.",
        "The spine names 'nosuch', which the manifest does not have.",
    )


def chapter(word: str) -> str:
    return xhtml("bodymatter chapter", f"<h2>{word}</h2><p>{LONG}</p>")


def made(folder: Path, manifest: str, spine: str, pages: dict[str, str | bytes]) -> Path:
    """Write an EPUB with the given entries of its package file."""
    refs = "".join(f'<itemref idref="{each}"/>' for each in spine.split())
    package = f"<package><manifest>{manifest}</manifest><spine>{refs}</spine></package>"
    container = CONTAINER.replace("OPS/book.opf", "book.opf")
    return book(folder, {"META-INF/container.xml": container, "book.opf": package} | pages)


def item(id_: str, href: str, kind: str = "application/xhtml+xml", more: str = "") -> str:
    return f'<item id="{id_}" href="{href}" media-type="{kind}" {more}/>'


def test_a_fragment_in_a_manifest_is_no_part_of_the_name(tmp_path: Path) -> None:
    manifest = item("a", "one.xhtml#top") + item("b", "t%23wo%20b.xhtml#x")
    pages: dict[str, str | bytes] = {"one.xhtml": chapter("I"), "t#wo b.xhtml": chapter("II")}
    story = only(epub.FORMAT, made(tmp_path, manifest, "a b", pages))
    assert [passage.id for passage in story.passages] == ["I", "II"]
    assert not story.notes


@pytest.mark.parametrize(
    "kind",
    "text/html text/x-oeb1-document application/x-dtbook+xml application/xml TEXT/HTML".split(),
)
def test_a_page_may_have_any_media_type_of_prose(tmp_path: Path, kind: str) -> None:
    path = made(tmp_path, item("a", "one.htm", kind), "a", {"one.htm": chapter("I")})
    assert not only(epub.FORMAT, path).notes


def test_what_is_no_page_of_a_spine_is_noted(tmp_path: Path) -> None:
    manifest = (
        item("a", "one.xhtml")
        + item("g", "gone.xhtml")
        + item("i", "pic.jpg", "image/jpeg")
        + item("s", "map.svg", "image/svg+xml", 'fallback="t"')
        + item("t", "two.xhtml")
        + item("n", "nav.xhtml", more='properties="scripted nav"')
    )
    pages: dict[str, str | bytes] = {"one.xhtml": chapter("I"), "two.xhtml": chapter("II")}
    story = only(epub.FORMAT, made(tmp_path, manifest, "n a g i s nosuch", pages))
    assert [passage.id for passage in story.passages] == ["I", "II"]
    assert story.notes == (
        "gone.xhtml is not in the e-book, so it was left out.",
        "nav.xhtml was left out: it is the table of contents.",
        "pic.jpg was left out: image/jpeg is no prose.",
        "The spine names 'nosuch', which the manifest does not have.",
    )


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_page_may_be_encoded_as_it_declares(tmp_path: Path, codec: str) -> None:
    text = chapter("Où").replace('version="1.0"', f'version="1.0" encoding="{codec}"')
    path = made(tmp_path, item("a", "one.xhtml"), "a", {"one.xhtml": text.encode(codec)})
    assert only(epub.FORMAT, path).start == "Où"


@pytest.mark.parametrize(
    ("href", "name"),
    [
        ("caf\u00e9.xhtml", "cafe\u0301.xhtml"),
        ("cafe\u0301.xhtml", "caf\u00e9.xhtml"),
        ("Text/One.xhtml", "text/one.XHTML"),
        ("one%20b.xhtml", "one%20b.xhtml"),
        ("/one.xhtml", "one.xhtml"),
    ],
)
def test_names_are_compared_without_form_and_case(tmp_path: Path, href: str, name: str) -> None:
    path = made(tmp_path, item("a", href), "a", {name: chapter("I")})
    story = only(epub.FORMAT, path)
    assert (story.start, story.notes) == ("I", ())


@pytest.mark.parametrize("codec", ["utf-8", "cp437", "cp1252"])
def test_a_name_whose_encoding_is_not_flagged_is_found(tmp_path: Path, codec: str) -> None:
    raw = "m\u00e8re.xhtml".encode(codec)
    stand_in = "m" + "q" * (len(raw) - 9) + "re.xhtml"
    path = made(tmp_path, item("a", "m\u00e8re.xhtml"), "a", {stand_in: chapter("I")})
    path.write_bytes(path.read_bytes().replace(stand_in.encode(), raw))
    story = only(epub.FORMAT, path)
    assert (story.start, story.notes) == ("I", ())


def _epub_bytes() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in PARTS.items():
            archive.writestr(name, part)
    return out.getvalue()


EPUB = _epub_bytes()


@given(st.lists(st.tuples(st.integers(0, len(EPUB) - 1), st.integers(0, 255)), max_size=8))
def test_any_damage_to_an_epub_is_read_or_refused(tmp_path_factory, damage) -> None:
    data = bytearray(EPUB)
    for place, byte in damage:
        data[place] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.epub"
    path.write_bytes(data)
    try:
        list(epub.FORMAT.read(path, path.parent))
    except Unreadable as refusal:
        assert "damaged.epub" in str(refusal)


# ── One page, and plain text ─────────────────────────────────────────────────────────────────────


def test_a_page_with_chapters_is_a_book(tmp_path: Path) -> None:
    body = "".join(f"<h2>Chapter {n}</h2><p>{LONG}</p><p>{LONG}</p>" for n in (1, 2, 3))
    path = written(
        tmp_path,
        {"road.html": f"<html><head><title>Road</title></head><body>{body}</body></html>"},
    )
    story = only(single_file.HTML_FORMAT, path)
    assert (story.title, len(story.passages)) == ("Road", 3)
    assert story.passages[1].id == "Chapter 2"


GUTENBERG = f"""The Project Gutenberg EBook of The Long Road

Title: The Long Road
Author: A. N. Other
Language: English

*** START OF THE PROJECT GUTENBERG EBOOK THE LONG ROAD ***

CONTENTS

Chapter I. Out
Chapter II. On

CHAPTER I. Out

It began in May, on a road so long that nobody had ever come
to the end of it and back again to tell.

{LONG}

CHAPTER II. On

{LONG}

*** END OF THE PROJECT GUTENBERG EBOOK THE LONG ROAD ***

Please donate.
"""


def test_a_book_in_plain_text_loses_what_was_written_around_it(tmp_path: Path) -> None:
    path = tmp_path / "road.txt"
    path.write_text(GUTENBERG + "\n")
    story = only(single_file.TEXT_FORMAT, path)
    assert (story.title, story.author) == ("The Long Road", "A. N. Other")
    assert [passage.id for passage in story.passages] == ["CHAPTER I. Out", "CHAPTER II. On"]
    told = play(story)
    assert told.startswith("It began in May, on a road")
    assert "Gutenberg" not in told
    assert "donate" not in told


@pytest.mark.parametrize(
    "text",
    [
        "north\nget lamp\neast\n" * 400,
        "Buy milk.\n",
        "\tint x = 1; // a comment here.\n" * 400,
        "word " * 2_000,
    ],
    ids="commands note code no-sentences".split(),
)
def test_what_is_no_book_is_not_taken_for_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text)
    assert not single_file.TEXT_FORMAT.recognises(path, text.encode())


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_real_novels_are_whole_and_clean() -> None:
    time_machine = only(novel_folder.FORMAT, CORPUS / "novels" / "h-g-wells_the-time-machine")
    assert (time_machine.title, time_machine.author) == ("The Time Machine", "H. G. Wells")
    assert sum(len(passage.text.split()) for passage in time_machine.passages) > 32_000
    short = stories(novel_folder.FORMAT, CORPUS / "novels" / "clark-ashton-smith_short-fiction")
    assert [story.title for story in short][:2] == ["Marooned in Andromeda", "Sadastor"]
    for story in (time_machine, *short):
        for passage in story.passages:
            assert not [mark for mark in ("<", ">", "&", "Standard Ebooks") if mark in passage.text]
