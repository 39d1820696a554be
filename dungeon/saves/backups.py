"""Back up the saves: daily, before risky operations, and on request."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from dungeon import atomic_file
from dungeon.errors import InputRefused, SavesDamaged, SavesError
from dungeon.saves.database import connect, explained, named

KEPT = 7
"""How many copies of each kind stay: of days on which something had changed, and of deletions."""


def folder(path: Path) -> Path:
    """Return where the copies of the saves at `path` are kept."""
    return path.parent / "backups"


def newest_first(path: Path) -> list[Path]:
    """Return every copy of the saves at `path`."""
    copies = folder(path).glob(f"{path.stem}-*{path.suffix}")
    return sorted(copies, key=_changed, reverse=True)


def stamped(path: Path, reason: str = "") -> Path:
    """Return a name for a copy made this moment."""
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S.%fZ")
    parts = filter(None, (path.stem, reason, moment))
    return folder(path) / f"{'-'.join(parts)}{path.suffix}"


def copy(path: Path, to: Path) -> Path:
    """Copy the saves at `path` to the new file `to`, and return it.

    Raises InputRefused where `to` is there already, SavesDamaged where SQLite finds the copy
    damaged (none is left then), NotSaved where it cannot be written.
    """
    part = atomic_file.temporary_path(to)
    with explained(path, "copy"):
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            _copy_through_sqlite(path, part)
            shutil.copymode(path, part)
            atomic_file.commit(part, to)
        finally:
            part.unlink(missing_ok=True)
    return to


def _copy_through_sqlite(path: Path, part: Path) -> None:
    with closing(connect(path)) as source, closing(sqlite3.connect(part)) as target:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # waits for a writer, once
        source.backup(target)
        found = target.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise SavesDamaged(
                f"{named(path)} is damaged ({found}), so it was not copied over any good backup. "
                "`grue saves check` names the newest good one."
            )


def before(path: Path, reason: str) -> Path:
    """Copy the saves before something risky, called `reason` in the copy's name."""
    made = copy(path, stamped(path, f"before-{reason}"))
    if reason == "delete":
        _keep_newest(path, f"{path.stem}-before-delete-*{path.suffix}")
    return made


def daily(path: Path) -> tuple[str, ...]:
    """Make today's copy where there is none and something has changed since the newest one.

    Returns sentences on what went wrong: a copy that cannot be made hinders nobody from playing.
    """
    today = folder(path) / f"{path.stem}-{datetime.now(UTC):%Y-%m-%d}{path.suffix}"
    newest = next(iter(newest_first(path)), None)
    if today.exists() or (newest and _changed(newest) > _changed(path)):
        return ()
    try:
        with explained(path, "copy"):
            copy(path, today)
            _keep_newest(path, f"{path.stem}-????-??-??{path.suffix}")
            atomic_file.remove_stale(path.parent)
            atomic_file.remove_stale(folder(path))
    except InputRefused:  # another window has made it at this very moment
        return ()
    except SavesError as error:
        return (f"No backup was made today. {error}",)
    return ()


def _changed(path: Path) -> int:
    """Return when a file last changed, in nanoseconds; long ago for one just removed elsewhere."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _keep_newest(path: Path, pattern: str) -> None:
    """Remove all but the newest copies of one kind; their names sort by age."""
    for old in sorted(folder(path).glob(pattern))[:-KEPT]:
        old.unlink(missing_ok=True)
