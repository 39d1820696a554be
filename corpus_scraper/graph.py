"""A branching story as a graph of passages and choices, and the JSON Lines file that stores graphs.

Loops and merges are kept: several choices may lead to one passage, and a choice may lead back. One
graph is one line of `stories.jsonl`.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused
from dungeon.files.atomic_file import atomic_write

UNKNOWN_LICENCE = "unknown"
"""The licence of a story for which none was found."""

MAX_FIRST_LINE = 64 * 1024 * 1024
"""Bytes of the first story that a `stories.jsonl` is told from other data by."""

_PROVENANCE = re.compile(rb'"source"\s*:\s*\{[^{}]*"place"\s*:')
_PASSAGES = re.compile(rb'"passages"\s*:\s*\[')


@dataclass(frozen=True, slots=True)
class Passage:
    """Clean text between two choices."""

    id: str
    text: str
    ending: bool = False
    """Whether the story ends here, as its author meant it."""
    context: bool = False
    """Whether it is a prompt, or prose by a player: documents hold it, and it is not trained on."""


class ChoiceKind(StrEnum):
    """What the text of a choice is."""

    LABEL = "label"
    """A label as its author wrote it: an action, a place, a noun, what happens next."""
    ACTION = "action"
    """What the player does or says: a line that was typed, or an action line."""
    CONTEXT = "context"
    """No action of the player: documents show it as prose, and it is not trained on."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A link from one passage to another."""

    origin: str
    """Id of the passage that offers it; `from` in JSON."""
    target: str
    """Id of the passage it leads to; `to` in JSON. It may be missing from the graph."""
    text: str = ""
    """What the player picks; empty where the story continues without a choice."""
    condition: str = ""
    """When it is offered, as the author wrote it; empty for always."""
    kind: ChoiceKind = ChoiceKind.LABEL


@dataclass(frozen=True, slots=True)
class Source:
    """Provenance of a story."""

    place: str
    """A URL, or a path relative to what was imported."""
    fetched: str
    """Date and time in ISO 8601; empty for a file."""
    sha256: str
    """Of the bytes that were read."""
    parser: str = ""
    parser_version: int = 0


@dataclass(frozen=True, slots=True)
class StoryGraph:
    """One story."""

    id: str
    title: str
    source: Source
    start: str
    """Id of the first passage."""
    passages: tuple[Passage, ...]
    choices: tuple[Choice, ...] = ()
    author: str = ""
    language: str = "en"
    """A BCP 47 tag."""
    licence: str = UNKNOWN_LICENCE
    """An SPDX identifier, or `unknown`."""
    memory: str = ""
    """Memory of the adventure: what the game keeps at the front of every prompt."""
    author_note: str = ""
    """Author's note of the adventure: placed in the prompt shortly before each reply."""
    notes: tuple[str, ...] = ()
    """What the parser could not keep, in sentences."""
    further_starts: tuple[str, ...] = ()
    """Ids of passages at which the story begins as well: what led to them was removed."""

    @property
    def starts(self) -> tuple[str, ...]:
        """Ids of all passages at which the story begins, the first passage first."""
        return tuple(dict.fromkeys((self.start, *self.further_starts)))

    def passages_by_id(self) -> dict[str, Passage]:
        """Return the passages by their ids."""
        return {passage.id: passage for passage in self.passages}

    def choices_by_passage(self) -> dict[str, list[Choice]]:
        """Return the choices that each passage offers by its id, in the author's order."""
        choices: dict[str, list[Choice]] = {passage.id: [] for passage in self.passages}
        for choice in self.choices:
            choices.setdefault(choice.origin, []).append(choice)
        return choices

    def reachable(self) -> set[str]:
        """Return the ids of the passages that can be reached from a start."""
        return self._walk(self.starts)[0]

    def independent_starts(self, candidates: Iterable[str]) -> tuple[str, ...]:
        """Return the candidates from which all that any of them leads to can be reached.

        A candidate to which an earlier one leads is not among them.
        """
        return self._walk(candidates)[1]

    def _walk(self, starts: Iterable[str]) -> tuple[set[str], tuple[str, ...]]:
        """Return what can be reached from `starts`, and those to which no earlier one leads."""
        known, choices = self.passages_by_id(), self.choices_by_passage()
        reached: set[str] = set()
        independent: list[str] = []
        for start in starts:
            if start in known and start not in reached:
                independent.append(start)
            waiting = [start]
            while waiting:
                passage_id = waiting.pop()
                if passage_id in known and passage_id not in reached:
                    reached.add(passage_id)
                    waiting.extend(choice.target for choice in choices[passage_id])
        return reached, tuple(independent)


