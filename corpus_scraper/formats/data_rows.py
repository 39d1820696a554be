"""Read the rows of training data: JSON Lines, JSON, CSV, Parquet, Arrow; text, chats and prompts.

Each row is a story. A conversation is played through: the user's actions are choices, and the
system prompt is the memory. A prompt, and the user's prose, are passages of context. Rows that
cannot be read are refused together, after all the others.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from corpus_scraper import licences
from corpus_scraper.formats.graph_builder import (
    Format,
    ParsedStory,
    build_graph,
    keep_announced_endings,
    title_from_name,
)
from corpus_scraper.formats.row_refusals import RowRefusals
from corpus_scraper.formats.story_file import StoryFile, Unreadable, place_of, raise_refusals
from corpus_scraper.formats.transcripts.program_text import strip_program_text
from corpus_scraper.formats.transcripts.transcript import (
    build_transcript,
    is_transcript,
    parse_exchanges,
)
from corpus_scraper.graph import UNKNOWN_LICENCE, Choice, ChoiceKind, Passage, StoryGraph
from dungeon import transcript
from dungeon.data_files.examples import Example, read_examples
from dungeon.data_files.first_row import holds_examples
from dungeon.data_files.folders import saved_files
from dungeon.data_files.recognition import recognise
from dungeon.data_files.rows import Row, read_rows
from dungeon.errors import GrueError, InputRefused
from dungeon.text.counts import count

MAX_PASSAGE = 8_000
"""Characters after which a long text goes on in another passage, at the end of a paragraph."""


def _recognises(path: Path, head: bytes) -> bool:
    return bool(saved_files(path)) if path.is_dir() else bool(head) and holds_examples(path)


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    unreadable: list[Unreadable] = []
    for file in saved_files(path) or [path]:
        refusals = RowRefusals(file, place_of(file, root))
        yield from _stories(file, refusals)
        unreadable += refusals.all()
    raise_refusals(unreadable)


def _stories(file: Path, refusals: RowRefusals) -> Iterator[StoryGraph]:
    """Yield a story for each example; rows without any are noted in the story before them.

    Those before the first story are noted in it, too.
    """
    last: StoryGraph | None = None
    empty = 0
    for row, part, example in _examples(file, refusals):
        if not example.pieces:
            empty += 1
            continue
        try:
            story = _story(refusals.place, part, example)
        except Unreadable as error:
            refusals.add(row.number, row.refuse(f"cannot be a story: {error.reason}"))
            continue
        if last is not None:
            yield _note_empty_rows(last, empty)
            empty = 0
        last = story
    if last is not None:
        yield _note_empty_rows(last, empty)
    elif not refusals:
        refusals.add_rest(Unreadable(refusals.place, "there is no text in its rows."))


def _examples(file: Path, refusals: RowRefusals) -> Iterator[tuple[Row, str, Example]]:
    """Yield the examples of all rows that can be read, each with the name of its part."""
    try:
        for row in read_rows(file, recognise(file), refusals.add):
            try:
                for number, example in enumerate(read_examples(row), 1):
                    part = f"{row.number}.{number}" if number > 1 else str(row.number)
                    yield row, part, example
            except InputRefused as error:
                refusals.add(row.number, error)
    except GrueError as error:  # nothing after it can be read
        refusals.add_rest(error)


def _note_empty_rows(graph: StoryGraph, empty: int) -> StoryGraph:
    if not empty:
        return graph
    rows = "One row" if empty == 1 else f"{empty} rows"
    note = f"{rows} beside this one left out, without text or without a reply."
    return replace(graph, notes=(*graph.notes, note))


def _story(place: str, part: str, example: Example) -> StoryGraph:
    text = "".join(piece.text for piece in example.pieces)
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    # Rows of one file may stand in several splits of a corpus, so that each has a hash of its own.
    file = StoryFile(place, text, digest)
    metadata = example.metadata
    title = metadata.get("title") or f"{title_from_name(place)} {part}"
    notes = []
    if example.left_out:
        notes.append(f"Left out: {count(example.left_out, 'message')} without text.")
    memory = "".join(piece.text for piece in example.pieces if piece.kind == "memory")
    story = _story_text(example)
    if any(piece.kind == "text" for piece in example.pieces) and is_transcript(story):
        played = strip_program_text(story)
        graph = build_transcript(
            file,
            parse_exchanges(played.text),
            title=title,
            part=part,
            notes=(*notes, *played.notes),
        )
    else:
        passages, choices = _conversation(example)
        parsed = ParsedStory(title, "1", passages, choices, notes=tuple(notes), part=part)
        graph = keep_announced_endings(build_graph(file, parsed))
    return replace(
        graph,
        author=metadata.get("author", ""),
        language=metadata.get("language", graph.language),
        licence=licences.identifier(metadata.get("licence", UNKNOWN_LICENCE)),
        memory=memory,
    )


def _story_text(example: Example) -> str:
    return "".join(piece.text for piece in example.pieces if piece.kind != "memory").strip()


def _conversation(example: Example) -> tuple[tuple[Passage, ...], tuple[Choice, ...]]:
    """Return the passages of an example in a chain, and the choices between them."""
    passages: list[Passage] = []
    choices: list[Choice] = []
    action = ""

    def add(text: str, *, context: bool) -> None:
        passages.append(Passage(str(len(passages) + 1), text, context=context))
        if len(passages) > 1:
            way = Choice(passages[-2].id, passages[-1].id, action, kind=ChoiceKind.ACTION)
            choices.append(way)

    for piece in example.pieces:
        if piece.kind == "action":
            if action or not passages:  # nothing is told before it
                add("", context=False)
            action = piece.text.strip().removeprefix(transcript.ACTION_MARK)
        elif piece.kind != "memory":
            for part in _parts(piece.text):
                add(part, context=piece.kind == "context")
                action = ""
    if action:
        add("", context=False)
    return tuple(passages), tuple(choices)


def _parts(text: str) -> Iterator[str]:
    """Yield a long text in parts of about MAX_PASSAGE characters, each some whole paragraphs."""
    part: list[str] = []
    length = 0
    for paragraph in text.strip().split(transcript.SEPARATOR):
        if length > MAX_PASSAGE:
            yield transcript.SEPARATOR.join(part)
            part, length = [], 0
        part.append(paragraph)
        length += len(paragraph)
    yield transcript.SEPARATOR.join(part)


FORMAT = Format("data", _recognises, _parse)
