"""What only a server has: players, writers at the same time, and connections that fail."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dungeon.errors import HeadMoved, InputRefused, NotSaved, SavesError
from dungeon.saves import database, integrity, schema
from dungeon.saves.library import Library
from dungeon.saves.location import display_name, find_database
from dungeon.saves.mapping import TurnsDamaged
from dungeon.story import Action, Draft, Kind, Provenance
from dungeon.turns.adventure_store import AdventureStore
from tests.dungeon.saves import tales
from tests.dungeon.saves.postgresql_server import Server
from tests.rows import every_row

DATABASES = ("postgresql",)


def open_as(player: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("GRUE_PLAYER", player)
    return Library.open(server.url)


def execute(server: Server, statement: str) -> None:
    import psycopg

    with psycopg.connect(server.url) as connection:
        connection.execute(statement)


def test_a_player_sees_and_changes_only_their_own_adventures(
    library: Library, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = tales.branched()
    library.create(mine)
    library.keep_draft(mine.id, Draft(mine.head, Kind.DO, "You wait."))
    library.revise(mine.id, memory="Mine.")
    kept = library.load(mine.id)
    with open_as("Bob", postgresql, monkeypatch) as other:
        assert other.summaries() == other.revisions(mine.id) == other.search("lamp") == []
        assert other.latest_id() is other.draft(mine.id) is None
        among = [turn.id for turn in mine.path()]
        assert other.matching_turns(mine.id, ["lamp"], among=among, limit=3) == []
        for refused in (other.load, other.find, other.delete, other.create):
            with pytest.raises(InputRefused):
                refused(mine if refused == other.create else mine.id)  # type: ignore[arg-type]
        attempts: list[Any] = [
            lambda: other.append(mine.id, tales.following(mine.head), expected_head=mine.head),
            lambda: other.move_head(mine.id, head=mine.head, tip=None, expected_head=mine.head),
            lambda: other.revise(mine.id, title="Bob's"),
            lambda: other.keep_draft(mine.id, Draft(mine.head, Kind.DO, "You take it.")),
        ]
        for attempt in attempts:
            with pytest.raises(NotSaved, match="not there"):
                attempt()
        other.drop_draft(mine.id)
        other.create(tales.opened("Bob's"))
        assert integrity.check(postgresql.url).adventures == 1
    assert library.load(mine.id) == kept
    assert library.draft(mine.id) is not None
    assert [each.title for each in library.summaries()] == [mine.title]


def test_writers_at_the_same_time_lose_and_duplicate_nothing(library: Library) -> None:
    adventure = tales.opened()
    library.create(adventure)

    def play(player: int) -> list[tuple[str, bool]]:
        told = []
        with Library.open(library.location) as window:
            head = window.load(adventure.id).head
            for number in range(15):
                turn = tales.following(head, text=f"Step {number} of {player}.")
                try:
                    window.append(adventure.id, turn, expected_head=head)
                except HeadMoved:
                    told.append((turn.id, False))
                    head = window.load(adventure.id).head
                else:
                    told.append((turn.id, True))
                    head = turn.id
        return told

    with ThreadPoolExecutor(3) as pool:
        told = [each for window in pool.map(play, range(3)) for each in window]
    loaded = library.load(adventure.id)
    assert {turn_id for turn_id, _ in told} == {*loaded.turns} - {*adventure.turns}
    assert {turn.id for turn in loaded.path()[1:]} == {turn_id for turn_id, won in told if won}
    assert integrity.check(library.location).good


def test_a_lost_connection_keeps_turns_until_the_server_is_back(
    library: Library, postgresql: Server
) -> None:
    adventure = tales.played(3)
    library.create(adventure)
    store = AdventureStore(library, adventure)
    postgresql.stop()
    try:
        for text in ("It is dark.", "It is darker."):
            parent = store.adventure.head
            _, warning = store.commit(parent, Action(Kind.DO, "You wait."), text, Provenance())
            assert "Not saved: the server cannot be reached" in warning
        with pytest.raises(SavesError, match="cannot be read: the server cannot be reached"):
            library.load(adventure.id)
    finally:
        postgresql.start()
    assert store.unsaved == 2
    store.flush()
    loaded = library.load(adventure.id)
    assert (loaded.head, loaded.turns) == (store.adventure.head, store.adventure.turns)


def test_a_connection_that_the_server_ended_is_replaced(
    library: Library, postgresql: Server
) -> None:
    adventure = tales.opened()
    library.create(adventure)
    others = "FROM pg_stat_activity WHERE application_name = 'grue'"
    execute(postgresql, f"SELECT pg_terminate_backend(pid) {others}")
    library.revise(adventure.id, title="Later")
    assert library.load(adventure.id).title == "Later"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"database": "nowhere"}, "no such database"),
        ({"username": "guest"}, "password is wrong"),
        ({"username": "nobody-known"}, "does not let this user in"),
        ({"query": {"host": "/nowhere"}}, "cannot be reached"),
    ],
)
def test_why_a_server_is_not_opened_is_said_without_the_password(
    postgresql: Server, change: dict[str, Any], sentence: str
) -> None:
    url = find_database(postgresql.url).url.set(password="geheim", **change)  # type: ignore[attr-defined]
    with pytest.raises(SavesError, match=sentence) as raised:
        Library.open(url.render_as_string(hide_password=False))
    assert "geheim" not in str(raised.value)


def test_a_user_without_rights_is_told_so(library: Library, postgresql: Server) -> None:
    library.create(tales.opened())
    url = postgresql.url.replace("grue@", "reader@")
    execute(postgresql, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    with Library.open(url) as reader:
        (summary,) = reader.summaries()
        with pytest.raises(NotSaved, match="no right"):
            reader.revise(summary.id, title="Mine")


@every_row("url", ["postgresql://u:geheim@host:port/db", "mysql://u:geheim@host/db", "x:geheim://"])
def test_a_url_that_is_none_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(InputRefused) as raised:
        Library.open(url)
    assert "geheim" not in str(raised.value)
    assert "geheim" not in display_name(url)
    assert display_name("postgres://u:geheim@host/db?x=1") == "postgres://u:***@host/db"


def test_a_locked_adventure_is_waited_for_and_then_named(
    library: Library, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    adventure = tales.opened()
    library.create(adventure)
    monkeypatch.setattr(database, "LOCK_TIMEOUT", 0.05)
    with Library.open(postgresql.url) as window, psycopg.connect(postgresql.url) as other:
        other.execute("SELECT * FROM adventures FOR UPDATE")
        with pytest.raises(NotSaved, match="locked"):
            window.revise(adventure.id, title="Late")


def test_a_turn_is_never_changed_and_a_changed_one_is_found(
    library: Library, postgresql: Server
) -> None:
    import psycopg

    adventure = tales.played(4)
    library.create(adventure)
    change = "UPDATE turns SET text = 'x' WHERE depth = 2"
    with pytest.raises(psycopg.Error, match="never changed"):
        execute(postgresql, change)
    execute(postgresql, f"SET session_replication_role = replica; {change}")
    with pytest.raises(TurnsDamaged):
        library.load(adventure.id)
    report = integrity.check(postgresql.url)
    assert [each.adventure_id for each in report.damaged] == [adventure.id]
    execute(postgresql, "DELETE FROM turns_search WHERE number = (SELECT max(number) FROM turns)")
    assert "The search index lacks 1 turn." in integrity.check(postgresql.url).problems


def test_a_backup_is_a_file_that_can_be_played_on(library: Library, path: Path) -> None:
    adventures = [tales.branched(), tales.played(3)]
    for adventure in adventures:
        library.create(adventure)
    copy = library.backup()
    assert copy.parent == path.parent / "backups"
    with Library.open(copy, back_up=False) as file:
        assert [file.load(each.id) for each in adventures] == adventures


def test_a_newer_schema_and_foreign_tables_are_refused(
    library: Library, postgresql: Server
) -> None:
    newer = schema.SCHEMA_VERSION + 1
    execute(postgresql, f"UPDATE grue_schema SET version_num = '{newer:04}'")
    try:
        with pytest.raises(SavesError, match="newer Grue"):
            Library.open(postgresql.url)
        with pytest.raises(NotSaved, match="newer Grue"):
            library.create(tales.opened())
    finally:
        execute(postgresql, f"UPDATE grue_schema SET version_num = '{newer - 1:04}'")
    execute(postgresql, "CREATE SCHEMA other; CREATE TABLE other.turns (x int)")
    url = f"{postgresql.url}&options=-csearch_path%3Dother"
    with pytest.raises(SavesError, match="not Grue's"):
        Library.open(url)
    execute(postgresql, "DROP SCHEMA other CASCADE")


def test_windows_that_open_an_empty_database_at_once_create_it_once(postgresql: Server) -> None:
    execute(postgresql, "CREATE SCHEMA IF NOT EXISTS fresh")
    url = f"{postgresql.url}&options=-csearch_path%3Dfresh"

    def open_one(number: int) -> str:
        adventure = tales.opened(f"Number {number}")
        with Library.open(url) as window:
            window.create(adventure)
        return adventure.id

    with ThreadPoolExecutor(3) as pool:
        created = set(pool.map(open_one, range(3)))
    with Library.open(url) as window:
        assert {each.id for each in window.summaries()} == created
    execute(postgresql, "DROP SCHEMA fresh CASCADE")


def test_a_very_long_turn_is_indexed_as_far_as_an_index_goes(library: Library) -> None:
    words = " ".join(f"word{number}" for number in range(150_000))
    adventure = tales.opened(text=f"lantern {words}")
    library.create(adventure)
    assert len(library.search("lantern")) == 1
    assert library.load(adventure.id) == adventure


def test_an_older_schema_is_migrated_with_its_rows(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(postgresql, "CREATE SCHEMA old")
    url = f"{postgresql.url}&options=-csearch_path%3Dold"
    with monkeypatch.context() as older:
        older.setattr(schema, "upgrade", partial(schema.upgrade, to="0005"))
        with closing(find_database(url)) as database_of_old:
            database_of_old.create_or_migrate()
    columns = "id, title, scenario, memory, note, created, changed, player"
    row = "'old', 'Old', 'lamp', '', '', '2026-01-31', '2026-01-31', 'Ada'"
    execute(postgresql, f"INSERT INTO old.adventures ({columns}) VALUES ({row})")
    with Library.open(url) as library:
        assert [each.title for each in library.summaries()] == ["Old"]
        with Library.open(url) as again:
            again.create(tales.opened())
    execute(postgresql, "DROP SCHEMA old CASCADE")
