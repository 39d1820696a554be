"""Recognise which story format a file is in, and read the stories in it.

A built-in format is one module with a `FORMAT` and one line in the table; any other package can add
one through an entry point. A file that is part of another file's story (a scene, an included
chapter) is recognised and yields no story of its own.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from corpus_scraper import licences
from corpus_scraper.formats import (
    choicescript,
    data_rows,
    dendry,
    grue_export,
    plugin_loader,
    text_adventures_tree,
)
from corpus_scraper.formats.books import epub, single_file
from corpus_scraper.formats.books import folder as book_folder
from corpus_scraper.formats.graph_builder import Format
from corpus_scraper.formats.ink import compiled as ink_json
from corpus_scraper.formats.ink import source as ink_source
from corpus_scraper.formats.story_file import Unreadable, place_of, read_text_head
from corpus_scraper.formats.transcripts import adventure, marked_text, regtest, transcript
from corpus_scraper.formats.twine import html as twine_html
from corpus_scraper.formats.twine import twee
from corpus_scraper.graph import UNKNOWN_LICENCE, StoryGraph
from dungeon.data_files.first_row import why_no_examples

HEAD_BYTES = 64 * 1024
"""Bytes from the start of a file that a format is recognised by."""

FORMATS_WITH_SIGNATURE: tuple[Format, ...] = (
    grue_export.FORMAT,
    *text_adventures_tree.FORMATS,
    ink_json.FORMAT,
    ink_source.FORMAT,
    twine_html.FORMAT,
    epub.FORMAT,
    book_folder.FORMAT,
    dendry.FORMAT,
    choicescript.FORMAT,
    twee.FORMAT,
    data_rows.FORMAT,
)
"""Formats that a file name or a keyword identifies, the most certain first."""

PLAIN_FORMATS: tuple[Format, ...] = (
    marked_text.FORMAT,
    adventure.FORMAT,
    regtest.FORMAT,
    transcript.FORMAT,
    single_file.HTML_FORMAT,
    single_file.TEXT_FORMAT,
)
"""Formats recognised by how their text reads. They come after the plugins."""

__all__ = ["Format", "Unreadable", "formats", "read", "recognise"]


def formats() -> Iterator[Format]:
    """Yield every format in the order of trial: the first that recognises a file reads it.

    Plugins are loaded when the first of them is reached.
    """
    yield from FORMATS_WITH_SIGNATURE
    yield from plugin_loader.load_plugins().formats
    yield from PLAIN_FORMATS


def recognise(path: Path) -> Format | None:
    """Return the format of the file or folder at `path`, or None where no format recognises it."""
    head = b"" if path.is_dir() else read_text_head(path, HEAD_BYTES)
    return next((each for each in formats() if each.recognises(path, head)), None)


def read(path: Path, *, root: Path | None = None) -> Iterator[StoryGraph]:
    """Yield the stories at `path`, with places relative to `root` (default: its folder).

    A story that names no licence gets that of the nearest licence file up to `root`. Raises
    Unreadable, perhaps after some stories, where the file is in no known format or is broken.
    """
    root = root or (path if path.is_dir() else path.parent)
    format_ = recognise(path)
    if format_ is None:
        reason = (
            path.is_file() and why_no_examples(path)
        ) or "this is in no story format that Grue knows."
        raise Unreadable(place_of(path, root), reason)
    licence = licences.find(path, within=root)
    for graph in format_.read(path, root):
        has_licence = graph.licence != UNKNOWN_LICENCE
        yield graph if has_licence else replace(graph, licence=licence)
