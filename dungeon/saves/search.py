"""Full-text search over every turn: keep the index in step and query it."""

import re
from dataclasses import dataclass

from sqlalchemy import Connection, text

from dungeon.errors import InputRefused
from dungeon.text import clean, clean_line

_PHRASE = re.compile(r'"([^"]*)"|([^\s"]+)')
_WORD = re.compile(r"[^\W_]+")

_LONGEST = 32
"""Words of a query that are looked for; nobody remembers more, and SQLite's patience is finite."""

_ADD = text("""
    INSERT INTO turns_search(rowid, action, text)
    SELECT number, action, text FROM turns
    WHERE adventure_id = :adventure_id AND (:turn_id IS NULL OR id = :turn_id)
""")

_DROP = text("""
    INSERT INTO turns_search(turns_search, rowid, action, text)
    SELECT 'delete', number, action, text FROM turns WHERE adventure_id = :adventure_id
""")

_QUERY = text("""
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
    """A turn that was found."""

    adventure_id: str
    title: str
    """The adventure's."""
    turn_id: str
    snippet: str
    """The words around the place, on one line, with `…` where something is left out."""


def add(connection: Connection, adventure_id: str, turn_id: str | None = None) -> None:
    """Put one turn just stored into the index, or every turn of a new adventure."""
    connection.execute(_ADD, {"adventure_id": adventure_id, "turn_id": turn_id})


def drop(connection: Connection, adventure_id: str) -> None:
    """Take an adventure's turns out of the index, while they are still stored."""
    connection.execute(_DROP, {"adventure_id": adventure_id})


def find(connection: Connection, query: str, limit: int) -> list[Hit]:
    """Return at most `limit` turns that hold every word of `query`, the best first.

    Raises InputRefused where there is no word in it.
    """
    found = connection.execute(_QUERY, {"words": match_of(query), "limit": limit})
    return [
        Hit(row.adventure_id, clean_line(row.title), row.id, clean_line(row.snippet))
        for row in found
    ]


def match_of(query: str) -> str:
    """Return what a player typed as a full-text expression: quoted words, all of them wanted.

    Quotation marks bind a phrase; a last word outside of them may go on (`lant` finds lantern).
    """
    phrases: list[str] = []
    last_is_open = False
    for quoted, bare in _PHRASE.findall(clean(query)):
        words = _WORD.findall(quoted or bare)[:_LONGEST]
        if words:
            phrases.append(f'"{" ".join(words)}"')
            last_is_open = bool(bare)
    if not phrases:
        raise InputRefused("There is no word to search for. Name one that the story holds.")
    return " ".join(phrases[:_LONGEST]) + ("*" if last_is_open and len(phrases) <= _LONGEST else "")
