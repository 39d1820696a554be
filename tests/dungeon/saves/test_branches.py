"""The branches of saved adventures, numbered from the runs of their turns."""

import random
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import Connection, delete, event, select

from dungeon.saves import copying, integrity, stored_runs
from dungeon.saves.branches import KnownBranches
from dungeon.saves.library import Library
from dungeon.saves.location import find_database
from dungeon.saves.sqlite import SqliteDatabase
from dungeon.saves.tables import adventures, runs
from dungeon.story import Adventure, branching, new_id
from dungeon.story.edited_line import edited_line
from tests.dungeon.saves import tales
from tests.dungeon.saves.postgresql_server import Server
from tests.dungeon.saves.tampering import tampering

DATABASES = ("sqlite", "postgresql")


class Undone(Exception):
    """Rolls a transaction back."""


def wrong(location: Path | str) -> int:
    """Return of how many adventures the runs are not those of the turns."""
    with (
        closing(find_database(location)) as database,
        suppress(Undone),
        database.write_transaction() as connection,
    ):
        before = stored(connection)
        connection.execute(delete(runs))
        for adventure_id in connection.scalars(select(adventures.c.id)).all():
            stored_runs.add_all(connection, adventure_id)
        after = stored(connection)
        raise Undone
    return sum(before[each] != after[each] for each in before | after)


def stored(connection: Connection) -> defaultdict[str, list[tuple[int, int, int | None]]]:
    """Return the runs of each adventure, in the order in which they were made."""
    found = defaultdict(list)
    for run in connection.execute(select(runs).order_by(runs.c.number)):
        found[run.adventure_id].append((run.first, run.last, run.parent))
    return found


def retried(turns: int) -> Adventure:
    """Return an adventure of so many turns, the second of which was retried."""
    adventure = tales.played(turns)
    first, second, *_ = adventure.turns.values()
    other = tales.following(first.id, second.action, "A gong sounds.")
    grown = {first.id: first, second.id: second, other.id: other, **adventure.turns}
    return replace(adventure, turns=MappingProxyType(grown))


def grow(library: Library) -> list[Adventure]:
    """Play two adventures in turn, with branches, a line with copies and a fork; return all."""
    rng, adventures = random.Random(11), [tales.opened("Oak"), tales.opened("Ash")]
    for adventure in adventures:
        library.create(adventure)
    for _ in range(30):
        which = rng.randrange(2)
        adventure = adventures[which]
        parent = adventure.head if rng.random() < 0.7 else rng.choice(list(adventure.turns))
        turn = tales.following(parent, "You climb.", "Acorns fall.")
        library.append(adventure.id, turn, expected_head=adventure.head)
        adventures[which] = replace(adventure.with_turn(turn), head=turn.id, tip=turn.id)
    oak, _ = adventures
    old = oak.path()[1]
    new = replace(old, id=new_id(), text="Nothing falls.")
    line = edited_line(oak, old, new, ())
    library.append_line(oak.id, line, expected_head=oak.head)
    further = tales.following(line.tip, "You climb.", "Leaves fall.")
    library.append(oak.id, further, expected_head=line.head)
    library.create(branching.fork(library.load(oak.id), line.tip, "Oak (fork)"))
    return [library.load(summary.id) for summary in library.summaries()]


def test_what_is_stored_of_the_branches_fits_the_turns(library: Library, tmp_path: Path) -> None:
    grown = grow(library)
    assert len(grown) == 3
    assert wrong(library.location) == 0
    copy = tmp_path / "copy.db"
    copied = list(copying.copy_all(find_database(library.location), find_database(copy)))
    assert len(copied) == 3
    assert wrong(copy) == 0
    oldest = grown[-1]
    library.delete(oldest.id)
    library.add_all([oldest, replace(oldest, title="Again")])
    assert wrong(library.location) == 0
    assert integrity.check(library.location).good


def test_runs_that_do_not_fit_are_no_damage_and_searching_goes_on(path: Path) -> None:
    with Library.open(path) as library:
        library.create(retried(5))
        with tampering(path) as connection:
            connection.execute("UPDATE runs SET parent = 77, first = 99")
        assert wrong(path) == 1
        assert integrity.check(path).good  # no turn is lost: nobody need go back to a backup
        assert library.locate(library.search("gong"))


