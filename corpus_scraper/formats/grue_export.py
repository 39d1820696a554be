"""Read the adventures that Grue exports: a tree of turns, with every branch.

A turn becomes a passage, and the player's action the choice that leads to it. The JSON document is
the interface, not the code that writes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus_scraper.formats.graph_builder import (
    Format,
    ParsedStory,
    build_graph,
    keep_announced_endings,
)
from corpus_scraper.formats.story_file import StoryFile, load
from corpus_scraper.formats.strict_json import list_at, object_at, parse, text_at
from corpus_scraper.graph import Choice, ChoiceKind, Passage, StoryGraph

DOCUMENT_VERSION = 1
"""The document version that can be read."""


@dataclass(frozen=True, slots=True)
class _Turn:
    id: str
    parent: str
    """Empty for an opening."""
    action: str
    """What the player did or said; empty where the story continued without an action."""
    text: str


def _recognises(path: Path, head: bytes) -> bool:
    return path.suffix.lower() == ".json" and b'"format": "grue adventure"' in head


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    document = object_at(file, "an adventure", parse(file))
    if document.get("version") != DOCUMENT_VERSION:
        raise file.unreadable("another Grue wrote it; this one reads version 1 of the document.")
    turns = list(_turns(file, document))
    openings = [turn.id for turn in turns if not turn.parent]
    title = text_at(file, "title", document.get("title"))
    for number, opening in enumerate(openings, 1):
        own = _descendants(turns, opening)
        parsed = ParsedStory(
            title,
            opening,
            tuple(Passage(turn.id, turn.text) for turn in own),
            tuple(
                Choice(turn.parent, turn.id, turn.action, kind=ChoiceKind.ACTION)
                for turn in own
                if turn.parent
            ),
            part=str(number) if len(openings) > 1 else "",
        )
        yield keep_announced_endings(build_graph(file, parsed))
    if not openings:
        raise file.unreadable("there is no turn in it.")


def _turns(file: StoryFile, document: dict[str, Any]) -> Iterator[_Turn]:
    seen: set[str] = set()
    for number, value in enumerate(list_at(file, "turns", document.get("turns"))):
        place = f"turns[{number}]"
        turn = _turn(file, place, object_at(file, place, value))
        if turn.id in seen or not turn.id:
            raise file.unreadable(f"{place}.id: a turn needs an id of its own.")
        if turn.parent and turn.parent not in seen:
            raise file.unreadable(f"{place}.parent: this turn is not known yet.")
        seen.add(turn.id)
        yield turn


def _turn(file: StoryFile, place: str, value: dict[str, Any]) -> _Turn:
    def text(name: str) -> str:
        return text_at(file, f"{place}.{name}", value.get(name))

    turn = _Turn(text("id"), text("parent"), text("action"), text("text"))
    match text("kind"):
        case "do" | "say":
            return turn
        case "story":
            return _Turn(turn.id, turn.parent, "", f"{turn.action}\n\n{turn.text}")
        case "opening" | "continue":
            return _Turn(turn.id, turn.parent, "", turn.text)
    raise file.unreadable(f"{place}.kind: no kind of turn is called that.")


def _descendants(turns: list[_Turn], opening: str) -> list[_Turn]:
    """Return the opening and its descendants; a parent comes before its children."""
    reached = {opening}
    own: list[_Turn] = []
    for turn in turns:
        if turn.id == opening or turn.parent in reached:
            reached.add(turn.id)
            own.append(turn)
    return own


FORMAT = Format("grue", _recognises, _parse)
