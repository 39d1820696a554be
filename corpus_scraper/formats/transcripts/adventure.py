"""Read adventures written for training: a transcript below a front matter of `key: value` lines.

    ---
    title: The Hen in the Engine Room
    setting: space freighter
    memory: You are Okoro, second mechanic. The hen belongs to Captain Wu.
    note: Dry and funny.
    ---

    The hen is loose in the engine room again.

    > You grab the hen.

`title`, `author`, `licence` (or `license`), `language`, `memory` and `note` become those of the
story; the other keys are for people.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from corpus_scraper import licences
from corpus_scraper.formats.graph_builder import Format
from corpus_scraper.formats.story_file import load
from corpus_scraper.formats.transcripts.program_text import strip_program_text
from corpus_scraper.formats.transcripts.transcript import (
    build_transcript,
    is_transcript,
    parse_exchanges,
)
from corpus_scraper.graph import StoryGraph
from dungeon.text import clean_line
from dungeon.text.encoding import decode_lossy, unify_line_ends

KEYS = ("title", "author", "licence", "license", "language", "setting", "memory", "note")
"""Keys that a front matter may have."""

SUFFIXES = frozenset({".txt", ".md", ".markdown"})

_FRONT_MATTER = re.compile(r"---[ \t]*\n((?:[a-z]{1,20}:[^\n]{0,2000}\n){1,10})---[ \t]*\n")


def front_matter(text: str) -> dict[str, str]:
    """Return the keys and values at the top of `text`; none where it has no front matter."""
    found = _FRONT_MATTER.match(text)
    lines = found[1].splitlines() if found else []
    pairs = (line.partition(":") for line in lines)
    return {key: clean_line(value) for key, _, value in pairs}


def licence_in(values: Mapping[str, str]) -> str:
    """Return the SPDX identifier of the licence that a front matter names; empty for none."""
    return licences.identifier(values.get("licence") or values.get("license") or "")


def body(text: str) -> str:
    """Return `text` below its front matter."""
    return _FRONT_MATTER.sub("", text, count=1)


def _recognises(path: Path, head: bytes) -> bool:
    if path.suffix.lower() not in SUFFIXES or not head.startswith(b"---"):
        return False
    text = unify_line_ends(decode_lossy(head))
    return bool(front_matter(text)) and is_transcript(body(text))


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    values = front_matter(file.text)
    unknown = sorted(values.keys() - set(KEYS))
    played = strip_program_text(body(file.text))
    file = replace(file, text=played.text)
    graph = build_transcript(
        file,
        parse_exchanges(file.text),
        title=values.get("title", ""),
        notes=[*played.notes, *(f"The front matter's {key!r} was left out." for key in unknown)],
    )
    yield replace(
        graph,
        author=values.get("author", ""),
        licence=licence_in(values) or graph.licence,
        language=values.get("language", "")[:35] or graph.language,
        memory=values.get("memory", ""),
        author_note=values.get("note", ""),
    )


FORMAT = Format("adventure", _recognises, _parse)
