"""Two windows, a kill at any moment, a full disk, a folder that may only be read."""

import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from dungeon.errors import NotSaved, SavesError
from dungeon.saves import backups, database, integrity
from dungeon.saves.library import Library
from tests.dungeon.saves import children, tales

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and limits")

APPENDS = 100
KILLS = 20


def test_two_windows_lose_nothing_and_overwrite_nothing(library: Library) -> None:
    adventure = tales.opened()
    library.create(adventure)
    arguments = (library.location, adventure.id, APPENDS)
    told: list[tuple[str, str, bool]] = []
    with (
        children.started(children.append_many, *arguments) as (_, one),
        children.started(children.append_many, *arguments) as (_, two),
    ):
        for window in (one, two):
            told.extend(iter(window.recv, None))
    loaded = library.load(adventure.id)
    assert len(told) == 2 * APPENDS
    assert len(loaded.turns) == 1 + 2 * APPENDS
    assert {turn_id: loaded.turns[turn_id].sha256 for turn_id, _, _ in told} == {
        turn_id: sha256 for turn_id, sha256, _ in told
    }
    # A window that was told "saved" is on the line for good: the other one built on its turn.
    assert {turn.id for turn in loaded.path()[1:]} == {turn_id for turn_id, _, won in told if won}


def test_what_was_acknowledged_outlives_any_kill(library: Library) -> None:
    adventure = tales.opened()
    library.create(adventure)
    chance = random.Random(7)
    acknowledged: dict[str, str] = {}
    for _ in range(KILLS):
        with children.started(children.append_for_ever, library.location, adventure.id) as (
            child,
            told,
        ):
            acknowledged.update([told.recv()])  # it is under way
            time.sleep(chance.uniform(0, 0.05))
            child.kill()
            acknowledged.update(_rest(told))
        loaded = library.load(adventure.id)
        assert acknowledged.items() <= {t.id: t.sha256 for t in loaded.turns.values()}.items()
        assert loaded.head == list(loaded.turns)[-1]
    assert integrity.check(library.location).good


def test_a_kill_while_storing_leaves_a_complete_adventure_or_none(library: Library) -> None:
    chance = random.Random(7)
    for _ in range(5):
        with children.started(children.create_for_ever, library.location) as (child, told):
            began = [told.recv()]
            time.sleep(chance.uniform(0, 0.1))
            child.kill()
            done = {name for name, finished in [*began, *_rest(told)] if finished}
        stored = {summary.id for summary in library.summaries()}
        assert done <= stored
        assert all(len(library.load(name).turns) == 300 for name in stored)
        for name in stored:
            library.delete(name)
    assert integrity.check(library.location).good


def _rest(told: Connection) -> Iterator[tuple[str, str]]:
    """Yield what a killed process had still said."""
    while True:
        try:
            yield told.recv()
        except (EOFError, ConnectionResetError):
            return


def test_many_windows_may_make_the_file_at_once(path: Path) -> None:
    with (
        children.started(children.open_one, path) as (_, one),
        children.started(children.open_one, path) as (_, two),
        children.started(children.open_one, path) as (_, three),
    ):
        windows = (one, two, three)
        for window in windows:
            window.send("now")
        made = {window.recv() for window in windows}
    with Library.open(path) as library:
        assert {summary.id for summary in library.summaries()} == made
    assert {file.name for file in path.parent.iterdir()} <= {path.name, "backups"}


def test_many_windows_may_open_at_once_on_a_new_day(library: Library) -> None:
    library.create(tales.opened())
    for _ in range(5):
        shutil.rmtree(backups.folder(library.location), ignore_errors=True)
        with (
            children.started(children.open_one, library.location) as (_, one),
            children.started(children.open_one, library.location) as (_, two),
        ):
            for window in (one, two):
                window.send("now")
            assert one.recv() != two.recv()
        assert len(list(backups.folder(library.location).iterdir())) == 1


def test_a_full_disk_saves_nothing_and_a_later_attempt_succeeds(library: Library) -> None:
    adventure = tales.played(3)
    library.create(adventure)
    with children.started(children.append_on_a_full_disk, library.location, adventure.id) as (
        _,
        told,
    ):
        kind, sentence = told.recv()
        assert kind == "NotSaved"
        assert "disk" in sentence
        assert "next try" in sentence
        assert told.recv() == (adventure.head, ())
        turn_id = told.recv()
    assert library.load(adventure.id).head == turn_id
    assert integrity.check(library.location).good


@pytest.fixture
def readable() -> Iterator[Path]:
    """A folder that everyone may read and only its owner may write."""
    if os.geteuid() != 0:
        pytest.skip("becoming another user needs root")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_read_only_folder_can_be_read_and_says_why_it_cannot_be_written(readable: Path) -> None:
    path = readable / "adventures.db"
    adventure = tales.played(3)
    with Library.open(path) as library:
        library.create(adventure)
    before = path.read_bytes()
    with children.started(children.use_as_a_guest, path, adventure.id) as (_, told):
        title, turns, notices = told.recv()
        assert (title, turns) == (adventure.title, 3)
        assert "No backup was made today" in notices[0]
        for _ in range(6):
            kind, sentence = told.recv()
            assert kind == "NotSaved"
            assert "read-only" in sentence or "ermission denied" in sentence
        assert told.recv() == ((), 1)
    assert path.read_bytes() == before
    assert [file.name for file in readable.iterdir()] == [path.name]


def test_a_locked_file_is_waited_for_and_then_named(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    adventure = tales.opened()
    library.create(adventure)
    monkeypatch.setattr(database, "LOCK_TIMEOUT", 0.1)
    turn = tales.following(adventure.head)
    other = sqlite3.connect(library.location, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotSaved, match="locked"):
        library.append(adventure.id, turn, expected_head=adventure.head)
    assert library.load(adventure.id) == adventure
    other.execute("ROLLBACK")
    other.close()
    library.append(adventure.id, turn, expected_head=adventure.head)
    assert library.load(adventure.id) == adventure.with_turn(turn)


def test_a_file_that_is_gone_is_noticed_and_never_made_anew(library: Library) -> None:
    adventure = tales.opened()
    library.create(adventure)
    turn = tales.following(adventure.head)
    away = library.location.rename(library.location.with_name("away.db"))
    with pytest.raises(NotSaved, match="gone"):
        library.append(adventure.id, turn, expected_head=adventure.head)
    with pytest.raises(SavesError, match="gone"):
        library.load(adventure.id)
    assert not library.location.exists()
    away.rename(library.location)
    library.append(adventure.id, turn, expected_head=adventure.head)
    assert library.load(adventure.id) == adventure.with_turn(turn)


def test_a_file_replaced_by_another_is_not_written_to(library: Library, tmp_path: Path) -> None:
    adventure = tales.opened()
    library.create(adventure)
    library.location.unlink()
    other = sqlite3.connect(library.location)
    other.execute("CREATE TABLE mine (x)")
    other.close()
    before = library.location.read_bytes()
    with pytest.raises(NotSaved, match="not of Grue's"):
        library.append(adventure.id, tales.following(adventure.head), expected_head=adventure.head)
    assert library.location.read_bytes() == before