def to_dict(graph: StoryGraph) -> dict[str, Any]:
    """Return `graph` as a JSON object: one line of `stories.jsonl`."""
    return {
        "id": graph.id,
        "title": graph.title,
        "author": graph.author,
        "language": graph.language,
        "source": asdict(graph.source),
        "licence": graph.licence,
        **({"memory": graph.memory} if graph.memory else {}),
        **({"author_note": graph.author_note} if graph.author_note else {}),
        "notes": list(graph.notes),
        "start": graph.start,
        **({"further_starts": list(graph.further_starts)} if graph.further_starts else {}),
        "passages": [
            {"id": p.id, "text": p.text, "ending": p.ending}
            | ({"context": True} if p.context else {})
            for p in graph.passages
        ],
        "choices": [
            {"from": c.origin, "to": c.target, "text": c.text, "condition": c.condition}
            | ({} if c.kind is ChoiceKind.LABEL else {"kind": c.kind.value})
            for c in graph.choices
        ],
    }


def from_dict(value: Any) -> StoryGraph:
    """Return the graph that a JSON object describes.

    Raises KeyError, TypeError or ValueError where it describes none.
    """
    source = value["source"]
    optional = ("author", "language", "licence", "memory", "author_note")
    return StoryGraph(
        id=_text(value["id"]),
        title=_text(value["title"]),
        source=Source(
            _text(source["place"]),
            _text(source.get("fetched", "")),
            _text(source.get("sha256", "")),
            _text(source.get("parser", "")),
            int(source.get("parser_version", 0)),
        ),
        start=_text(value["start"]),
        passages=tuple(
            Passage(_text(p["id"]), _text(p["text"]), bool(p.get("ending")), bool(p.get("context")))
            for p in value["passages"]
        ),
        choices=tuple(
            Choice(
                _text(c["from"]),
                _text(c["to"]),
                _text(c.get("text", "")),
                _text(c.get("condition", "")),
                ChoiceKind(c.get("kind", ChoiceKind.LABEL)),
            )
            for c in value.get("choices", ())
        ),
        notes=tuple(map(_text, value.get("notes", ()))),
        further_starts=tuple(map(_text, value.get("further_starts", ()))),
        **{key: _text(value[key]) for key in optional if key in value},
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected a string, not {value!r:.40}")
    return value


def holds_stories(path: Path) -> bool:
    """Return whether `path` is a `stories.jsonl`, as far as its name and first line tell."""
    if path.suffix.lower() != ".jsonl":
        return False
    with path.open("rb") as file:
        line = file.readline(MAX_FIRST_LINE)
    return all(each.search(line) for each in (_PROVENANCE, _PASSAGES))


def read_stories(path: Path) -> Iterator[StoryGraph]:
    """Yield the graphs of a `stories.jsonl`, one line at a time.

    Raises InputRefused, with file and line, where a line is no story.
    """
    for number, line in numbered_lines(path):
        yield read_line(path, number, line)


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the non-empty lines of a `stories.jsonl` with their numbers, counted from 1.

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
        raise InputRefused(f"{path} is not UTF-8 text. Import it again.") from error


def read_line(path: Path, number: int, line: str) -> StoryGraph:
    """Return the graph of one line. Raises InputRefused, with file and line, where it is none."""
    try:
        return from_dict(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputRefused(
            f"{path}, line {number} is no story ({error}). "
            "`grue stories import` writes files of stories."
        ) from error


def write_stories(path: Path, graphs: Iterable[StoryGraph]) -> int:
    """Write `graphs` to `path` and return how many; after an error the old file is unchanged."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with atomic_write(path) as out:
        for graph in graphs:
            out.write(json.dumps(to_dict(graph), ensure_ascii=False).encode() + b"\n")
            count += 1
    return count
