"""Full-text search over every turn: keep the index in step and query it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from dungeon.errors import InputRefused
from dungeon.retrieval import Match
from dungeon.text import clean, clean_line

_PHRASE = re.compile(r'"([^"]*)"|([^\s"]+)')
_WORD = re.compile(r"[^\W_]+")

_MAX_WORDS = 32
"""Words of a query, and of a phrase in it; SQLite becomes slow with many more."""

_INSERT = text("""
    INSERT INTO turns_search(rowid, action, text)
    SELECT number, action, text FROM turns
    WHERE adventure_id = :adventure_id AND (:turn_id IS NULL OR id = :turn_id)
""")

_DELETE = text("""
    INSERT INTO turns_search(turns_search, rowid, action, text)
    SELECT 'delete', number, action, text FROM turns WHERE adventure_id = :adventure_id
""")

_SELECT = text("""
    SELECT turns.adventure_id, adventures.title, turns.id,
           snippet(turns_search, -1, '', '', '…', 24) AS snippet
    FROM turns_search
    JOIN turns ON turns.number = turns_search.rowid
    JOIN adventures ON adventures.id = turns.adventure_id
    WHERE turns_search MATCH :words
    ORDER BY bm25(turns_search), turns.number DESC
    LIMIT :limit
""")

_NUMBER = text("SELECT number FROM turns WHERE adventure_id = :adventure_id AND id = :turn_id")

_WITH_WORD = text("""
    SELECT rowid FROM turns_search
    WHERE turns_search MATCH :match AND rowid BETWEEN :first AND :last
    LIMIT :limit
""")

_RANKED = text("""
    SELECT turns.number, turns.id
    FROM turns_search
    JOIN turns ON turns.number = turns_search.rowid
    WHERE turns_search MATCH :match AND turns_search.rowid BETWEEN :first AND :last
      AND turns.adventure_id = :adventure_id
    ORDER BY bm25(turns_search), turns.number DESC
""")

_MAX_SHARE = 0.1
"""Share of the turns searched above which a word is too common to say which turn is meant."""

_ALWAYS_RARE = 8
"""Number of turns with which a word is never too common."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that matches a query."""

    adventure_id: str
    title: str
    """The adventure's title."""
    turn_id: str
    snippet: str
    """The text around the match, on one line, with `…` where something is left out."""


def add_to_index(connection: Connection, adventure_id: str, turn_id: str | None = None) -> None:
    """Index one turn that was just inserted, or every turn of a new adventure."""
    connection.execute(_INSERT, {"adventure_id": adventure_id, "turn_id": turn_id})


def remove_from_index(connection: Connection, adventure_id: str) -> None:
    """Remove an adventure's turns from the index; call it before they are deleted."""
    connection.execute(_DELETE, {"adventure_id": adventure_id})


def find(connection: Connection, query: str, limit: int) -> list[Hit]:
    """Return at most `limit` turns that contain every word of `query`, the best match first.

    Raises InputRefused if there is no word in it.
    """
    found = connection.execute(_SELECT, {"words": build_match(query), "limit": limit})
    return [
        Hit(row.adventure_id, clean_line(row.title), row.id, clean_line(row.snippet))
        for row in found
    ]


def find_among(
    connection: Connection,
    adventure_id: str,
    words: Sequence[str],
    *,
    among: Sequence[str],
    limit: int,
) -> list[Match]:
    """Return at most `limit` turns of `among` that contain one of `words`, the best match first.

    `among` are ids, oldest first. A word that more than a tenth of as many turns contain is
    ignored, so that the time does not depend on how often common words occur.
    """
    between = _numbers(connection, adventure_id, among)
    if between is None:
        return []
    most = max(_ALWAYS_RARE, int(len(among) * _MAX_SHARE))
    rows_by_word: dict[str, frozenset[int]] = {}
    for word in words[:_MAX_WORDS]:
        match = {"match": f'"{word}"', "limit": most + 1}
        numbers = connection.execute(_WITH_WORD, match | between).scalars().all()
        if 0 < len(numbers) <= most:
            rows_by_word[word] = frozenset(numbers)
    if not rows_by_word:
        return []
    match = {"match": " OR ".join(f'"{word}"' for word in rows_by_word)}
    ancestors, found = frozenset(among), list[Match]()
    for row in connection.execute(_RANKED, match | between | {"adventure_id": adventure_id}):
        if row.id in ancestors:
            matched = (word for word, rows in rows_by_word.items() if row.number in rows)
            found.append(Match(row.id, tuple(matched)))
            if len(found) == limit:
                break
    return found


def _numbers(
    connection: Connection, adventure_id: str, among: Sequence[str]
) -> dict[str, int] | None:
    """Return the numbers of the first and the last turn of `among`; None if one is not saved."""
    numbers: dict[str, int] = {}
    for name, turn_id in (("first", among[0]), ("last", among[-1])) if among else ():
        place = {"adventure_id": adventure_id, "turn_id": turn_id}
        numbers[name] = connection.execute(_NUMBER, place).scalar() or 0
    return numbers if numbers and all(numbers.values()) else None


def build_match(query: str) -> str:
    """Return the FTS5 expression for what a player typed: all words and quoted phrases.

    A last word outside quotation marks is a prefix: `lant` finds lantern.
    """
    phrases: list[str] = []
    last_is_prefix = False
    for quoted, bare in _PHRASE.findall(clean(query)):
        words = _WORD.findall(quoted or bare)[:_MAX_WORDS]
        if words:
            phrases.append(f'"{" ".join(words)}"')
            last_is_prefix = bool(bare)
    if not phrases:
        raise InputRefused("There is no word to search for. Name one that the story holds.")
    return " ".join(phrases[:_MAX_WORDS]) + (
        "*" if last_is_prefix and len(phrases) <= _MAX_WORDS else ""
    )
