"""Say what an export leaves out, since its format has no place for it."""

import json
from collections.abc import Callable, Iterator, Mapping

from dungeon import lore
from dungeon.state import state_at
from dungeon.story import Adventure
from dungeon.text.counts import count
from dungeon.transfer.formats import Format, Part


def dropped_line(adventure: Adventure, chosen: Format) -> str:
    """Return what of `adventure` is not in a file of that format, as a line of a report.

    Empty where nothing is left out.
    """
    phrases = list(_dropped(adventure, chosen))
    return f"Dropped: {', '.join(phrases)}." if phrases else ""


def _dropped(adventure: Adventure, chosen: Format) -> Iterator[str]:
    for part, phrase_of in _PHRASES.items():
        if part is Part.DICE and adventure.dice.unreadable:
            yield "the attributes, which cannot be read"
            continue
        if part in chosen.keeps:
            continue
        if phrase := phrase_of(adventure):
            yield phrase
    yield from chosen.loses(adventure)
    if Part.FOREIGN_FIELDS not in chosen.keeps:
        own = {chosen.id, *chosen.holds_fields_of}
        others = sorted(json.loads(adventure.foreign_fields or "{}").keys() - own)
        if others:
            yield f"the fields kept for {' and '.join(others)}"


def _other_replies(adventure: Adventure) -> str:
    path = adventure.path()
    others = sum(len(adventure.replies(turn.id)) - 1 for turn in path)
    return _counted(others, "other reply", "other replies")


def _other_branches(adventure: Adventure) -> str:
    asked = {(turn.parent, turn.kind, turn.action) for turn in adventure.path()}
    others = [
        turn
        for turn in adventure.turns.values()
        if (turn.parent, turn.kind, turn.action) not in asked
    ]
    return _counted(len(others), "turn of other branches", "turns of other branches")


def _counted(number: int, noun: str, plural: str = "") -> str:
    return count(number, noun, plural) if number else ""


_PHRASES: Mapping[Part, Callable[[Adventure], str]] = {
    Part.STORY: lambda adventure: _counted(len(adventure.path()), "turn"),
    Part.REPLIES: _other_replies,
    Part.BRANCHES: _other_branches,
    Part.MEMORY: lambda adventure: "the memory" if adventure.memory else "",
    Part.NOTE: lambda adventure: "the author's note" if adventure.note else "",
    Part.LORE: lambda adventure: _counted(
        len(lore.load(adventure.lore)), "lore entry", "lore entries"
    ),
    Part.STATE: lambda adventure: _counted(
        len(state_at(adventure).entries), "entry of the state", "entries of the state"
    ),
    Part.SUMMARY: lambda adventure: "the summary" if adventure.summary() else "",
    Part.DICE: lambda adventure: "the attributes" if adventure.dice.dump() else "",
    Part.CHECKPOINTS: lambda adventure: _counted(len(adventure.checkpoints), "checkpoint"),
    Part.TAGS: lambda adventure: _counted(len(adventure.tags), "tag"),
}
