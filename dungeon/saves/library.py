"""The library of saves: load, extend, search and maintain adventures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from dungeon.errors import HeadMoved, InputRefused, NotSaved
from dungeon.retrieval import Match
from dungeon.saves import backups, mapping, migration, search
from dungeon.saves.database import Database
from dungeon.saves.tables import adventures, drafts, revisions, turns
from dungeon.story import Adventure, Draft, Turn
from dungeon.text import clean_line

MAX_EXCERPT = 160
"""Characters of the last reply in a summary."""

_MAX_NAMED = 5
"""Adventures that an error message names."""

_TABLES = (drafts, revisions, turns, adventures)
"""In the order in which an adventure's rows can be deleted."""


@dataclass(frozen=True, slots=True)
class Summary:
    """An adventure as lists show it."""

    id: str
    title: str
    scenario: str
    turns: int
    """Turns from the opening to the head, both counted."""
    changed: datetime
    excerpt: str
    """The beginning of the last reply, on one line."""


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier value of a field."""

    field: str
    """`title`, `memory`, `note`, `lore` or `checkpoints`."""
    value: str
    changed: datetime
    """When it was replaced."""


class Library:
    """The saves of one player. Several processes may have the same file open.

    Methods that write raise NotSaved if that fails, and roll back. Methods that read raise
    SavesDamaged if the file is damaged, and SavesError if it cannot be read.
    """

    def __init__(self, path: Path, notices: tuple[str, ...] = ()) -> None:
        self.path = path
        self.notices = notices
        """Warnings from opening: a backup that failed."""
        self._database = Database(path)

    @classmethod
    def open(cls, where: Path | str, *, back_up: bool = True) -> Self:
        """Return the library at `where`: a path, or a URL that begins with `sqlite:///`.

        Creates the file and its folder if there is none, migrates an older schema after a backup,
        and makes the daily backup unless `back_up` is False. A file of a newer Grue, or one that
        is not Grue's, is refused and left unchanged.
        """
        path = migration.resolve_path(where)
        created = migration.create_or_migrate(path)
        notices = backups.back_up_daily(path) if back_up and not created else ()
        return cls(path, notices)

    def close(self) -> None:
        """Close the file. There is nothing to flush: every call commits."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── Reading ──────────────────────────────────────────────────────────────────────────────

    def find(self, prefix: str) -> str:
        """Return the id of the one adventure whose id begins with `prefix`.

        Raises InputRefused if there is none or more than one.
        """
        with self._database.read_transaction() as connection:
            return _find_id(connection, prefix)

    def load(self, adventure_id: str) -> Adventure:
        """Return the adventure whose id is, or begins with, `adventure_id`.

        Raises InputRefused if there is none or more than one. Raises TurnsDamaged (a SavesDamaged)
        if a turn is not what was written: it names the turns, and its `adventure` is everything
        that can still be read, safe to show and to continue.
        """
        with self._database.read_transaction() as connection:
            found = _find_id(connection, adventure_id)
            row = connection.execute(select(adventures).where(adventures.c.id == found)).one()
            stored = select(turns).where(turns.c.adventure_id == found).order_by(turns.c.number)
            turn_rows = connection.execute(stored).all()
        return mapping.adventure_from(row, turn_rows)

    def summaries(self) -> list[Summary]:
        """Return every adventure, the most recently changed first."""
        head = (turns.c.adventure_id == adventures.c.id) & (turns.c.id == adventures.c.head)
        excerpt = func.substr(turns.c.text, 1, 2 * MAX_EXCERPT)
        query = (
            select(adventures, turns.c.depth, excerpt.label("excerpt"))
            .select_from(adventures.outerjoin(turns, head))
            .order_by(adventures.c.changed.desc(), adventures.c.id)
        )
        with self._database.read_transaction() as connection:
            return [_summary(row) for row in connection.execute(query)]

    def latest_id(self) -> str | None:
        """Return the id of the most recently changed adventure, or None if there is none."""
        query = select(adventures.c.id).order_by(adventures.c.changed.desc(), adventures.c.id)
        with self._database.read_transaction() as connection:
            return connection.scalar(query.limit(1))

    def search(self, query: str, limit: int = 20) -> list[search.Hit]:
        """Return the turns of any branch that contain every word of `query`, the best match first.

        Words in quotation marks are a phrase; the last word may be incomplete. Raises InputRefused
        if there is no word in it.
        """
        with self._database.read_transaction() as connection:
            return search.find(connection, query, limit)

    def matching_turns(
        self, adventure_id: str, words: Sequence[str], *, among: Sequence[str], limit: int
    ) -> list[Match]:
        """Return the best matches for any of `words` among some turns, given by id, oldest first.

        Words that many of them contain are ignored.
        """
        with self._database.read_transaction() as connection:
            return search.find_among(connection, adventure_id, words, among=among, limit=limit)

    def revisions(self, adventure_id: str) -> list[Revision]:
        """Return earlier values of the fields that `revise` changes, the newest first."""
        query = (
            select(revisions)
            .where(revisions.c.adventure_id == adventure_id)
            .order_by(revisions.c.number.desc())
        )
        with self._database.read_transaction() as connection:
            return [
                Revision(row.field, row.value, mapping.parse_time(row.changed))
                for row in connection.execute(query)
            ]

    def draft(self, adventure_id: str) -> Draft | None:
        """Return the turn in progress, as it was last stored, or None."""
        query = select(drafts).where(drafts.c.adventure_id == adventure_id)
        with self._database.read_transaction() as connection:
            row = connection.execute(query).first()
        return mapping.draft_from(row) if row else None

    # ── Writing ──────────────────────────────────────────────────────────────────────────────

    def create(self, adventure: Adventure) -> None:
        """Store an adventure with every turn of every branch, in one transaction.

        Raises InputRefused if there is an adventure with that id already: nothing is replaced.
        """
        with self._database.write_transaction() as connection:
            taken = select(adventures.c.id).where(adventures.c.id == adventure.id)
            if connection.execute(taken).first():
                raise InputRefused(f"There is an adventure {adventure.id} already; it was kept.")
            connection.execute(insert(adventures).values(mapping.adventure_row(adventure)))
            if adventure.turns:
                connection.execute(insert(turns), mapping.turn_rows(adventure))
                search.add_to_index(connection, adventure.id)

    def append(self, adventure_id: str, turn: Turn, *, expected_head: str | None) -> None:
        """Add `turn`, move head and tip to it, and delete the draft.

        `expected_head` is the head as far as this process knows. Raises HeadMoved if another one
        moved it meanwhile: the turn is then kept as a branch, and the head stays. Appending the
        same turn again after a NotSaved is safe.
        """
        with self._database.write_transaction() as connection:
            _insert_turn(connection, adventure_id, turn)
            place = {"head": turn.id, "tip": turn.id, "changed": mapping.format_time(turn.created)}
            moved = _move_head(connection, adventure_id, expected_head, place)
            connection.execute(delete(drafts).where(drafts.c.adventure_id == adventure_id))
        if not moved:
            raise HeadMoved(
                "Another window moved this adventure on meanwhile. This turn is saved as a branch "
                "beside it; open the adventure again to stand where the other window stands."
            )

    def move_head(
        self, adventure_id: str, *, head: str | None, tip: str | None, expected_head: str | None
    ) -> None:
        """Move the head and the tip of an adventure.

        Raises HeadMoved, with nothing changed, if another process moved the head meanwhile.
        """
        with self._database.write_transaction() as connection:
            for turn_id in filter(None, {head, tip}):
                if _get_turn(connection, adventure_id, turn_id) is None:
                    raise NotSaved(f"Not saved: there is no turn {turn_id} to move to.")
            place = {"head": head, "tip": tip, "changed": mapping.format_time()}
            moved = _move_head(connection, adventure_id, expected_head, place)
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
        lore: str | None = None,
        checkpoints: Mapping[str, str] | None = None,
    ) -> None:
        """Change the fields that are not None; their old values become revisions."""
        fields = {"title": title, "memory": memory, "note": note, "lore": lore}
        if checkpoints is not None:
            fields["checkpoints"] = mapping.dump_checkpoints(checkpoints)
        with self._database.write_transaction() as connection:
            old = _get_adventure(connection, adventure_id)._asdict()
            new = {name: text for name, text in fields.items() if text not in (None, old[name])}
            changed = mapping.format_time()
            for name in new:
                kept = {"field": name, "value": old[name], "changed": changed}
                connection.execute(insert(revisions).values(adventure_id=adventure_id, **kept))
            if new:
                there = update(adventures).where(adventures.c.id == adventure_id)
                connection.execute(there.values(changed=changed, **new))

    def keep_draft(self, adventure_id: str, draft: Draft) -> None:
        """Store the turn in progress, in place of an earlier one."""
        with self._database.write_transaction() as connection:
            _get_adventure(connection, adventure_id)
            connection.execute(delete(drafts).where(drafts.c.adventure_id == adventure_id))
            connection.execute(insert(drafts).values(adventure_id=adventure_id, **asdict(draft)))

    def drop_draft(self, adventure_id: str) -> None:
        """Delete the turn in progress."""
        with self._database.write_transaction() as connection:
            connection.execute(delete(drafts).where(drafts.c.adventure_id == adventure_id))

    def delete(self, adventure_id: str) -> None:
        """Delete the adventure with this full id and everything in it, after a backup.

        The only deletion there is. Raises InputRefused if there is no such adventure.
        """
        if self.find(adventure_id) != adventure_id:
            raise InputRefused(f"{adventure_id} is only the beginning of an id; nothing was lost.")
        backups.back_up_before(self.path, "delete")
        with self._database.write_transaction() as connection:
            search.remove_from_index(connection, adventure_id)
            for table in _TABLES:
                column = table.c.id if table is adventures else table.c.adventure_id
                connection.execute(delete(table).where(column == adventure_id))

    # ── Maintenance ─────────────────────────────────────────────────────────────────────────

    def backup(self, to: Path | None = None) -> Path:
        """Copy everything to `to`, by default into the folder of backups; return the copy's path.

        Raises InputRefused if `to` exists, SavesDamaged if the copy is damaged.
        """
        return backups.copy(self.path, to or backups.timestamped_path(self.path))


