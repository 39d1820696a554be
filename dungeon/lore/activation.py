"""Decide which lore entries fire for a turn, and why.

Whether an entry is sticky or cooling down follows from what the earlier turns of the same branch
recorded, so that undo and branches carry it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dungeon.lore.entry import LoreEntry
from dungeon.lore.index import KeyId, LoreIndex, key_id
from dungeon.text.counts import count

MAX_RECURSION = 3
"""How often the texts of entries that fired are searched for further entries."""

MAX_FIRED = 64
"""Entries that fire in a turn at most, the first in their order; so a turn stays fast."""

MAX_CANDIDATES = 500
"""Entries of one kind (always on, or mentioned) that a turn looks at, for the same reason."""

MAX_SEARCHED = 20_000
"""Characters of the story, and of the texts of entries, that a turn searches at most."""

LAST = "in your action"
"""Where a key is that the last text mentions."""

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
    index: LoreIndex,
    texts: Sequence[str],
    records: Sequence[str] = (),
    seed: str = "",
    last: str = LAST,
) -> Activation:
    """Return the entries that fire.

    `texts` are the last turns and the action, oldest first; `records` has what each earlier turn
    of the branch recorded, oldest first; the draws for probabilities and groups depend on `seed`
    and the entry alone; `last` says where a key is that the last text mentions.
    """
    if not index.entries:
        return Activation()
    history = _History(index, records)
    found = _Search(index, texts, last)
    candidates = {entry.id: Fired(entry, "always on") for entry in index.always[:MAX_CANDIDATES]}
    candidates |= {one.entry.id: one for one in history.held()}
    _add(candidates, found.by_keys())
    suppressed: dict[str, Fired] = {}
    fired: dict[str, Fired] = {}
    for _ in range(MAX_RECURSION + 1):
        allowed = []
        for one in candidates.values():
            if one.entry.id in fired or one.entry.id in suppressed:
                continue
            reason = "" if one.held else _held_back(one.entry, history, seed)
            if reason:
                suppressed[one.entry.id] = Fired(one.entry, reason)
            else:
                allowed.append(one)
        allowed, lost = _draw_groups(allowed, fired.values(), seed)
        allowed.sort(key=_order)
        room = MAX_FIRED - len(fired)
        lost += [Fired(one.entry, f"{MAX_FIRED} others fired") for one in allowed[room:]]
        del allowed[room:]
        suppressed |= {one.entry.id: one for one in lost}
        fired |= {one.entry.id: one for one in allowed}
        recursive = [one.entry for one in allowed if one.entry.recursive]
        if not recursive or len(fired) == MAX_FIRED:
            break
        for entry in recursive:
            found.add_text(entry.content, f"in the entry “{entry.title}”")
        _add(candidates, found.by_keys())
    return Activation(tuple(sorted(fired.values(), key=_order)), tuple(suppressed.values()))


class _Search:
    """Where each key is mentioned: the smallest number of turns back, and its name."""

    def __init__(self, index: LoreIndex, texts: Sequence[str], last: str) -> None:
        self._index = index
        self._where: dict[KeyId, tuple[int, str]] = {}
        self._room = MAX_SEARCHED
        left = MAX_SEARCHED
        for back, text in enumerate(reversed(texts[-index.depth :])):
            place = f"{back} {'turn' if back == 1 else 'turns'} back" if back else last
            for key in index.mentioned(text[-left:]):
                self._where.setdefault(key, (back, place))
            left -= len(text)
            if left <= 0:
                break

    def add_text(self, text: str, place: str) -> None:
        """Search a text that every entry sees, whatever its depth."""
        for key in self._index.mentioned(text[: self._room]):
            back, old = self._where.get(key, (1, ""))
            self._where[key] = (0, old if back == 0 and old else place)
        self._room = max(self._room - len(text), 0)

    def by_keys(self) -> list[Fired]:
        """Return the entries whose keys are all as they ask for."""
        entries = {entry.id: entry for entry in self._index.owners(self._where, MAX_CANDIDATES)}
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
            back, place = self._where.get(key_id(key, entry), (entry.depth, ""))
            if back < entry.depth:
                return f"“{key}”, {place}"
        return ""


class _History:
    """What earlier turns of the branch recorded, as far as it matters to some entry."""

    def __init__(self, index: LoreIndex, records: Sequence[str]) -> None:
        self.turns = len(records)
        self._index = index
        self._last_fired: dict[str, int] = {}
        self._last_present: dict[str, int] = {}
        recent = records[-index.longest_memory :] if index.longest_memory else ()
        for back, ids in enumerate(reversed(recent), start=1):
            for name in ids.split():
                if not name.endswith(_HELD):
                    self._last_fired.setdefault(name, back)
                self._last_present.setdefault(name.rstrip(_HELD), back)

    def held(self) -> Iterator[Fired]:
        """Yield the entries that fired recently enough to be sticky still."""
        for entry_id, back in self._last_fired.items():
            entry = self._index.entries.get(entry_id)
            if entry is not None and back <= entry.sticky:
                turns = "turn" if back == 1 else "turns"
                yield Fired(entry, f"sticky, fired {back} {turns} back", held=True)

    def is_cooling(self, entry: LoreEntry) -> bool:
        """Return whether the entry was in a prompt too recently to fire again."""
        back = self._last_present.get(entry.id)
        return back is not None and back <= entry.cooldown


def _add(candidates: dict[str, Fired], found: Iterable[Fired]) -> None:
    """Add entries; a fresh mention replaces the reason that an entry is sticky."""
    for one in found:
        known = candidates.get(one.entry.id)
        if known is None or (known.held and not one.entry.cooldown):
            candidates[one.entry.id] = one


def _held_back(entry: LoreEntry, history: _History, seed: str) -> str:
    """Return which rule keeps the entry out, or an empty text."""
    if history.turns < entry.delay:
        return f"delayed until the story has {count(entry.delay, 'turn')}"
    if history.is_cooling(entry):
        return f"cooling down for {count(entry.cooldown, 'turn')}"
    if entry.probability < 100 and _draw(seed, entry.id) * 100 >= entry.probability:
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


def _order(one: Fired) -> int:
    return one.entry.order


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
