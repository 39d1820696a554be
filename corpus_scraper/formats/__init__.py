"""Provides the story formats: which one a file is in, and the stories that stand in it.

Adding a format is one module with a `FORMAT`, and one line in the table. A file that is a part of
another file's story (a scene, an included chapter) is recognised and yields nothing of its own.
Knows nothing of folders of stories, of sites, or of what becomes of a graph.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from corpus_scraper import licences
from corpus_scraper.formats import grue_export, text_adventures_tree
from corpus_scraper.formats.books import epub
from corpus_scraper.formats.books import folder as novel_folder
from corpus_scraper.formats.books import plain_text as novel_text
from corpus_scraper.formats.books import single_page as novel_page
from corpus_scraper.formats.format import Format
from corpus_scraper.formats.games import choicescript, colossal_cave, dendry, egamebook, endless_sky
from corpus_scraper.formats.ink import compiled as ink_json
from corpus_scraper.formats.ink import source as ink_source
from corpus_scraper.formats.story_file import Unreadable, head_of, place_of
from corpus_scraper.formats.transcripts import adventure, regtest, transcript
from corpus_scraper.formats.twine import html as twine_html
from corpus_scraper.formats.twine import twee
from corpus_scraper.graph import UNKNOWN_LICENCE, StoryGraph

HEAD_BYTES = 64 * 1024
"""How much of a file a format is shown to be recognised by."""

FORMATS: tuple[Format, ...] = (
    grue_export.FORMAT,
    *text_adventures_tree.FORMATS,
    ink_json.FORMAT,
    ink_source.FORMAT,
    twine_html.FORMAT,
    epub.FORMAT,
    novel_folder.FORMAT,
    dendry.FORMAT,
    egamebook.FORMAT,
    choicescript.FORMAT,
    twee.FORMAT,
    colossal_cave.FORMAT,
    endless_sky.FORMAT,
    adventure.FORMAT,
    regtest.FORMAT,
    transcript.FORMAT,
    novel_page.FORMAT,
    novel_text.FORMAT,
)
"""Every format, the most certain to be recognised first: the first that recognises a file reads it.
"""

__all__ = ["FORMATS", "Format", "Unreadable", "read", "recognise"]


def recognise(path: Path) -> Format | None:
    """Return the format of the file or folder at `path`, or None where it is in none we know."""
    head = b"" if path.is_dir() else head_of(path, HEAD_BYTES)
    return next((each for each in FORMATS if each.recognises(path, head)), None)


def read(path: Path, *, root: Path | None = None) -> Iterator[StoryGraph]:
    """Yield the stories at `path`, their places told relative to `root` (its folder if not given).

    A story that names no licence itself gets that of the nearest licence file up to `root`. Raises
    Unreadable, perhaps after some stories, where the file is in no format we know or is broken.
    """
    root = root or (path if path.is_dir() else path.parent)
    kind = recognise(path)
    if kind is None:
        raise Unreadable(place_of(path, root), "this is in no story format that Grue knows.")
    licence = licences.find(path, within=root)
    for graph in kind.read(path, root):
        known = graph.licence != UNKNOWN_LICENCE
        yield graph if known else replace(graph, licence=licence)
