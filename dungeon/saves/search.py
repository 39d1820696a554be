"""Full-text search over every turn: keep the index in step and query it."""

import re
from dataclasses import dataclass

from sqlalchemy import Connection, text

from dungeon.errors import InputRefused
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
