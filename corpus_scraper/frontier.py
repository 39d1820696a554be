"""Provides Frontier: what is to be fetched, what came of it, and every page as it came, in SQLite.

One transaction a page, and one process at a time: whoever is killed leaves the frontier as it was
before the request in flight. Knows nothing of HTTP, and nothing of what a page says.
"""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from corpus_scraper.sites.site import Page
from dungeon.errors import GrueError

State = Literal["waiting", "done", "refused", "postponed", "capped"]
"""`refused` is for good; a new run tries what is `postponed` or `capped` again."""

_APPLICATION_ID = 0x47527565  # "GRue"
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE steps (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    origin TEXT NOT NULL,
    site TEXT NOT NULL,
    found_on TEXT NOT NULL,
    story INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'done', 'refused', 'postponed', 'capped')),
    reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX steps_to_take ON steps (state, story, depth, seq);
CREATE TABLE pages (
    key TEXT PRIMARY KEY REFERENCES steps (key),
    url TEXT NOT NULL,
    charset TEXT NOT NULL,
    fetched TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    reader INTEGER NOT NULL,
    place TEXT NOT NULL,
    scene TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pages_of_a_place ON pages (place, scene) WHERE place <> '';
CREATE TABLE hosts (
    origin TEXT PRIMARY KEY,
    not_before REAL NOT NULL
) STRICT, WITHOUT ROWID;
"""


class FrontierUnusable(GrueError):
    """The file of fetched pages cannot be used; what it holds was left as it was."""


@dataclass(frozen=True, slots=True)
class Task:
    """A step in the frontier."""

    seq: int
    key: str
    url: str
    origin: str
    """Scheme and host."""
    site: str
    """The name of the site that reads its page."""
    found_on: str
    """The key of the page whose form or link it is; empty for what was asked for."""
    story: int
    """The `seq` of its story's first step; 0 for a page that leads to stories."""
    depth: int
    """Moves from the story's first page."""
    state: State = "waiting"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A step that a page leads to."""

    key: str
    url: str
    origin: str
    begins_story: bool = False


_COLUMNS = "seq, key, url, origin, site, found_on, story, depth, state, reason"


class Frontier:
    """A frontier in a file; a context manager."""

    def __init__(self, path: Path, *, trial: bool = False) -> None:
        """Opens the file at `path`, made if it is missing.

        A trial works on a copy in memory: what becomes of it leaves the file alone. Raises
        FrontierUnusable where another process uses it, or it is something else.
        """
        self._name = str(path)
        with self._explained():
            self._db = sqlite3.connect(
                ":memory:" if trial else path, isolation_level=None, timeout=1
            )
            try:
                if trial and path.exists():
                    self._copy(path)
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _copy(self, path: Path) -> None:
        """Take over what stands in the file at `path`, which is only read."""
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as there:
            there.backup(self._db)

    def _prepare(self) -> None:
        """Take the file for this process alone, until it ends; make or check the tables."""
        self._db.executescript(
            "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;"
            "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
        )
        self._db.execute("BEGIN EXCLUSIVE")
        version = self._number("PRAGMA user_version")
        tables = self._number("SELECT count(*) FROM sqlite_master")
        if not tables:
            for statement in _SCHEMA.split(";\n"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            self._db.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
        elif self._number("PRAGMA application_id") != _APPLICATION_ID or version != _SCHEMA_VERSION:
            raise FrontierUnusable(
                f"{self._name} is no file of fetched pages that this version of Grue can read. "
                "Name another with --pages."
            )
        self._db.execute("COMMIT")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    # What is to be done --------------------------------------------------------------------------

    def begin(self) -> None:
        """Make what earlier runs put off wait again."""
        with self._transaction():
            self._db.execute(
                "UPDATE steps SET state = 'waiting', reason = '' "
                "WHERE state IN ('postponed', 'capped')"
            )

    def plant(self, found: Found, site: str) -> None:
        """Add a step that was asked for, unless it is there."""
        with self._transaction():
            self._add(found, site, found_on="", story=0, depth=0)

    def next(self, *, stories: int | None, away: Iterable[str] = ()) -> Task | None:
        """Return the step to take next: pages that lead to stories first, then story by story.

        No more than the first `stories` stories are entered, and no host of `away` is asked.
        """
        with self._explained():
            row = self._db.execute(
                f"SELECT {_COLUMNS} FROM steps WHERE state = 'waiting' AND story < ? "  # noqa: S608
                "AND origin NOT IN (SELECT value FROM json_each(?)) "
                "ORDER BY story, depth, seq LIMIT 1",
                (self._first_story_beyond(stories), json.dumps(sorted(away))),
            ).fetchone()
        return Task(*row) if row else None

    def _first_story_beyond(self, stories: int | None) -> int:
        beyond = self._db.execute(
            "SELECT seq FROM steps WHERE story = seq ORDER BY seq LIMIT 1 OFFSET ?",
            (-1 if stories is None else stories,),
        ).fetchone()
        return 2**62 if stories is None or beyond is None else int(beyond[0])

    # What came of it -----------------------------------------------------------------------------

    def keep(
        self,
        task: Task,
        page: Page,
        reader: int,
        found: Iterable[Found] = (),
        *,
        place: str = "",
        scene: str = "",
        state: State = "done",
        reason: str = "",
        not_before: float = 0,
    ) -> None:
        """Keep a page with all that follows from it, in one transaction.

        `reader` is the version of the site that read it. `place` and `scene` say where in the
        story it is, without and with the story's state; empty where its choices are not followed.
        `not_before` is when its host may be asked again.
        """
        values = (task.key, page.url, page.charset, page.fetched, page.sha256, reader, place, scene)
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, zlib.compress(page.body)),
            )
            self._settle(task, state, reason, not_before)
            for each in found:
                self._add(each, task.site, task.key, task.story, task.depth + 1)

    def settle(self, task: Task, state: State, reason: str, not_before: float = 0) -> None:
        """Write down why a step led to no page."""
        with self._transaction():
            self._settle(task, state, reason, not_before)

    def _settle(self, task: Task, state: State, reason: str, not_before: float) -> None:
        self._db.execute(
            "UPDATE steps SET state = ?, reason = ? WHERE seq = ?", (state, reason, task.seq)
        )
        if not_before:
            self._db.execute(
                "INSERT OR REPLACE INTO hosts VALUES (?, ?)", (task.origin, not_before)
            )

    def _add(self, found: Found, site: str, found_on: str, story: int, depth: int) -> None:
        """Add a step unless it is there. One that begins a story is its own story's first."""
        self._db.execute(
            "INSERT INTO steps (seq, key, url, origin, site, found_on, story, depth) "
            "SELECT n, ?, ?, ?, ?, ?, iif(?, n, ?), iif(?, 0, ?) "
            "FROM (SELECT coalesce(max(seq), 0) + 1 AS n FROM steps) WHERE true "
            "ON CONFLICT (key) DO NOTHING",
            (
                *(found.key, found.url, found.origin, site, found_on),
                *(found.begins_story, story, found.begins_story, depth),
            ),
        )

    # What is known -------------------------------------------------------------------------------

    def page(self, key: str) -> Page | None:
        """Return the page that the step `key` led to, or None.

        Raises FrontierUnusable where it is not what was written.
        """
        with self._explained():
            row = self._db.execute(
                "SELECT body, url, charset, fetched, sha256 FROM pages WHERE key = ?", (key,)
            ).fetchone()
        if row is None:
            return None
        body, url, charset, fetched, sha256 = row
        try:
            page = Page(url, zlib.decompress(body), charset, fetched, sha256)
        except zlib.error as error:
            raise self._damaged(url) from error
        if hashlib.sha256(page.body).hexdigest() != sha256:
            raise self._damaged(url)
        return page

    def task(self, key: str) -> Task | None:
        """Return the step called `key`."""
        return next(self._tasks("key = ?", key), None)

    def stories(self) -> list[Task]:
        """Return the first step of every story, in the order they were found."""
        return list(self._tasks("story = seq ORDER BY seq"))

    def asked_for(self) -> list[Task]:
        """Return the steps that were asked for by address."""
        return list(self._tasks("found_on = '' ORDER BY seq"))

    def read_before(self, site: str, version: int) -> list[Task]:
        """Return the steps whose pages another version of `site` read."""
        return list(
            self._tasks(
                "site = ? AND key IN (SELECT key FROM pages WHERE reader <> ?) ORDER BY seq",
                *(site, version),
            )
        )

    def pages_of(self, story: int) -> int:
        """Return how many pages of a story are done."""
        return self._number("SELECT count(*) FROM steps WHERE state = 'done' AND story = ?", story)

    def scenes_at(self, story: int, place: str) -> set[str]:
        """Return the scenes of a story at one place whose choices are followed."""
        with self._explained():
            rows = self._db.execute(
                "SELECT DISTINCT pages.scene FROM pages JOIN steps USING (key) "
                "WHERE pages.place = ? AND steps.story = ? AND steps.state = 'done'",
                (place, story),
            ).fetchall()
        return {scene for (scene,) in rows}

    def waiting(self, stories: int | None) -> int:
        """Return how many steps wait, in the first `stories` stories."""
        return self._number(
            "SELECT count(*) FROM steps WHERE state = 'waiting' AND story < ?",
            self._first_story_beyond(stories),
        )

    def reasons(self) -> list[tuple[State, str, int]]:
        """Return how many steps led to no page, by state and reason, the most frequent first."""
        with self._explained():
            return self._db.execute(
                "SELECT state, reason, count(*) FROM steps WHERE state NOT IN ('done', 'waiting') "
                "GROUP BY state, reason ORDER BY count(*) DESC, reason"
            ).fetchall()

    def not_before(self) -> dict[str, float]:
        """Return when each host may be asked again, in seconds since 1970."""
        with self._explained():
            return dict(self._db.execute("SELECT origin, not_before FROM hosts").fetchall())

    def _tasks(self, where: str, *values: str | int) -> Iterator[Task]:
        with self._explained():
            rows = self._db.execute(
                f"SELECT {_COLUMNS} FROM steps WHERE {where}",  # noqa: S608 - our own words
                values,
            ).fetchall()
        return (Task(*row) for row in rows)

    def _number(self, query: str, *values: str | int) -> int:
        with self._explained():
            return int(self._db.execute(query, values).fetchone()[0])

    def _damaged(self, url: str) -> FrontierUnusable:
        return FrontierUnusable(
            f"The page of {url} in {self._name} is not what was written. "
            "Delete the file and scrape again."
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Do all or nothing."""
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            busy = "locked" in str(error)
            why = "another scrape is using it" if busy else str(error)
            raise FrontierUnusable(f"{self._name} cannot be used: {why}.") from error
        except sqlite3.DatabaseError as error:
            raise FrontierUnusable(
                f"{self._name} is no file of fetched pages: {error}. Name another with --pages."
            ) from error
