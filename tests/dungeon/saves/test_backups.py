import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dungeon.errors import InputRefused, NotSaved
from dungeon.files import atomic_file
from dungeon.saves import backups
from dungeon.saves.library import Library
from tests.dungeon.saves import tales


def names(path: Path) -> list[str]:
    folder = backups.folder(path)
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def changed_later(path: Path, days: float) -> None:
    """Let the saves be as if they had changed `days` from now."""
    moment = (datetime.now(UTC) + timedelta(days=days)).timestamp()
    os.utime(path, (moment, moment))


def test_nothing_is_copied_of_a_library_just_made(library: Library) -> None:
    assert names(library.location) == []


def test_opening_makes_one_backup_a_day(library: Library) -> None:
    adventure = tales.branched()
    library.create(adventure)
    for _ in range(2):
        Library.open(library.location).close()
    (name,) = names(library.location)
    assert name == f"adventures-{datetime.now(UTC):%Y-%m-%d}.db"
    with Library.open(backups.folder(library.location) / name, back_up=False) as copy:
        assert copy.load(adventure.id) == adventure


def test_a_copy_another_window_makes_at_the_same_moment_is_enough(library: Library) -> None:
    library.create(tales.opened())
    folder = backups.folder(library.location)
    folder.mkdir()
    today = folder / f"adventures-{datetime.now(UTC):%Y-%m-%d}.db"
    today.symlink_to("not there when looked for, there when written")
    with Library.open(library.location) as again:
        assert again.notices == ()
    assert today.is_symlink()


def test_a_day_on_which_nothing_changed_gets_none(library: Library) -> None:
    library.backup()
    changed_later(library.location, -1)
    Library.open(library.location).close()
    assert len(names(library.location)) == 1


def test_the_copies_of_seven_days_stay(library: Library) -> None:
    folder = backups.folder(library.location)
    folder.mkdir()
    days = [f"adventures-2026-01-{day:02}.db" for day in range(1, 10)]
    others = ["adventures-before-schema-1-2025-01-01T000000.000000Z.db", "notes.txt"]
    for name in (*days, *others):
        (folder / name).write_text("old")
    changed_later(library.location, 1)
    Library.open(library.location).close()
    today = f"adventures-{datetime.now(UTC):%Y-%m-%d}.db"
    assert names(library.location) == sorted([*days[-6:], today, *others])


def test_deletions_keep_their_last_copies_only(library: Library) -> None:
    for _ in range(backups.MAX_KEPT + 2):
        adventure = tales.opened()
        library.create(adventure)
        library.delete(adventure.id)
    assert len(names(library.location)) == backups.MAX_KEPT


def test_a_backup_is_written_to_the_given_path_and_replaces_nothing(
    library: Library, tmp_path: Path
) -> None:
    library.create(tales.opened())
    to = tmp_path / "elsewhere" / "copy.db"
    assert library.backup(to) == to
    assert (
        to.read_bytes()[100:] == library.location.read_bytes()[100:]
    )  # headers count their writes
    to.write_text("precious")
    with pytest.raises(InputRefused, match="already"):
        library.backup(to)
    assert to.read_text() == "precious"
    assert [file.name for file in to.parent.iterdir()] == ["copy.db"]


def test_a_link_is_not_written_through(library: Library, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "nowhere.db")
    with pytest.raises(InputRefused, match="already"):
        library.backup(link)
    assert not (tmp_path / "nowhere.db").exists()


def test_a_copy_is_as_private_as_the_original(library: Library) -> None:
    library.location.chmod(0o600)
    assert library.backup().stat().st_mode & 0o777 == 0o600


def test_what_a_killed_copy_left_is_swept_away_after_a_day(library: Library) -> None:
    library.create(tales.opened())
    old, young = (atomic_file.temporary_path(library.location) for _ in range(2))
    for part in (old, young):
        part.write_text("half")
    changed_later(old, -2)
    Library.open(library.location).close()
    assert not old.exists()
    assert young.exists()


def test_a_backup_that_fails_does_not_prevent_opening(library: Library) -> None:
    library.create(tales.opened())
    backups.folder(library.location).write_text("a file in the folder's place")
    with Library.open(library.location) as again:
        (notice,) = again.notices
        assert "No backup was made today" in notice
        assert len(again.summaries()) == 1
    with pytest.raises(NotSaved):
        library.backup()