def test_a_turn_that_an_older_grue_has_added_is_taken_in_with_the_next_one(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    adventure = retried(5)
    library.create(adventure)
    with monkeypatch.context() as patch:
        patch.setattr(stored_runs, "add", lambda *_: None)  # as it knew of no runs
        older = tales.following(adventure.head, "You climb.", "Acorns fall.")
        library.append(adventure.id, older, expected_head=adventure.head)
    assert wrong(library.location) == 1
    newer = tales.following(older.id, "You climb.", "Leaves fall.")
    library.append(adventure.id, newer, expected_head=older.id)
    assert wrong(library.location) == 0


# ── No whole adventure is read ───────────────────────────────────────────────────────────────────


class Counting(SqliteDatabase):
    """Counts the instructions of SQLite's machine: several for each row, however it is read."""

    count = 0

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        connection.set_progress_handler(self._note, 1)
        return connection

    def _note(self) -> None:
        self.count += 1


def instructions(folder: Path, turns: int, act: Callable[[Library, Adventure], object]) -> int:
    """Return how many are needed to do something with an adventure of so many turns."""
    path, adventure = folder / f"{turns}.db", retried(turns)
    with Library.open(path) as library:
        library.create(adventure)
    database = Counting(path)
    with Library(database) as library:
        act(library, adventure)
    return database.count


def locate_two(library: Library, adventure: Adventure) -> None:
    """Look up the branch of two turns, one of them on the line that is played."""
    (gong,) = (turn for turn in adventure.turns.values() if "gong" in turn.text)
    places = [(adventure.id, gong.id), (adventure.id, adventure.head or "")]
    with library._database.read_transaction() as connection:
        found = KnownBranches().find(connection, places)
    assert [(each.number, each.count) for each in found.values()] == [(1, 2), (0, 2)]


def append_one(library: Library, adventure: Adventure) -> None:
    """Commit a turn."""
    turn = tales.following(adventure.head)
    library.append(adventure.id, turn, expected_head=adventure.head)


def test_branches_are_numbered_without_reading_every_turn(tmp_path: Path) -> None:
    short, long = (instructions(tmp_path, turns, locate_two) for turns in (20, 2_000))
    assert long < short + 20


def test_a_turn_is_committed_without_reading_every_turn(tmp_path: Path) -> None:
    def fewest(turns: int) -> int:  # now and then an index merges or splits a page of its own
        folders = [tmp_path / f"{turns}-{number}" for number in range(3)]
        for folder in folders:
            folder.mkdir()
        return min(instructions(folder, turns, append_one) for folder in folders)

    short, long = fewest(20), fewest(2_000)
    assert long < 2 * short


def test_a_search_takes_as_many_statements_however_many_adventures_it_finds(
    library: Library,
) -> None:
    statements: list[str] = []

    def note(*of_event: object) -> None:
        statements.append(str(of_event[2]))

    taken = []
    for _ in range(2):
        for _ in range(6):
            library.create(retried(3))
        hits = library.search("gong")
        statements.clear()
        event.listen(library._database._readers, "before_cursor_execute", note)
        located = library.locate(hits)
        event.remove(library._database._readers, "before_cursor_execute", note)
        assert {hit.branch for hit in located} == {1}
        taken.append((len(hits), sum(each.startswith("SELECT") for each in statements)))
    assert taken == [(6, 3), (12, 3)]


def test_a_retry_is_seen_by_a_library_that_knows_the_branches(
    library: Library, location: Path | str
) -> None:
    adventure = tales.played(4)
    library.create(adventure)
    (before,) = library.locate(library.search("clock strikes 3"))
    assert (before.branch, before.branches) == (0, 1)
    with Library.open(location) as other:  # another process
        retry = tales.following(adventure.path()[2].id, "You count.", "It rings.")
        other.append(adventure.id, retry, expected_head=adventure.head)
    (after,) = library.locate(library.search("clock strikes 3"))
    assert (after.branch, after.branches) == (1, 2)


# ── From the schema before ───────────────────────────────────────────────────────────────────────


def test_a_file_from_before_gets_its_runs(path: Path) -> None:
    with Library.open(path) as library:
        grow(library)
    with tampering(path) as connection:
        connection.execute("DROP TABLE runs")
        connection.execute("UPDATE alembic_version SET version_num = '0011'")
        connection.execute("PRAGMA user_version = 11")
    assert integrity._check_file(path).good
    with Library.open(path):
        assert wrong(path) == 0
        assert integrity.check(path).good


def test_a_server_from_before_gets_its_runs(postgresql: Server) -> None:
    import psycopg

    with Library.open(postgresql.url) as library:
        grow(library)
    with psycopg.connect(postgresql.url) as connection:
        connection.execute("DROP TABLE runs")
        connection.execute("UPDATE grue_schema SET version_num = '0011'")
    with Library.open(postgresql.url) as library:
        assert wrong(postgresql.url) == 0
        assert library.locate(library.search("acorns"))
