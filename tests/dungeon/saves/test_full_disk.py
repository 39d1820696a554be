"""Test what is said where the saves cannot grow: only of a turn that the game keeps it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dungeon.errors import NotSaved
from dungeon.saves import backups, schema
from dungeon.saves.library import Library
from dungeon.story import Kind, Turn
from tests.dungeon.saves import tales
from tests.dungeon.small_disk import leave_little_room

LONG = "Rain falls on the moor. " * 20_000
TALE = tales.opened()
TURN = Turn("late", TALE.head, Kind.DO, "You wait.", LONG)


@pytest.fixture
def full(path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Return saves with TALE, and with little room for more."""
    with Library.open(path) as library:
        library.create(TALE)
    leave_little_room(monkeypatch, path)
    return Library.open(path, back_up=False)


def test_a_turn_stays_on_the_screen(full: Library) -> None:
    with full, pytest.raises(NotSaved, match=r"the disk is full .*is saved with the next try"):
        full.append(TALE.id, TURN, expected_head=TALE.head)


@pytest.mark.parametrize(
    "change",
    [
        lambda library: library.revise(TALE.id, memory=LONG),
        lambda library: library.create(replace(TALE, id="another", memory=LONG)),
    ],
    ids=["revise", "create"],
)
def test_of_any_other_change_nothing_is_kept(
    full: Library, change: Callable[[Library], None]
) -> None:
    with full:
        with pytest.raises(
            NotSaved, match=r"the disk is full .* Nothing was changed\. Once"
        ) as told:
            change(full)
        assert "screen" not in str(told.value)
        assert full.load(TALE.id) == TALE
        assert full.latest_id() == TALE.id


def test_nothing_is_deleted_where_no_backup_can_be_made(path: Path) -> None:
    with Library.open(path, back_up=False) as library:
        library.create(TALE)
        backups.folder(path).write_text("in the way of the folder")
        with pytest.raises(NotSaved, match=r"^Nothing was deleted\. No copy was made: "):
            library.delete(TALE.id)
        assert library.load(TALE.id) == TALE


def test_saves_are_brought_up_to_date_only_after_a_backup(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(path, back_up=False) as library:
        library.create(TALE)
    backups.folder(path).write_text("in the way of the folder")
    with monkeypatch.context() as newer:
        newer.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
        with pytest.raises(NotSaved, match=r"was not brought up to date\. No copy was made: "):
            Library.open(path, back_up=False)
    with Library.open(path, back_up=False) as library:
        assert library.load(TALE.id) == TALE
