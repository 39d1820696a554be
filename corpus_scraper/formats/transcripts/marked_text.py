"""Read text files of older trainers: many stories in one file, with special tokens between them."""

from collections.abc import Iterator
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, title_from_name
from corpus_scraper.formats.story_file import load
from corpus_scraper.formats.transcripts.program_text import strip_program_text
from corpus_scraper.formats.transcripts.transcript import (
    SUFFIXES,
    build_transcript,
    parse_exchanges,
)
from corpus_scraper.graph import StoryGraph
from dungeon.text_encoding import decode_lossy
from dungeon.training_markers import has_markers, split_documents


def _recognises(path: Path, head: bytes) -> bool:
    return path.suffix.lower() in SUFFIXES and b"\0" not in head and has_markers(decode_lossy(head))


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    documents = list(split_documents(file.text))
    if not documents:
        raise file.unreadable("there is no text between its markers.")
    title = title_from_name(file.place)
    for number, document in enumerate(documents, 1):
        is_only = len(documents) == 1
        notes = [f"An instruction was left out: {each[:200]}" for each in document.instructions]
        played = strip_program_text(document.text)
        yield build_transcript(
            file,
            parse_exchanges(played.text),
            title=title if is_only else f"{title} {number}",
            part="" if is_only else str(number),
            notes=(*notes, *played.notes),
        )


FORMAT = Format("marked-text", _recognises, _parse)
