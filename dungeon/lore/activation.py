"""Decide which lore entries fire for a turn, and why.

Whether an entry is sticky or cooling down follows from what the earlier turns of the same branch
recorded, so that undo and branches carry it.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dungeon.lore.entry import LoreEntry
from dungeon.lore.index import LoreIndex

MAX_RECURSION = 3
"""How often the texts of entries that fired are searched for further entries."""

_HELD = "+"
"""Marks, in a turn's record, an entry that was only still there because it is sticky."""


@dataclass(frozen=True, slots=True)
class Fired:
    """An entry that fired, and why."""

    entry: LoreEntry
    reason: str
    """As the end of a sentence: “key “gate”, 2 turns back”."""
    held: bool = False
    """Whether it is only there because it is sticky."""


@dataclass(frozen=True, slots=True)
class Activation:
    """The entries for one turn."""

    fired: tuple[Fired, ...] = ()
    """In the order in which they stand in the prompt."""
    suppressed: tuple[Fired, ...] = ()
    """Entries that a rule held back, and which rule."""


def record(fired: Iterable[Fired]) -> str:
    """Return what a turn records of the entries in its prompt: their ids."""
    return " ".join(one.entry.id + (_HELD if one.held else "") for one in fired)


def activate(
    index: LoreIndex, texts: Sequence[str], records: Sequence[str] = (), seed: str = ""
) -> Activation:
    """Return the entries that fire.

    `texts` are the last turns and the action, oldest first; `records` has what each earlier turn
    of the branch recorded, oldest first; the draws for probabilities and groups depend on `seed`
    and the entry alone.
    """
    if not index.entries:
        return Activation()
    found = _Search(index, texts)
    candidates = {entry.id: Fired(entry, "always on") for entry in index.always}
    candidates |= {one.entry.id: one for one in _held(index, records)}
    _add(candidates, found.by_keys())
    suppressed: dict[str, Fired] = {}
    fired: dict[str, Fired] = {}
    for _ in range(MAX_RECURSION + 1):
        new = [one for one in candidates.values() if one.entry.id not in fired]
        allowed = []
        for one in new:
            if one.entry.id in suppressed:
                continue
            reason = "" if one.held else _held_back(one.entry, records, seed)
            if reason:
                suppressed[one.entry.id] = Fired(one.entry, reason)
            else:
                allowed.append(one)
        allowed, lost = _draw_groups(allowed, fired.values(), seed)
        suppressed |= {one.entry.id: one for one in lost}
        fired |= {one.entry.id: one for one in allowed}
        recursive = [one.entry for one in allowed if one.entry.recursive]
        if not recursive:
            break
        for entry in recursive:
            found.add_text(entry.content, f"in the entry “{entry.title}”")
        _add(candidates, found.by_keys())
    ordered = sorted(fired.values(), key=lambda one: one.entry.order)
    return Activation(tuple(ordered), tuple(suppressed.values()))


class _Search:
    """Where each key is mentioned: the smallest number of turns back, and its name."""

    def __init__(self, index: LoreIndex, texts: Sequence[str]) -> None:
        self._index = index
        self._where: dict[tuple[str, bool], tuple[int, str]] = {}
        for back, text in enumerate(list(reversed(texts))[: index.depth]):
            place = (
                "in the last text"
                if back == 0
                else f"{back} {'turn' if back == 1 else 'turns'} back"
            )
            for key in index.mentioned(text):
                self._where.setdefault(key, (back, place))

    def add_text(self, text: str, place: str) -> None:
        """Search a text that every entry sees, whatever its depth."""
        for key in self._index.mentioned(text):
            back, old = self._where.get(key, (1, ""))
            self._where[key] = (0, old if back == 0 and old else place)

    def by_keys(self) -> list[Fired]:
        """Return the entries whose keys are all as they ask for."""
        entries = {entry.id: entry for key in self._where for entry in self._index.owners(key)}
        return [
            Fired(entry, reason) for entry in entries.values() if (reason := self._reason(entry))
        ]

    def _reason(self, entry: LoreEntry) -> str:
        primary = self._first(entry, entry.keys)
        secondary = self._first(entry, entry.secondary)
        if not primary or self._first(entry, entry.excluding):
            return ""
        if not entry.secondary:
            return f"key {primary}"
        return f"key {primary} and {secondary}" if secondary else ""

    def _first(self, entry: LoreEntry, keys: Iterable[str]) -> str:
        """Return the first of `keys` that is mentioned within the entry's depth, and where."""
        for key in keys:
            back, place = self._where.get((key, entry.case_sensitive), (entry.depth, ""))
            if back < entry.depth:
                return f"“{key}”, {place}"
        return ""


def _add(candidates: dict[str, Fired], found: Iterable[Fired]) -> None:
    """Add entries; a fresh mention replaces the reason that an entry is sticky."""
    for one in found:
        known = candidates.get(one.entry.id)
        if known is None or (known.held and not one.entry.cooldown):
            candidates[one.entry.id] = one


def _held(index: LoreIndex, records: Sequence[str]) -> Iterable[Fired]:
    """Yield the entries that fired recently enough to be sticky still."""
    longest = index.longest_sticky
    seen: set[str] = set()
    for back, ids in enumerate(list(reversed(records[-longest:] if longest else ())), start=1):
        for entry_id in ids.split():
            entry = index.entries.get(entry_id)
            if entry is not None and back <= entry.sticky and entry_id not in seen:
                seen.add(entry_id)
                turns = "turn" if back == 1 else "turns"
                yield Fired(entry, f"sticky, fired {back} {turns} back", held=True)


def _held_back(entry: LoreEntry, records: Sequence[str], seed: str) -> str:
    """Return which rule keeps the entry out, or an empty text."""
    if len(records) < entry.delay:
        return f"delayed until the story has {entry.delay} turns"
    if entry.cooldown:
        recent = {one.rstrip(_HELD) for ids in records[-entry.cooldown :] for one in ids.split()}
        if entry.id in recent:
            return f"cooling down for {entry.cooldown} turns"
    if _draw(seed, entry.id) * 100 >= entry.probability:
        return f"not drawn, with a probability of {entry.probability} %"
    return ""


def _draw_groups(
    fired: Sequence[Fired], before: Iterable[Fired], seed: str
) -> tuple[list[Fired], list[Fired]]:
    """Return those that stay, one for each group, and the others. A sticky one keeps its place."""
    taken = {one.entry.group for one in before if one.entry.group}
    groups: dict[str, list[Fired]] = {}
    for one in fired:
        if one.entry.group:
            groups.setdefault(one.entry.group, []).append(one)
    chosen = {
        name: _choose(members, f"{seed}/{name}")
        for name, members in groups.items()
        if name not in taken
    }
    kept = [one for one in fired if not one.entry.group or chosen.get(one.entry.group) is one]
    kept_ids = {one.entry.id for one in kept}
    lost = [
        Fired(one.entry, f"another entry of the group “{one.entry.group}” was drawn")
        for one in fired
        if one.entry.id not in kept_ids
    ]
    return kept, lost


def _choose(members: Sequence[Fired], seed: str) -> Fired:
    held = [one for one in members if one.held]
    if held:
        return held[0]
    at = _draw(seed, "group") * sum(one.entry.weight for one in members)
    for one in members:
        at -= one.entry.weight
        if at < 0:
            return one
    return members[-1]


def _draw(seed: str, name: str) -> float:
    """Return a number from 0 to 1, always the same one for the same seed and name."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
