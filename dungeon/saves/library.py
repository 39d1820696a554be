"""The library of saves: load, extend, search and maintain adventures."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Row, delete, func, insert, select, update

from dungeon.errors import HeadMoved, InputRefused, NotSaved
from dungeon.saves import backups, integrity, mapping, queries, schema, search
from dungeon.saves.database import Database
from dungeon.saves.tables import adventures, drafts, revisions, turns
from dungeon.story import Adventure, Draft, Turn
from dungeon.text import clean_line

EXCERPT = 160
"""Characters of the last reply that a summary shows, at most."""

_TABLES = (drafts, revisions, turns, adventures)
"""In the order in which an adventure's rows can be deleted."""


@dataclass(frozen=True, slots=True)
class Summary:
    """An adventure as a list of adventures shows it."""

    id: str
    title: str
    scenario: str
    turns: int
    """How many turns lead from the opening to where the player stands, both counted."""
    changed: datetime
    excerpt: str
    """The beginning of the last reply, on one line."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What a field said before it was changed."""

    field: str
    """`title`, `memory` or `note`."""
    value: str
    changed: datetime
    """When it was replaced."""


class Library:
    """The saves of one player. Several windows may have one open on the same file.

    Every method that writes raises NotSaved where that fails, and has then left no trace. Every
    method that reads raises SavesDamaged where the file is damaged, and SavesError where it cannot
    be read. Each says why in a sentence.
    """

    def __init__(self, path: Path, notices: tuple[str, ...] = ()) -> None:
        self.path = path
        self.notices = notices
        """Sentences on what did not go well on opening and hinders nobody: a backup not made."""
        self._database = Database(path)

    @classmethod
    def open(cls, where: Path | str, *, back_up: bool = True) -> Self:
        """Return the library at `where`: a path, or a URL that begins with `sqlite:///`.

        Creates the file and its folder where there is none, brings an older schema up to date
        after a backup, and makes the day's backup unless `back_up` is False. A file of a newer
        Grue, or one that is not Grue's, is refused and left as it is.
        """
        path = schema.path_of(where)
        made = schema.prepare(path)
        notices = backups.daily(path) if back_up and not made else ()
        return cls(path, notices)

    def close(self) -> None:
        """Let the file go. Nothing is waiting to be written: every call has written its own."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # ── Reading ──────────────────────────────────────────────────────────────────────────────

    def find(self, prefix: str) -> str:
        """Return the id of the one adventure whose id begins with `prefix`.

        Raises InputRefused where there is none, or more than one.
        """
        with self._database.reading() as connection:
            return queries.find(connection, prefix)

    def load(self, adventure_id: str) -> Adventure:
        """Return the adventure whose id is, or begins with, `adventure_id`.

        Raises InputRefused where that names none or several. Raises TurnsDamaged (a SavesDamaged)
        where a turn is not what was written; it names the turns, and its `adventure` holds
        everything that can still be read, fit to be shown and played on.
        """
        with self._database.reading() as connection:
            found = queries.find(connection, adventure_id)
            row = connection.execute(select(adventures).where(adventures.c.id == found)).one()
            stored = select(turns).where(turns.c.adventure_id == found).order_by(turns.c.number)
            turn_rows = connection.execute(stored).all()
        return mapping.adventure_of(row, turn_rows)

    def summaries(self) -> list[Summary]:
        """Return every adventure, the one changed last first."""
        head = (turns.c.adventure_id == adventures.c.id) & (turns.c.id == adventures.c.head)
        excerpt = func.substr(turns.c.text, 1, 2 * EXCERPT)
        query = (
            select(adventures, turns.c.depth, excerpt.label("excerpt"))
            .select_from(adventures.outerjoin(turns, head))
            .order_by(adventures.c.changed.desc(), adventures.c.id)
        )
        with self._database.reading() as connection:
            return [_summary(row) for row in connection.execute(query)]

    def latest_id(self) -> str | None:
        """Return the id of the adventure changed last, or None where there is none."""
        query = select(adventures.c.id).order_by(adventures.c.changed.desc(), adventures.c.id)
        with self._database.reading() as connection:
            latest: str | None = connection.execute(query.limit(1)).scalar()
        return latest

    def search(self, query: str, limit: int = 20) -> list[search.Hit]:
        """Return the turns that hold every word of `query`, the best first, from every branch.

        Words in quotation marks are looked for as a phrase; the last word may be unfinished.
        Raises InputRefused where there is no word in it.
        """
        with self._database.reading() as connection:
            return search.find(connection, query, limit)

    def revisions(self, adventure_id: str) -> list[Revision]:
        """Return what the adventure's title, memory and note said before, the newest first."""
        query = (
            select(revisions)
            .where(revisions.c.adventure_id == adventure_id)
            .order_by(revisions.c.number.desc())
        )
        with self._database.reading() as connection:
            return [
                Revision(row.field, row.value, mapping.moment(row.changed))
                for row in connection.execute(query)
            ]

    def draft(self, adventure_id: str) -> Draft | None:
        """Return the turn that was under way when it was last kept, or None."""
        query = select(drafts).where(drafts.c.adventure_id == adventure_id)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return mapping.draft_of(row) if row else None

    # ── Writing ──────────────────────────────────────────────────────────────────────────────

    def create(self, adventure: Adventure) -> None:
        """Store a whole adventure, every turn of every branch, in one transaction.

        Raises InputRefused where an adventure of that id is there already: nothing is replaced.
        """
        with self._database.writing() as connection:
            taken = select(adventures.c.id).where(adventures.c.id == adventure.id)
            if connection.execute(taken).first():
                raise InputRefused(f"There is an adventure {adventure.id} already; it was kept.")
            connection.execute(insert(adventures).values(mapping.adventure_row(adventure)))
            if adventure.turns:
                connection.execute(insert(turns), mapping.turn_rows(adventure))
                search.add(connection, adventure.id)

    def append(self, adventure_id: str, turn: Turn, *, expected_head: str | None) -> None:
        """Add `turn` and move head and tip to it; the draft is done with and goes.

        `expected_head` is where this window believes the player stands. Raises HeadMoved where
        another window moved on meanwhile: the turn is then kept as a branch, and the head is left.
        Appending the same turn again after a NotSaved is safe.
        """
        with self._database.writing() as connection:
            queries.add(connection, adventure_id, turn)
            place = {"head": turn.id, "tip": turn.id, "changed": mapping.stamp(turn.created)}
            moved = queries.move(connection, adventure_id, expected_head, place)
            connection.execute(delete(drafts).where(drafts.c.adventure_id == adventure_id))
        if not moved:
            raise HeadMoved(
                "Another window moved this adventure on meanwhile. This turn is saved as a branch "
                "beside it; open the adventure again to stand where the other window stands."
            )

    def move_head(
        self, adventure_id: str, *, head: str | None, tip: str | None, expected_head: str | None
    ) -> None:
        """Move the player to the turn `head`, and redo's goal to `tip`.

        Raises HeadMoved, with nothing changed, where another window moved on meanwhile.
        """
        with self._database.writing() as connection:
            for turn_id in filter(None, {head, tip}):
                if queries.stored(connection, adventure_id, turn_id) is None:
                    raise NotSaved(f"Not saved: there is no turn {turn_id} to move to.")
            place = {"head": head, "tip": tip, "changed": mapping.now()}
            moved = queries.move(connection, adventure_id, expected_head, place)
        if not moved:
            raise HeadMoved(
                "Another window moved this adventure on meanwhile, so nothing was changed. "
                "Open the adventure again to stand where the other window stands."
            )

    def revise(
        self,
        adventure_id: str,
        *,
        title: str | None = None,
        memory: str | None = None,
        note: str | None = None,
    ) -> None:
        """Change what is not None; what it said before is kept among the revisions."""
        fields = {"title": title, "memory": memory, "note": note}
        with self._database.writing() as connection:
            old = queries.known(connection, adventure_id)._asdict()
            new = {name: text for name, text in fields.items() if text not in (None, old[name])}
            changed = mapping.now()
            for name in new:
                kept = {"field": name, "value": old[name], "changed": changed}
                connection.execute(insert(revisions).values(adventure_id=adventure_id, **kept))
            if new:
                there = update(adventures).where(adventures.c.id == adventure_id)
                connection.execute(there.values(changed=changed, **new))

    def keep_draft(self, adventure_id: str, draft: Draft) -> None:
        """Keep the turn under way in place of the one kept before."""
        with self._database.writing() as connection:
            queries.known(connection, adventure_id)
            connection.execute(delete(drafts).where(drafts.c.adventure_id == adventure_id))
            connection.execute(insert(drafts).values(mapping.draft_row(adventure_id, draft)))

    def drop_draft(self, adventure_id: str) -> None:
        """Forget the turn under way."""
        with self._database.writing() as connection:
            connection.execute(delete(drafts).where(drafts.c.adventure_id == adventure_id))

    def delete(self, adventure_id: str) -> None:
        """Remove the adventure with this full id and everything of it, after a backup.

        The only way anything is ever deleted. Raises InputRefused where there is none.
        """
        if self.find(adventure_id) != adventure_id:
            raise InputRefused(f"{adventure_id} is only the beginning of an id; nothing was lost.")
        backups.before(self.path, "delete")
        with self._database.writing() as connection:
            search.drop(connection, adventure_id)
            for table in _TABLES:
                column = table.c.id if table is adventures else table.c.adventure_id
                connection.execute(delete(table).where(column == adventure_id))

    # ── Keeping well ─────────────────────────────────────────────────────────────────────────

    def check(self) -> integrity.Report:
        """Return what is wrong with the file, if anything, and the newest good backup."""
        return integrity.examine(self.path)

    def backup(self, to: Path | None = None) -> Path:
        """Copy everything to `to`, or into the folder of backups, and return where the copy is.

        Raises InputRefused where `to` is there already, SavesDamaged where the copy is not good.
        """
        return backups.copy(self.path, to or backups.stamped(self.path))


def _summary(row: Row[Any]) -> Summary:
    excerpt = clean_line(str(row.excerpt or ""))
    return Summary(
        id=row.id,
        title=clean_line(str(row.title)),
        scenario=clean_line(str(row.scenario)),
        turns=row.depth or 0,
        changed=mapping.moment(row.changed),
        excerpt=excerpt if len(excerpt) <= EXCERPT else excerpt[: EXCERPT - 1].rstrip() + "…",
    )
