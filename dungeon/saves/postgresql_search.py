"""The search index of PostgreSQL: a GIN index over the words of the turns as tsvector.

The text search configuration `grue_search`, which the first migration creates, stems English words
and has no stop words, as SQLite's index. Words are split and folded here, so that both databases
find the same, whatever the server's locale.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select, text

from dungeon.saves.search import WORD, Hit, Query, SearchIndex, Span, carried_from
from dungeon.saves.tables import turns
from dungeon.text import clean_line

_MAX_BYTES = 400_000
"""How much of a turn's words is indexed: a tsvector holds at most 1 MB, positions included."""

_INSERT = text("""
    INSERT INTO turns_search(number, adventure_id, words)
    VALUES (:number, :adventure_id, to_tsvector('grue_search', :words))
""")

_DELETE = text("DELETE FROM turns_search WHERE adventure_id = :adventure_id")

# Only the turns that are shown get a headline: making one reads the whole text.
_SELECT = text("""
    SELECT found.adventure_id, found.title, found.id, found.depth, found.provenance, found.story,
           ts_headline('grue_search', found.story, found.query,
                       'StartSel="", StopSel="", MaxWords=24, MinWords=12') AS headline
    FROM (
        SELECT turns.adventure_id, adventures.title, turns.id, turns.number, turns.depth,
               turns.provenance, query,
               turns.action || ' ' || turns.text AS story,
               ts_rank(turns_search.words, query, 1) AS rank
        FROM to_tsquery('grue_search', :match) AS query
        JOIN turns_search ON turns_search.words @@ query
        JOIN turns ON turns.number = turns_search.number
        JOIN adventures ON adventures.id = turns.adventure_id
        WHERE adventures.player = :player
        ORDER BY rank DESC, turns.number DESC
        LIMIT :limit
    ) AS found
    ORDER BY found.rank DESC, found.number DESC
""")

_WITH_WORD = text("""
    SELECT number FROM turns_search
    WHERE words @@ to_tsquery('grue_search', :match)
      AND adventure_id = :adventure_id AND number BETWEEN :first AND :last
    LIMIT :limit
""")

_RANKED = text("""
    SELECT turns.number, turns.id
    FROM to_tsquery('grue_search', :match) AS query
    JOIN turns_search ON turns_search.words @@ query
    JOIN turns ON turns.number = turns_search.number
    WHERE turns_search.adventure_id = :adventure_id
      AND turns_search.number BETWEEN :first AND :last
    ORDER BY ts_rank(turns_search.words, query, 1) DESC, turns.number DESC
""")


class PostgresSearchIndex(SearchIndex):
    """A table with the words of every turn."""

    def add(self, connection: Connection, adventure_id: str, turn_id: str | None = None) -> None:
        """Index one turn that was just inserted, or every turn of a new adventure."""
        one = () if turn_id is None else (turns.c.id == turn_id,)
        _insert(connection, adventure_id, *one)

    def add_after(self, connection: Connection, adventure_id: str, turn_id: str) -> None:
        """Index the turns that were just inserted after that one."""
        here = (turns.c.adventure_id == adventure_id) & (turns.c.id == turn_id)
        number = select(turns.c.number).where(here).scalar_subquery()
        _insert(connection, adventure_id, turns.c.number > number)

    def remove(self, connection: Connection, adventure_id: str) -> None:
        """Remove an adventure's turns; call it before they are deleted."""
        connection.execute(_DELETE, {"adventure_id": adventure_id})

    def find(self, connection: Connection, query: Query, player: str, limit: int) -> Iterable[Hit]:
        """Return the turns that match, the best first."""
        values = {"match": build_tsquery(query), "player": player, "limit": limit}
        for row in connection.execute(_SELECT, values):
            snippet = _mark_omissions(clean_line(row.headline), clean_line(row.story))
            title, copied = clean_line(row.title), carried_from(row.provenance)
            yield Hit(row.adventure_id, title, row.id, snippet, row.depth, carried_from=copied)

    def numbers_with(
        self, connection: Connection, word: str, span: Span, limit: int
    ) -> frozenset[int]:
        """Return the numbers of at most `limit` turns of the span that contain `word`."""
        values = {"match": _phrase([word]), "limit": limit, **asdict(span)}
        return frozenset(connection.execute(_WITH_WORD, values).scalars())

    def rank(self, connection: Connection, words: Sequence[str], span: Span) -> Iterable[Row[Any]]:
        """Return the turns that contain any of `words`, the best first."""
        match = " | ".join(filter(None, (_phrase([word]) for word in words)))
        return connection.execute(_RANKED, {"match": match, **asdict(span)})


def _insert(connection: Connection, adventure_id: str, *which: ColumnElement[bool]) -> None:
    """Index the turns of an adventure for which all of these hold."""
    query = select(turns.c.number, turns.c.action, turns.c.text).where(
        turns.c.adventure_id == adventure_id, *which
    )
    rows = [
        {
            "number": row.number,
            "adventure_id": adventure_id,
            "words": _indexed_words(f"{row.action} {row.text}"),
        }
        for row in connection.execute(query)
    ]
    connection.execute(_INSERT, rows)


def build_tsquery(query: Query) -> str:
    """Return the tsquery expression for a query: quoted words only."""
    phrases = list(filter(None, map(_phrase, query.phrases)))
    if phrases and query.last_is_prefix:
        phrases[-1] += ":*"  # it belongs to the last word
    return " & ".join(phrases)


def _phrase(words: Sequence[str]) -> str:
    return " <-> ".join(f"'{word}'" for word in _split(" ".join(words)))


def _split(story: str) -> list[str]:
    """Return the words of a text in small letters, without accents."""
    decomposed = unicodedata.normalize("NFKD", story)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return WORD.findall(plain.lower())


def _indexed_words(story: str) -> str:
    words = " ".join(_split(story))
    return words.encode()[:_MAX_BYTES].decode(errors="ignore")


def _mark_omissions(snippet: str, story: str) -> str:
    before = "" if story.startswith(snippet) else "…"
    after = "" if story.endswith(snippet) else "…"
    return f"{before}{snippet}{after}"
