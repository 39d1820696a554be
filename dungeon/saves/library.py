"""The library of saves: load, extend, search and maintain adventures."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, delete, insert, select, update

from dungeon.dice import DiceRules
from dungeon.errors import HeadMoved, InputRefused, NotSaved
from dungeon.memory.retrieval import Match
from dungeon.saves import mapping, queries, search, stored_runs, summaries
from dungeon.saves.branches import KnownBranches
from dungeon.saves.database import Database
from dungeon.saves.distinct_hits import find_distinct, ids_of, places_of, shown_at_best
from dungeon.saves.location import find_database
from dungeon.saves.search import Hit
from dungeon.saves.tables import (
    adventures,
    drafts,
    revisions,
    runs,
    state_events,
    story_summaries,
    turns,
)
from dungeon.story import Adventure, Checkpoints, Draft, StorySummary, Turn, new_id
from dungeon.story.edited_line import EditedLine
from dungeon.story.history import Revision
from dungeon.story.state_events import StateEvent

_TABLES = (drafts, revisions, story_summaries, state_events, runs, turns, adventures)
"""In the order in which an adventure's rows can be deleted."""

_MOVED = (
    "Another window moved this adventure on meanwhile, so nothing was changed. Open the adventure "
    "again to stand where the other window stands."
)


