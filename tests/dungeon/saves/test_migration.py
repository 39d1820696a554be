"""Migrations from the first schema on, and files that are refused."""

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from dungeon.errors import NotSaved, SavesError
from dungeon.saves import integrity, migration, schema, sqlite_connection
from dungeon.saves.library import Library
from dungeon.saves.sqlite import SqliteDatabase
from dungeon.saves.tables import metadata
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from tests.dungeon.saves import children, released, tales
from tests.patience import HUNG


def revisions() -> list[str]:
    """Return every revision, the first one first."""
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    return [revision.revision for revision in script.walk_revisions()][::-1]


def values(path: Path, pragma: str) -> object:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"PRAGMA {pragma}").fetchone()[0]


def test_a_new_file_says_what_it_is(library: Library) -> None:
    assert values(library.location, "application_id") == int.from_bytes(b"GRUE", "big")
    assert values(library.location, "user_version") == schema.SCHEMA_VERSION == int(revisions()[-1])
    assert values(library.location, "journal_mode") == "delete"


def test_the_migrations_make_the_tables_that_the_queries_expect(library: Library) -> None:
    engine = create_engine(f"sqlite:///{library.location}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_a_table})
        assert compare_metadata(context, metadata) == []
        strict = {
            row.name: row.strict for row in connection.exec_driver_sql("PRAGMA table_list").all()
        }
    engine.dispose()
    assert all(strict[name] for name in metadata.tables)


def _is_a_table(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out what the search index consists of."""
    return kind != "table" or name in metadata.tables


@pytest.mark.parametrize("revision", revisions())
def test_every_released_schema_comes_up_to_date_with_rows_and_hashes(
    path: Path, revision: str
) -> None:
    path.parent.mkdir()
    with closing(sqlite_connection.connect(path, mode="rwc")) as connection:
        connection.execute(f"PRAGMA application_id = {sqlite_connection.APPLICATION_ID}")
    migration.migrate(path, revision)
    with closing(sqlite_connection.connect(path)) as connection:
        connection.executescript(released.rows(revision))
        hashes = connection.execute("SELECT id, sha256 FROM turns ORDER BY number").fetchall()
    with Library.open(path) as library:
        assert integrity.check(library.location).good
        adventure = library.load("released")
        assert [(turn.id, turn.sha256) for turn in adventure.turns.values()] == hashes
        assert adventure.current_turn() is not None
        assert library.draft(adventure.id) is not None
        assert library.revisions(adventure.id)
        assert library.search("lighthouse", 5)


def test_decisions_of_an_older_grue_have_no_time_and_new_ones_have(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite_connection.connect(path, mode="rwc")) as connection:
        connection.execute(f"PRAGMA application_id = {sqlite_connection.APPLICATION_ID}")
    migration.migrate(path, "0010")
    with closing(sqlite_connection.connect(path)) as connection:
        connection.executescript(released.rows("0010"))
    with Library.open(path) as library:
        before = library.load("released").state_events
        assert before
        assert all(each.created is None for each in before)
        lamp = Change(Category.ITEM, "a lamp")
        new = StateEvent(before[0].turn, lamp, Decision.ACCEPTED, Source.PLAYER)
        library.revise("released", new_state_events=(new,))
        after = library.load("released").state_events
    assert after == (*before, new)
    assert [each.created for each in after] == [None] * len(before) + [new.created]


# ── The step to the next schema, rehearsed before there is one ───────────────────────────────────

NEXT = '''
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{next}", "{last}", None, None


def upgrade() -> None:
    """Rebuild the table that all others hang on, the most dangerous thing a migration can do."""
    with op.batch_alter_table("adventures", recreate="always") as table:
        table.add_column(sa.Column("mood", sa.Text, nullable=False, server_default="calm"))
    {then}
'''


@pytest.fixture
def next_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Grue of the next schema; returns the folder of its migrations."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder)
    number = schema.SCHEMA_VERSION + 1
    monkeypatch.setattr(schema, "MIGRATIONS", folder)
    monkeypatch.setattr(schema, "SCHEMA_VERSION", number)
    return folder


def write_next(folder: Path, then: str = "") -> None:
    last = revisions()[-1]
    text = NEXT.format(next=f"{int(last) + 1:04}", last=last, then=then)
    (folder / "versions" / "next.py").write_text(text)


@pytest.fixture
def old(path: Path) -> Path:
    """Saves of this schema, with 51 turns."""
    with Library.open(path) as library:
        library.create(tales.played(51))
        library.create(tales.branched())
    return path


def test_a_migration_backs_up_first_and_loses_no_row(old: Path, next_schema: Path) -> None:
    before = old.read_bytes()
    write_next(next_schema)
    with Library.open(old, back_up=False) as library:
        assert integrity.check(library.location).good
        assert sorted(summary.turns for summary in library.summaries()) == [2, 51]
    assert values(old, "user_version") == schema.SCHEMA_VERSION
    (copy,) = (old.parent / "backups").glob("*before-schema*")
    assert copy.read_bytes()[100:] == before[100:]  # the headers count their writes
    assert values(copy, "user_version") == schema.SCHEMA_VERSION - 1


def test_a_migration_that_fails_changes_nothing(old: Path, next_schema: Path) -> None:
    before = old.read_bytes()
    write_next(next_schema, then='op.execute("INSERT INTO nowhere VALUES (1)")')
    with pytest.raises(NotSaved, match="nowhere"):
        Library.open(old)
    assert old.read_bytes() == before


def test_a_migration_that_orphans_rows_changes_nothing(old: Path, next_schema: Path) -> None:
    before = old.read_bytes()
    write_next(next_schema, then='op.execute("DELETE FROM adventures")')
    with pytest.raises(SavesError, match="belong to nothing"):
        Library.open(old)
    assert old.read_bytes() == before


def test_an_old_window_does_not_write_into_a_newer_file(
    old: Path, next_schema: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_next(next_schema)
    Library.open(old).close()
    after = old.read_bytes()
    monkeypatch.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION - 1)
    with pytest.raises(NotSaved, match="newer Grue"):
        Library(SqliteDatabase(old)).create(tales.opened())
    assert old.read_bytes() == after


# ── What is not ours ─────────────────────────────────────────────────────────────────────────────


def test_a_newer_file_is_refused_and_left_as_it_is(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION + 1}")
    before = old.read_bytes()
    with pytest.raises(SavesError, match="newer Grue"):
        Library.open(old)
    assert old.read_bytes() == before
    assert [file.name for file in old.parent.iterdir()] == [old.name]


def test_somebody_elses_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    before = path.read_bytes()
    with pytest.raises(SavesError, match="not of Grue's saves"):
        Library.open(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotSaved):
        Library.open(tmp_path / "file" / "adventures.db")
    with pytest.raises(SavesError):
        Library.open(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
def test_a_kill_while_migrating_is_undone_or_done(old: Path, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, folder)
    write_next(folder)
    with Library.open(old) as library:
        told = {summary.id: library.load(summary.id) for summary in library.summaries()}
    done = 0
    for pause in (0.0, 0.002, 0.004, 0.008, 0.016, HUNG):  # the last one comes to its end
        copy = old.with_name(f"copy{pause}.db")
        shutil.copy(old, copy)
        with children.started(children.migrate, copy, folder) as (child, connection):
            connection.recv()
            child.join(pause)
            child.kill()
            child.join()
        version = values(copy, "user_version")
        done += version == schema.SCHEMA_VERSION + 1
        assert version in (schema.SCHEMA_VERSION, schema.SCHEMA_VERSION + 1)
        with closing(sqlite3.connect(copy)) as raw:
            count = raw.execute("SELECT count(*) FROM turns").fetchone()[0]
            raw.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION}")
        assert count == sum(len(adventure.turns) for adventure in told.values())
        with Library.open(copy, back_up=False) as library:
            assert {name: library.load(name) for name in told} == told
    assert done
