"""Find each turn once, though it is also in every fork and import of its adventure, and its copy on
the line of an edit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from dungeon.saves.branches import Branch, Place
from dungeon.saves.search import Copy, Hit, Query, SearchIndex, carried_from
from dungeon.saves.tables import turns
from dungeon.story.branch_numbers import PLAYED

_MOST_READ = 5_000
"""Matches that are read to find as many different ones as are wanted."""


def find_distinct(
    connection: Connection, index: SearchIndex, query: Query, player: str, limit: int
) -> list[Hit]:
    """Return at most `limit` turns of a player that match, the best first, with their copies.

    Copies match equally well, so that they are found one after another: one match more than is
    wanted says that the last of them has no further copies.
    """
    most = limit + 1
    while True:
        hits = list(index.find(connection, query, player, most))
        found = _group(hits, _origins(connection, hits))
        if len(found) > limit or len(hits) < most or most >= _MOST_READ:
            return found[:limit]
        most *= 4


def places_of(hit: Hit) -> Sequence[Hit | Copy]:
    """Return every place of a turn that was found, the one where it is shown first."""
    return [hit, *hit.copies]


def ids_of(place: Hit | Copy) -> Place:
    """Return the ids of the adventure and of the turn there."""
    return place.adventure_id, place.turn_id


def shown_at_best(hit: Hit, branches: Mapping[Place, Branch], playing: str) -> Hit:
    """Return the hit at one of its places, with its branch there: in the adventure `playing`, where
    it is there, and on a line that is played.
    """
    branch = {place: branches.get(ids_of(place), Branch()) for place in places_of(hit)}
    best = min(branch, key=lambda p: (p.adventure_id != playing, branch[p].number != PLAYED))
    located = replace(hit, branch=branch[best].number, branches=branch[best].count)
    return located if best is hit else _moved(located, best)


def _moved(hit: Hit, place: Hit | Copy) -> Hit:
    """Return the hit at another of its places; where it stood before becomes a copy."""
    others = tuple(each for each in hit.copies if each != place)
    return replace(
        hit,
        adventure_id=place.adventure_id,
        title=place.title,
        turn_id=place.turn_id,
        copies=(_copy(hit), *others),
    )


def _group(hits: Iterable[Hit], origins: Mapping[str, str]) -> list[Hit]:
    """Return the first of the hits that are the same turn with the same words, with the others."""
    groups: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        groups.setdefault((_played(hit.turn_id, origins), hit.snippet), []).append(hit)
    return [replace(first, copies=tuple(map(_copy, rest))) for first, *rest in groups.values()]


def _copy(hit: Hit) -> Copy:
    return Copy(hit.adventure_id, hit.title, hit.turn_id)


def _played(turn_id: str, origins: Mapping[str, str]) -> str:
    """Return the turn that was played, of which a turn is a copy, or a copy of a copy."""
    seen = set()
    while turn_id in origins and turn_id not in seen:  # a file may say that two copy each other
        seen.add(turn_id)
        turn_id = origins[turn_id]
    return min(seen) if turn_id in seen else turn_id


def _origins(connection: Connection, hits: Iterable[Hit]) -> Mapping[str, str]:
    """Return of which turn each is a copy, for the hits and for what they are copies of."""
    copies = [hit for hit in hits if hit.carried_from]
    found = {hit.turn_id: hit.carried_from for hit in copies}
    pending = {
        (hit.adventure_id, hit.carried_from) for hit in copies if hit.carried_from not in found
    }
    while pending:
        wanted: dict[str, list[str]] = {}
        for adventure_id, turn_id in pending:
            wanted.setdefault(adventure_id, []).append(turn_id)
        pending = set()
        for adventure_id, turn_ids in wanted.items():
            for turn_id, origin in _copies_among(connection, adventure_id, turn_ids):
                if turn_id not in found:
                    pending.add((adventure_id, origin))
                    found[turn_id] = origin
    return found


def _copies_among(
    connection: Connection, adventure_id: str, turn_ids: Sequence[str]
) -> Iterable[tuple[str, str]]:
    """Yield which turns of an adventure are copies, and of which turn.

    One adventure at a time: SQLite would look for pairs of ids without its index.
    """
    here = (turns.c.adventure_id == adventure_id) & turns.c.id.in_(turn_ids)
    for row in connection.execute(select(turns.c.id, turns.c.provenance).where(here)):
        if origin := carried_from(row.provenance):
            yield row.id, origin
