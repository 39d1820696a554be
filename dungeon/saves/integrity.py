"""Check a saves file, intact or damaged, and find its newest intact backup."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DatabaseError

from dungeon.errors import SavesError
from dungeon.saves import backups, mapping
from dungeon.saves.database import Database, explained
from dungeon.saves.tables import adventures, turns
from dungeon.text import clean_line

_EVERY_TURN = (
    select(*(turns.c[name] for name in mapping.HASHED), turns.c.sha256, turns.c.adventure_id)
    .add_columns(adventures.c.title)
    .select_from(turns.outerjoin(adventures, adventures.c.id == turns.c.adventure_id))
    .order_by(turns.c.number)
)
"""Only columns that every schema has had: copies of older ones are looked at too."""

_HEADS = turns.alias()
_TIPS = turns.alias()
_LOST_PLACES = (
    select(adventures.c.id, adventures.c.title)
    .outerjoin(
        _HEADS,
        (_HEADS.c.adventure_id == adventures.c.id) & (_HEADS.c.id == adventures.c.head),
    )
    .outerjoin(
        _TIPS,
        (_TIPS.c.adventure_id == adventures.c.id) & (_TIPS.c.id == adventures.c.tip),
    )
    .where(
        (adventures.c.head.is_not(None) & _HEADS.c.id.is_(None))
        | (adventures.c.tip.is_not(None) & _TIPS.c.id.is_(None))
    )
)

_ASK_INDEX = "INSERT INTO turns_search(turns_search, rank) VALUES ('integrity-check', 1)"


@dataclass(frozen=True, slots=True)
class DamagedTurn:
    """A turn that is not what was written."""

    adventure_id: str
    title: str
    """The adventure's."""
    turn_id: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an examination found."""

    path: Path
    adventures: int = 0
    turns: int = 0
    problems: tuple[str, ...] = ()
    """Sentences, the damaged turns among them."""
    damaged: tuple[DamagedTurn, ...] = ()
    good_backup: Path | None = None
    """The newest copy without a problem; looked for only where there is one here."""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def examine(path: Path) -> Report:
    """Return what is wrong with the saves at `path`; also of a file that cannot even be opened."""
    report = _examine_one(path)
    if report.good:
        return report
    good = (copy for copy in backups.newest_first(path) if _examine_one(copy).good)
    return replace(report, good_backup=next(good, None))


def _examine_one(path: Path) -> Report:
    database = Database(path, oldest=1)  # a copy from before a migration is as good
    try:
        with database.reading() as connection:
            return _Examination(connection, path).report()
    except SavesError as error:
        return Report(path, problems=(str(error),))
    finally:
        database.close()


class _Examination:
    """One file, looked at from every side; what stops one look does not stop the next."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._turns = 0
        self._damaged: list[DamagedTurn] = []

    def report(self) -> Report:
        problems: list[str] = []
        for look in (self._pages, self._keys, self._hashes, self._places, self._index):
            try:
                with explained(self._path, "read"):
                    problems.extend(look())
            except SavesError as error:
                problems.append(str(error))
        return Report(
            path=self._path,
            adventures=self._count(),
            turns=self._turns,
            problems=tuple(dict.fromkeys(problems)),
            damaged=tuple(self._damaged),
        )

    def _pages(self) -> Iterator[str]:
        for (found,) in self._connection.exec_driver_sql("PRAGMA integrity_check"):
            if found != "ok":
                yield f"SQLite finds the file damaged: {clean_line(str(found))}."

    def _keys(self) -> Iterator[str]:
        for row in self._connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"Row {row[1]} of the table {clean_line(row[0])} belongs to nothing that exists."

    def _hashes(self) -> Iterator[str]:
        for row in self._connection.execute(_EVERY_TURN):
            self._turns += 1
            if mapping.sound(row) is None:
                turn = DamagedTurn(
                    *(clean_line(str(part)) for part in (row.adventure_id, row.title, row.id))
                )
                self._damaged.append(turn)
                yield (
                    f"Turn {turn.turn_id} of “{turn.title}” ({turn.adventure_id}) "
                    "is not what Grue wrote."
                )

    def _places(self) -> Iterator[str]:
        for row in self._connection.execute(_LOST_PLACES):
            yield (
                f"“{clean_line(str(row.title))}” ({clean_line(str(row.id))}) stands at, or "
                "returns to, a turn that does not exist."
            )

    def _index(self) -> Iterator[str]:
        """Compare the search index with the turns, unless a damaged turn explains a difference.

        SQLite takes the question for a write, so a file that cannot be written goes unasked.
        """
        if self._damaged:
            return
        try:
            self._connection.exec_driver_sql(_ASK_INDEX)
        except DatabaseError as error:
            if isinstance(error.orig, sqlite3.OperationalError):
                return
            yield "The search index does not fit the turns; searching may miss some of them."

    def _count(self) -> int:
        try:
            return self._connection.execute(
                select(func.count()).select_from(adventures)
            ).scalar_one()
        except DatabaseError:
            return 0