# ── Statements of the transactions ───────────────────────────────────────────────────────────────


def _find_id(connection: Connection, prefix: str) -> str:
    """Return the one id that begins with `prefix`; an exact match wins over longer ids."""
    prefix = clean_line(prefix)
    matches = func.substr(adventures.c.id, 1, len(prefix)) == prefix
    query = select(adventures.c.id, adventures.c.title).where(matches).order_by(adventures.c.id)
    found = connection.execute(query.limit(_MAX_NAMED + 1)).all() if prefix else []
    match [row.id for row in found]:
        case [only]:
            return str(only)
        case [first, *_] if first == prefix:
            return prefix
        case []:
            raise InputRefused(
                f"There is no adventure {prefix!r}. `grue saves list` shows those there are."
            )
    several = ", ".join(f"{row.id} “{clean_line(row.title)}”" for row in found[:_MAX_NAMED])
    more = ", …" if len(found) > _MAX_NAMED else ""
    raise InputRefused(
        f"More than one adventure begins with {prefix!r}: {several}{more}. Give more of its id."
    )


def _get_adventure(connection: Connection, adventure_id: str) -> Row[Any]:
    """Return the adventure's row. Raises NotSaved if another window has deleted it."""
    query = select(adventures).where(adventures.c.id == adventure_id)
    row = connection.execute(query).first()
    if row is None:
        raise NotSaved(
            f"Not saved: the adventure {adventure_id} is not there any more. Deleted ones are in "
            "the backups that were made before."
        )
    return row


