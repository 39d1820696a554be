"""Provides StoryGraph: a branching story as passages and choices, with where it came from.

Loops and merges are kept: a passage may be reached by many choices, and a choice may lead back. One
graph is one line of `stories.jsonl`. Knows nothing of sites, formats or training.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dungeon.atomic_file import atomic_write
from dungeon.errors import InputRefused

UNKNOWN_LICENCE = "unknown"
"""The licence of a story whose licence nobody told."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of prose between two choices, already clean."""

    id: str
    text: str
    ending: bool = False
    """Whether the story ends here, as its author meant it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A way from one passage to another."""

    origin: str
    """The id of the passage it stands in; `from` in JSON."""
    target: str
    """The id of the passage it leads to; `to` in JSON. It may be missing from the graph."""
    text: str = ""
    """What the player picks; empty where the story goes on by itself."""
    condition: str = ""
    """The author's own words for when it is offered; empty for always."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a story was found, and who read it."""

    place: str
    """A URL, or a path relative to what was imported."""
    fetched: str
    """When, in ISO 8601; empty for a file."""
    sha256: str
    """Of the bytes that were read."""
    parser: str
    parser_version: int


@dataclass(frozen=True, slots=True)
class StoryGraph:
    """One story."""

    id: str
    title: str
    source: Source
    start: str
    """The id of the first passage."""
    passages: tuple[Passage, ...]
    choices: tuple[Choice, ...] = ()
    author: str = ""
    language: str = "en"
    """A BCP 47 tag."""
    licence: str = UNKNOWN_LICENCE
    """An SPDX identifier, or `unknown`."""
    memory: str = ""
    """What the game would keep at the front of every prompt; `memory` of an adventure."""
    author_note: str = ""
    """How the story is to be written, told to the model shortly before each reply."""
    notes: tuple[str, ...] = field(default=())
    """What the reader could not keep, in sentences."""

    def by_id(self) -> dict[str, Passage]:
        """Return the passages by their ids."""
        return {passage.id: passage for passage in self.passages}

    def ways(self) -> dict[str, list[Choice]]:
        """Return the choices of each passage by its id, in the author's order."""
        ways: dict[str, list[Choice]] = {passage.id: [] for passage in self.passages}
        for choice in self.choices:
            ways.setdefault(choice.origin, []).append(choice)
        return ways

    def reachable(self) -> set[str]:
        """Return the ids of the passages that can be reached from the start."""
        known, ways = self.by_id(), self.ways()
        reached: set[str] = set()
        waiting = [self.start]
        while waiting:
            passage_id = waiting.pop()
            if passage_id in reached or passage_id not in known:
                continue
            reached.add(passage_id)
            waiting.extend(choice.target for choice in ways[passage_id])
        return reached


def document(graph: StoryGraph) -> dict[str, Any]:
    """Return `graph` as the JSON document of one line."""
    source = graph.source
    return {
        "id": graph.id,
        "title": graph.title,
        "author": graph.author,
        "language": graph.language,
        "source": {
            "place": source.place,
            "fetched": source.fetched,
            "sha256": source.sha256,
            "parser": source.parser,
            "parser_version": source.parser_version,
        },
        "licence": graph.licence,
        **({"memory": graph.memory} if graph.memory else {}),
        **({"author_note": graph.author_note} if graph.author_note else {}),
        "notes": list(graph.notes),
        "start": graph.start,
        "passages": [{"id": p.id, "text": p.text, "ending": p.ending} for p in graph.passages],
        "choices": [
            {"from": c.origin, "to": c.target, "text": c.text, "condition": c.condition}
            for c in graph.choices
        ],
    }


def from_document(value: Any) -> StoryGraph:
    """Return the graph of one line's JSON document.

    Raises KeyError, TypeError or ValueError where it is none.
    """
    source = value["source"]
    return StoryGraph(
        id=_text(value["id"]),
        title=_text(value["title"]),
        author=_text(value.get("author", "")),
        language=_text(value.get("language", "en")),
        source=Source(
            _text(source["place"]),
            _text(source.get("fetched", "")),
            _text(source.get("sha256", "")),
            _text(source.get("parser", "")),
            int(source.get("parser_version", 0)),
        ),
        licence=_text(value.get("licence", UNKNOWN_LICENCE)),
        memory=_text(value.get("memory", "")),
        author_note=_text(value.get("author_note", "")),
        notes=tuple(map(_text, value.get("notes", ()))),
        start=_text(value["start"]),
        passages=tuple(
            Passage(_text(p["id"]), _text(p["text"]), bool(p.get("ending")))
            for p in value["passages"]
        ),
        choices=tuple(
            Choice(
                _text(c["from"]),
                _text(c["to"]),
                _text(c.get("text", "")),
                _text(c.get("condition", "")),
            )
            for c in value.get("choices", ())
        ),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {value!r:.40}")
    return value


def read_stories(path: Path) -> Iterator[StoryGraph]:
    """Yield the graphs of a `stories.jsonl`, one line at a time.

    Raises InputRefused with file and line where one is no story.
    """
    for number, line in numbered_lines(path):
        yield read_line(path, number, line)


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a `stories.jsonl` that hold something, counted from 1.

    Raises InputRefused where the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise InputRefused(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputRefused(f"{path} is not UTF-8 text.") from error


def read_line(path: Path, number: int, line: str) -> StoryGraph:
    """Return the graph of one line. Raises InputRefused with file and line where it is none."""
    try:
        return from_document(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputRefused(
            f"{path}, line {number} is no story ({error}). "
            "`grue stories import` writes files of stories."
        ) from error


def write_stories(path: Path, graphs: Iterable[StoryGraph]) -> int:
    """Write `graphs` to `path` as a whole, or leave what is there; return how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with atomic_write(path) as out:
        for graph in graphs:
            out.write(json.dumps(document(graph), ensure_ascii=False).encode() + b"\n")
            count += 1
    return count
