"""Read text files of older trainers: many stories in one file, with special tokens between them.

Instructions to a chat model become the story's memory.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, title_from_name
from corpus_scraper.formats.story_file import build_readable, load, read_text_head, size_limit
from corpus_scraper.formats.transcripts.program_text import strip_program_text
from corpus_scraper.formats.transcripts.transcript import (
    SUFFIXES,
    build_transcript,
    parse_exchanges,
)
from corpus_scraper.graph import StoryGraph
from dungeon.text import clean
from dungeon.text.encoding import decode_lossy
from dungeon.text.training_markers import MarkedDocument, has_markers, split_documents


def _recognises(path: Path, head: bytes) -> bool:
    if path.suffix.lower() not in SUFFIXES or b"\0" in head:
        return False
    if has_markers(decode_lossy(head)):
        return True
    # The first story may be longer than the head.
    return has_markers(decode_lossy(read_text_head(path, size_limit())))


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    documents = list(split_documents(file.text))
    if not documents:
        raise file.unreadable("there is no text between its markers.")
    title = title_from_name(file.place)
    is_only = len(documents) == 1

    def build(numbered: tuple[int, MarkedDocument]) -> StoryGraph:
        number, document = numbered
        played = strip_program_text(document.text)
        graph = build_transcript(
            file,
            parse_exchanges(played.text),
            title=title if is_only else f"{title} {number}",
            part="" if is_only else str(number),
            notes=played.notes,
        )
        return replace(graph, memory=clean("\n".join(document.instructions)))

    yield from build_readable(enumerate(documents, 1), build, "" if is_only else "text")


FORMAT = Format("marked-text", _recognises, _parse)
