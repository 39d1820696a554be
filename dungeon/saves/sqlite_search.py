"""The search index of a SQLite file: FTS5 over the turns, ranked by BM25."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Row, text

from dungeon.saves.search import Hit, Query, SearchIndex, Span, carried_from
from dungeon.text import clean_line

_INSERT = text("""
    INSERT INTO turns_search(rowid, action, text)
    SELECT number, action, text FROM turns WHERE adventure_id = :adventure_id
""")

_INSERT_ONE = text("""
    INSERT INTO turns_search(rowid, action, text)
    SELECT number, action, text FROM turns WHERE adventure_id = :adventure_id AND id = :turn_id
""")

_INSERT_AFTER = text("""
    INSERT INTO turns_search(rowid, action, text)
    SELECT number, action, text FROM turns
    WHERE adventure_id = :adventure_id AND number > (
        SELECT number FROM turns WHERE adventure_id = :adventure_id AND id = :turn_id
    )
""")

_DELETE = text("""
    INSERT INTO turns_search(turns_search, rowid, action, text)
    SELECT 'delete', number, action, text FROM turns WHERE adventure_id = :adventure_id
""")

_MOST_RANKED = 2_000
"""Matches that a search ranks, the newest: a word of every second turn takes no longer."""

# Only the turns that are shown are read and get a snippet, in a second pass over the matches: in a
# single one, which sorts them all, SQLite would make a snippet for most. bm25() fails for a turn
# that the index alone still knows, as after damage: one that has no size there is left out.
_SELECT = text("""
    WITH newest AS (
        SELECT turns_search.rowid AS number, bm25(turns_search) AS score
        FROM turns_search CROSS JOIN turns_search_docsize ON id = turns_search.rowid
        WHERE turns_search MATCH :match
        ORDER BY turns_search.rowid DESC LIMIT :most
    ),
    best AS (SELECT number FROM newest ORDER BY score, number DESC LIMIT :limit)
    SELECT turns.adventure_id, adventures.title, turns.id, turns.depth,
           CASE WHEN instr(turns.provenance, '"carried_from": ""') THEN ''
                ELSE turns.provenance END AS provenance,
           snippet(turns_search, -1, '', '', '…', 24) AS snippet
    FROM turns_search
    JOIN turns ON turns.number = turns_search.rowid
    JOIN adventures ON adventures.id = turns.adventure_id
    WHERE turns_search MATCH :match AND turns_search.rowid >= (SELECT min(number) FROM best)
      AND +turns_search.rowid IN (SELECT number FROM best)
      AND adventures.player = :player
    ORDER BY bm25(turns_search), turns.number DESC
""")

_MOST_RANKED_BEGINNING = 500
"""Matches that a search for the beginning of a word ranks."""

# FTS5 merges the turns of all words that begin so for each time it is asked for a beginning: once
# here, and not for bm25() and for the snippets as well. The score is BM25 for one word, with
# sizes in characters; marks count its occurrences.
_SELECT_BEGINNING = text("""
    WITH found AS (
        SELECT turns_search.rowid AS number,
               snippet(turns_search, -1, '', '', '…', 24) AS snippet,
               highlight(turns_search, 0, '', char(1))
               || highlight(turns_search, 1, '', char(1)) AS marked
        FROM turns_search CROSS JOIN turns_search_docsize ON id = turns_search.rowid
        WHERE turns_search MATCH :match
        ORDER BY turns_search.rowid DESC LIMIT :most
    ),
    counted AS (
        SELECT number, snippet, length(marked) AS size,
               length(marked) - length(replace(marked, char(1), '')) AS occurrences
        FROM found
    ),
    scored AS (
        SELECT number, snippet,
               occurrences / (occurrences + 0.3 + 0.9 * size / avg(size) OVER ()) AS score
        FROM counted
    )
    SELECT turns.adventure_id, adventures.title, turns.id, turns.depth, turns.provenance,
           scored.snippet
    FROM scored
    JOIN turns ON turns.number = scored.number
    JOIN adventures ON adventures.id = turns.adventure_id
    WHERE adventures.player = :player
    ORDER BY scored.score DESC, turns.number DESC
    LIMIT :limit
""")

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


class SqliteSearchIndex(SearchIndex):
    """An external-content FTS5 table: the text itself stays in the turns."""

    def add(self, connection: Connection, adventure_id: str, turn_id: str | None = None) -> None:
        """Index one turn that was just inserted, or every turn of a new adventure."""
        if turn_id is None:
            connection.execute(_INSERT, {"adventure_id": adventure_id})
        else:  # a statement of its own, which finds the turn by the index of ids
            connection.execute(_INSERT_ONE, {"adventure_id": adventure_id, "turn_id": turn_id})

    def add_after(self, connection: Connection, adventure_id: str, turn_id: str) -> None:
        """Index the turns that were just inserted after that one."""
        connection.execute(_INSERT_AFTER, {"adventure_id": adventure_id, "turn_id": turn_id})

    def remove(self, connection: Connection, adventure_id: str) -> None:
        """Remove an adventure's turns; call it before they are deleted."""
        connection.execute(_DELETE, {"adventure_id": adventure_id})

    def find(self, connection: Connection, query: Query, player: str, limit: int) -> Iterable[Hit]:
        """Return the turns that match, the best first."""
        statement, most = _SELECT, _MOST_RANKED
        if query.is_beginning:
            statement, most = _SELECT_BEGINNING, _MOST_RANKED_BEGINNING
        match = build_match(query)
        values = {"match": match, "most": most, "player": player, "limit": limit}
        return map(_hit, connection.execute(statement, values))

    def numbers_with(
        self, connection: Connection, word: str, span: Span, limit: int
    ) -> frozenset[int]:
        """Return the numbers of at most `limit` turns of the span that contain `word`.

        Turns of other adventures that were written at the same time may be among them.
        """
        values = {"match": f'"{word}"', "first": span.first, "last": span.last, "limit": limit}
        return frozenset(connection.execute(_WITH_WORD, values).scalars())

    def rank(self, connection: Connection, words: Sequence[str], span: Span) -> Iterable[Row[Any]]:
        """Return the turns that contain any of `words`, the best first."""
        match = " OR ".join(f'"{word}"' for word in words)
        return connection.execute(_RANKED, {"match": match, **asdict(span)})


def _hit(row: Row[Any]) -> Hit:
    title, snippet = clean_line(row.title), clean_line(row.snippet)
    copied = carried_from(row.provenance)
    return Hit(row.adventure_id, title, row.id, snippet, row.depth, carried_from=copied)


def build_match(query: Query) -> str:
    """Return the FTS5 expression for a query: quoted phrases, the last one maybe a prefix."""
    phrases = " ".join(f'"{" ".join(words)}"' for words in query.phrases)
    return phrases + ("*" if query.last_is_prefix else "")
