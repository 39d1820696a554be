"""Back up the saves: daily, before risky operations, and on request."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from dungeon.errors import InputRefused, SavesDamaged, SavesError
from dungeon.files import atomic_file
from dungeon.saves.sqlite_connection import connect, translate_errors
from dungeon.text import clean_path

MAX_KEPT = 7
"""How many backups of each kind are kept: daily ones, and those before deletions."""


def folder(path: Path) -> Path:
    """Return the folder of the backups of the saves at `path`."""
    return path.parent / "backups"


def list_backups(path: Path) -> list[Path]:
    """Return every backup of the saves at `path`, the newest first."""
    copies = folder(path).glob(f"{path.stem}-*{path.suffix}")
    return sorted(copies, key=_modified, reverse=True)


def timestamped_path(path: Path, reason: str = "") -> Path:
    """Return the path of a backup made now."""
    return folder(path) / timestamped_name(path.stem, reason, path.suffix)


def timestamped_name(stem: str, reason: str = "", suffix: str = ".db") -> str:
    """Return the name of a backup made now."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S.%fZ")
    return "-".join(filter(None, (stem, reason, moment))) + suffix


def copy(path: Path, to: Path) -> Path:
    """Copy the saves at `path` to the new file `to`, and return `to`.

    Raises InputRefused if `to` exists, SavesDamaged if SQLite finds the copy damaged (it is then
    removed), NotSaved if it cannot be written.
    """
    with translate_errors(path, "copy"):
        to.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file.atomic_path(to, overwrite=False) as part:
            _copy_through_sqlite(path, part)
            shutil.copymode(path, part)
    return to


def _copy_through_sqlite(path: Path, part: Path) -> None:
    with closing(connect(path)) as source, closing(sqlite3.connect(part)) as target:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # waits for a writer
        source.backup(target)
        found = target.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise SavesDamaged(
                f"{clean_path(path)} is damaged ({found}), so it was not copied over a good "
                "backup. `grue saves check` names the newest good one."
            )


def back_up_before(path: Path, reason: str) -> None:
    """Back up the saves before a risky operation, which the backup's name calls `reason`."""
    copy(path, timestamped_path(path, f"before-{reason}"))
    if reason == "delete":
        _remove_old(path, f"{path.stem}-before-delete-*{path.suffix}")


def back_up_daily(path: Path) -> tuple[str, ...]:
    """Make today's backup, unless there is one or nothing has changed since the newest one.

    Returns warnings for the player: a backup that fails does not keep anybody from playing.
    """
    today = folder(path) / f"{path.stem}-{datetime.now(UTC):%Y-%m-%d}{path.suffix}"
    newest = next(iter(list_backups(path)), None)
    if today.exists() or (newest and _modified(newest) > _modified(path)):
        return ()
    try:
        with translate_errors(path, "copy"):
            copy(path, today)
            _remove_old(path, f"{path.stem}-????-??-??{path.suffix}")
            atomic_file.remove_stale(path.parent)
            atomic_file.remove_stale(folder(path))
    except InputRefused:  # another window has just made it
        return ()
    except SavesError as error:
        return (f"No backup was made today. {error}",)
    return ()


def _modified(path: Path) -> int:
    """Return when a file was modified, in nanoseconds; 0 for one that was just removed."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _remove_old(path: Path, pattern: str) -> None:
    """Remove all but the newest backups of one kind; their names sort by age."""
    for old in sorted(folder(path).glob(pattern))[:-MAX_KEPT]:
        old.unlink(missing_ok=True)