def _get_turn(connection: Connection, adventure_id: str, turn_id: str) -> Row[Any, Any] | None:
    """Return the depth and the hash of a turn, or None if there is no such turn."""
    here = (turns.c.adventure_id == adventure_id) & (turns.c.id == turn_id)
    return connection.execute(select(turns.c.depth, turns.c.sha256).where(here)).first()


def _insert_turn(connection: Connection, adventure_id: str, turn: Turn) -> None:
    """Insert the turn, unless an attempt that was reported as failed has inserted it already."""
    _get_adventure(connection, adventure_id)
    existing = _get_turn(connection, adventure_id, turn.id)
    if existing is not None:
        if existing.sha256 == turn.sha256:
            return
        raise NotSaved(f"Not saved: there is another turn {turn.id} already, and it was kept.")
    depth = 0
    if turn.parent is not None:
        parent = _get_turn(connection, adventure_id, turn.parent)
        if parent is None:
            raise NotSaved(f"Not saved: the turn {turn.parent} that it follows is not there.")
        depth = parent.depth
    connection.execute(insert(turns).values(mapping.turn_row(adventure_id, turn, depth + 1)))
    search.add_to_index(connection, adventure_id, turn.id)


def _move_head(
    connection: Connection,
    adventure_id: str,
    expected_head: str | None,
    place: Mapping[str, str | None],
) -> bool:
    """Move the adventure from `expected_head` to `place`; return whether it is there now."""
    here = adventures.c.id == adventure_id
    as_expected = adventures.c.head.is_not_distinct_from(expected_head)
    moved = connection.execute(update(adventures).where(here, as_expected).values(**place))
    if moved.rowcount:
        return True
    head = connection.execute(select(adventures.c.head).where(here)).scalar()
    return bool(head == place["head"])


def _summary(row: Row[Any]) -> Summary:
    excerpt = clean_line(str(row.excerpt or ""))
    return Summary(
        id=row.id,
        title=clean_line(str(row.title)),
        scenario=clean_line(str(row.scenario)),
        turns=row.depth or 0,
        changed=mapping.parse_time(row.changed),
        excerpt=excerpt
        if len(excerpt) <= MAX_EXCERPT
        else excerpt[: MAX_EXCERPT - 1].rstrip() + "…",
    )