class Library:
    """The saves of one player. Several processes may have the same database open.

    Methods that write raise NotSaved if that fails, and roll back. Methods that read raise
    SavesDamaged if the file is damaged, and SavesError if it cannot be read.
    """

    def __init__(self, database: Database, notices: tuple[str, ...] = ()) -> None:
        self.notices = notices
        """Warnings from opening: a backup that failed."""
        self.location = database.location
        """What opens it again: a path or a URL, with its password: never show it."""
        self._database = database
        self._player = database.player
        # a search goes on with each key that is typed, mostly in the same adventures
        self._branches = KnownBranches()

    @classmethod
    def open(
        cls, where: Path | str, *, back_up: bool = True, backup_folder: Path | None = None
    ) -> Self:
        """Return the library at `where`: a path, or a URL of SQLite or PostgreSQL.

        Creates the file and its folder, or the tables, if there are none, migrates an older schema,
        a file after a backup, and makes the daily backup of a file unless `back_up` is False. A
        database of a newer Grue, or one that is not Grue's, is refused and left unchanged.
        `backup_folder` is for backups of a database on a server.
        """
        database = find_database(where, backup_folder)
        try:
            created = database.create_or_migrate()
            notices = database.back_up_daily() if back_up and not created else ()
        except BaseException:
            database.close()
            raise
        return cls(database, notices)

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
            return queries.find_id(connection, self._player, prefix)

    def load(self, adventure_id: str) -> Adventure:
        """Return the adventure whose id is, or begins with, `adventure_id`.

        Raises InputRefused if there is none or more than one. Raises TurnsDamaged (a SavesDamaged)
        if a turn is not what was written: it names the turns, and its `adventure` is everything
        that can still be read, safe to show and to continue.
        """
        with self._database.read_transaction() as connection:
            found = queries.find_id(connection, self._player, adventure_id)
            row = connection.execute(select(adventures).where(adventures.c.id == found)).one()
            stored = select(turns).where(turns.c.adventure_id == found).order_by(turns.c.number)
            turn_rows = connection.execute(stored).all()
            summary_rows = queries.summary_rows(connection, found)
            event_rows = queries.state_event_rows(connection, found)
        return mapping.adventure_from(row, turn_rows, summary_rows, event_rows)

    def summaries(self) -> list[summaries.Summary]:
        """Return every adventure, the most recently changed first."""
        with self._database.read_transaction() as connection:
            return summaries.read(connection, self._player)

    def latest_id(self) -> str | None:
        """Return the id of the most recently changed adventure, or None if there is none."""
        query = select(adventures.c.id).where(adventures.c.player == self._player)
        newest = query.order_by(adventures.c.changed.desc(), adventures.c.id).limit(1)
        with self._database.read_transaction() as connection:
            return connection.scalar(newest)

    def search(self, query: str, limit: int = 20) -> list[search.Hit]:
        """Return the turns of any branch that contain every word of `query`, the best match first.

        Words in quotation marks are a phrase; the last word may be incomplete. A turn is one hit,
        in however many forks and copies it is. Raises InputRefused if there is no word in it.
        """
        wanted, index = search.parse_query(query), self._database.search_index
        with self._database.read_transaction() as connection:
            return find_distinct(connection, index, wanted, self._player, limit)

    def locate(self, hits: Iterable[Hit], playing: str = "") -> list[Hit]:
        """Return turns that a search has found, with the branches on which they are.

        One that is in several places is shown in the adventure `playing`, where it is there, and
        on a line that is played.
        """
        hits = list(hits)
        places = [ids_of(place) for hit in hits for place in places_of(hit)]
        with self._database.read_transaction() as connection:
            branches = self._branches.find(connection, places)
        return [shown_at_best(hit, branches, playing) for hit in hits]

    def matching_turns(
        self, adventure_id: str, words: Sequence[str], *, among: Sequence[str], limit: int
    ) -> list[Match]:
        """Return the best matches for any of `words` among some turns, given by id, oldest first.

        Words that many of them contain are ignored.
        """
        with self._database.read_transaction() as connection:
            return search.find_among(
                self._database.search_index,
                connection,
                self._player,
                adventure_id,
                words,
                among=among,
                limit=limit,
            )

    def revisions(self, adventure_id: str) -> list[Revision]:
        """Return earlier values of the fields that `revise` changes, the newest first."""
        query = (
            select(revisions)
            .where(queries.belongs_to(revisions, self._player, adventure_id))
            .order_by(revisions.c.number.desc())
        )
        with self._database.read_transaction() as connection:
            return [
                Revision(row.field, row.value, mapping.parse_time(row.changed))
                for row in connection.execute(query)
            ]

    def former_values(self, adventure: Adventure) -> list[Revision]:
        """Return the revisions of an adventure, and those of the ones from which it was forked, as
        far as they are from before that and still here.
        """
        found, seen = self.revisions(adventure.id), {adventure.id}
        origin, forked = adventure.origin.partition("/")[0], adventure.created
        while origin and origin not in seen:
            seen.add(origin)
            found += [each for each in self.revisions(origin) if each.changed <= forked]
            query = select(adventures).where(queries.is_own(self._player, origin))
            with self._database.read_transaction() as connection:
                row = connection.execute(query).first()
            if row is None:
                break
            origin, forked = str(row.origin).partition("/")[0], mapping.parse_time(row.created)
        return found

    def draft(self, adventure_id: str) -> Draft | None:
        """Return the turn in progress, as it was last stored, or None."""
        query = select(drafts).where(queries.belongs_to(drafts, self._player, adventure_id))
        with self._database.read_transaction() as connection:
            row = connection.execute(query).first()
        return mapping.draft_from(row) if row else None

    # ── Writing ──────────────────────────────────────────────────────────────────────────────

    def create(self, adventure: Adventure) -> None:
        """Store an adventure with every turn of every branch, in one transaction.

        Raises InputRefused if there is an adventure with that id already: nothing is replaced.
        """
        with self._database.write_transaction() as connection:
            if queries.is_taken(connection, adventure.id):
                raise InputRefused(f"There is an adventure {adventure.id} already; it was kept.")
            self._insert(connection, adventure)

    def add_all(self, imported: Iterable[Adventure]) -> list[Adventure]:
        """Store the adventures of an import, all or none; return what was stored.

        Nothing is replaced: one whose id is taken gets a new one.
        """
        stored: list[Adventure] = []
        with self._database.write_transaction("import") as connection:
            for adventure in imported:
                is_taken = queries.is_taken(connection, adventure.id)
                stored.append(replace(adventure, id=new_id()) if is_taken else adventure)
                self._insert(connection, stored[-1])
        return stored

    def _insert(self, connection: Connection, adventure: Adventure) -> None:
        row = mapping.adventure_row(adventure) | {"player": self._player}
        connection.execute(insert(adventures).values(row))
        if adventure.turns:
            connection.execute(insert(turns), mapping.turn_rows(adventure))
            stored_runs.add_all(connection, adventure.id)
            self._database.search_index.add(connection, adventure.id)
        if adventure.summaries:
            connection.execute(insert(story_summaries), mapping.summary_rows(adventure))
        queries.insert_state_events(connection, adventure.id, adventure.state_events)

    def append(self, adventure_id: str, turn: Turn, *, expected_head: str | None) -> None:
        """Add `turn`, move head and tip to it, and delete the draft.

        `expected_head` is the head as far as this process knows. Raises HeadMoved if another one
        moved it meanwhile: the turn is then kept as a branch, and the head stays. Appending the
        same turn again after a NotSaved is safe.
        """
        with self._database.write_transaction("append") as connection:
            queries.lock_adventure(connection, self._player, adventure_id)
            queries.insert_turn(connection, adventure_id, turn, self._database.search_index)
            place = {"head": turn.id, "tip": turn.id, "changed": mapping.format_time(turn.created)}
            moved = queries.move_head(connection, adventure_id, expected_head, place)
            connection.execute(delete(drafts).where(drafts.c.adventure_id == adventure_id))
        if not moved:
            raise HeadMoved(
                "Another window moved this adventure on meanwhile. This turn is saved as a branch "
                "beside it; open the adventure again to stand where the other window stands."
            )

    def append_line(
        self, adventure_id: str, line: EditedLine, *, expected_head: str | None
    ) -> None:
        """Add an edited turn with what follows it, and move head and tip there: all or nothing.

        Raises HeadMoved, with nothing changed, if another process moved the head meanwhile.
        """
        with self._database.write_transaction() as connection:
            queries.lock_adventure(connection, self._player, adventure_id)
            place = {"head": line.head, "tip": line.tip, "changed": mapping.format_time()}
            moved = queries.move_head(connection, adventure_id, expected_head, place)
            if moved:
                queries.insert_line(connection, adventure_id, line, self._database.search_index)
                connection.execute(delete(drafts).where(drafts.c.adventure_id == adventure_id))
        if not moved:
            raise HeadMoved(_MOVED)

    def move_head(
        self, adventure_id: str, *, head: str | None, tip: str | None, expected_head: str | None
    ) -> None:
        """Move the head and the tip of an adventure.

        Raises HeadMoved, with nothing changed, if another process moved the head meanwhile.
        """
        with self._database.write_transaction() as connection:
            queries.lock_adventure(connection, self._player, adventure_id)
            for turn_id in filter(None, {head, tip}):
                if queries.get_turn(connection, adventure_id, turn_id) is None:
                    raise NotSaved(f"Not saved: there is no turn {turn_id} to move to.")
            place = {"head": head, "tip": tip, "changed": mapping.format_time()}
            moved = queries.move_head(connection, adventure_id, expected_head, place)
        if not moved:
            raise HeadMoved(_MOVED)

    def revise(
        self,
        adventure_id: str,
        *,
        title: str | None = None,
        memory: str | None = None,
        note: str | None = None,
        note_depth: int | None = None,
        lore: str | None = None,
        dice: DiceRules | None = None,
        foreign_fields: str | None = None,
        checkpoints: Checkpoints | None = None,
        tags: tuple[str, ...] | None = None,
        favourite: bool | None = None,
        summary: StorySummary | None = None,
        new_state_events: tuple[StateEvent, ...] = (),
    ) -> None:
        """Change the fields that are not None; old values become revisions. New events are added.

        A summary is a further version beside those before it, and to add one is not to play.
        Tags and favourites order the list of adventures: they and foreign fields keep no old
        values, and to change them, or the depth of the note, is not to play.
        """
        fields: dict[str, str | int | None] = {"title": title, "memory": memory, "note": note}
        fields |= {"lore": lore, "note_depth": note_depth}
        if dice is not None:
            fields["dice"] = dice.dump()
        if checkpoints is not None:
            fields["checkpoints"] = mapping.dump_checkpoints(checkpoints)
        labels = mapping.label_values(tags, favourite)
        labels |= {} if foreign_fields is None else {"foreign_fields": foreign_fields}
        with self._database.write_transaction() as connection:
            old = queries.lock_adventure(connection, self._player, adventure_id)._asdict()
            new = {name: value for name, value in fields.items() if value not in (None, old[name])}
            changed = mapping.format_time()
            for name in new:
                queries.insert_revision(connection, adventure_id, name, old[name], changed)
            if summary is not None:
                added = mapping.summary_row(adventure_id, summary)
                connection.execute(insert(story_summaries).values(added))
            queries.insert_state_events(connection, adventure_id, new_state_events)
            is_played = bool(new.keys() - {"note_depth"} or new_state_events)
            values = labels | new | ({"changed": changed} if is_played else {})
            if values:
                there = update(adventures).where(adventures.c.id == adventure_id)
                connection.execute(there.values(values))

    def keep_draft(self, adventure_id: str, draft: Draft) -> None:
        """Store the turn in progress, in place of an earlier one."""
        with self._database.write_transaction() as connection:
            queries.lock_adventure(connection, self._player, adventure_id)
            connection.execute(delete(drafts).where(drafts.c.adventure_id == adventure_id))
            connection.execute(insert(drafts).values(adventure_id=adventure_id, **asdict(draft)))

    def drop_draft(self, adventure_id: str) -> None:
        """Delete the turn in progress."""
        own = queries.belongs_to(drafts, self._player, adventure_id)
        with self._database.write_transaction() as connection:
            connection.execute(delete(drafts).where(own))

    def delete(self, adventure_id: str) -> None:
        """Delete the adventure with this full id and everything in it, after a backup.

        The only deletion there is. Raises InputRefused if there is no such adventure.
        """
        if self.find(adventure_id) != adventure_id:
            raise InputRefused(f"{adventure_id} is only the beginning of an id; nothing was lost.")
        try:
            self._database.back_up_before_delete(adventure_id)
        except NotSaved as error:
            raise NotSaved(f"Nothing was deleted. {error}") from error
        with self._database.write_transaction() as connection:
            queries.lock_adventure(connection, self._player, adventure_id)
            self._database.search_index.remove(connection, adventure_id)
            for table in _TABLES:
                column = table.c.id if table is adventures else table.c.adventure_id
                connection.execute(delete(table).where(column == adventure_id))

    # ── Maintenance ─────────────────────────────────────────────────────────────────────────

    def backup(self, to: Path | None = None) -> Path:
        """Copy everything to the file `to`, by default into the folder of backups; return its path.

        Raises InputRefused if `to` exists, SavesDamaged if the copy is damaged.
        """
        return self._database.back_up(to)
