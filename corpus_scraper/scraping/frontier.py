"""Provides Frontier: what is to be fetched, what came of it, and every page as it came, in SQLite.

One transaction a page, and one process at a time: whoever is killed leaves the frontier as it was
before the request in flight. Knows nothing of HTTP, and nothing of what a page says.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from corpus_scraper.scraping.frontier_database import FrontierDatabase, FrontierUnusable
from corpus_scraper.sites.site import Page

State = Literal["waiting", "done", "refused", "postponed", "capped"]
"""`refused` is for good; a new run tries what is `postponed` or `capped` again."""


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
        self._file = FrontierDatabase(path, trial=trial)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    # What is to be done --------------------------------------------------------------------------

    def begin(self, *, refused_too: bool = False) -> None:
        """Make what earlier runs put off wait again; what they refused only where asked for."""
        states = ("postponed", "capped", "refused") if refused_too else ("postponed", "capped")
        with self._file.transaction():
            self._file.write(
                "UPDATE steps SET state = 'waiting', reason = '' "
                "WHERE state IN (SELECT value FROM json_each(?))",
                json.dumps(states),
            )

    def plant(self, found: Found, site: str) -> None:
        """Add a step that was asked for, unless it is there."""
        with self._file.transaction():
            self._add(found, site, found_on="", story=0, depth=0)

    def next(
        self, *, stories: int | None, lists_only: bool = False, away: Iterable[str] = ()
    ) -> Task | None:
        """Return the step to take next: pages that lead to stories first, then story by story.

        No more than the first `stories` stories are entered, no list is asked for more than that,
        and no host of `away` is asked.
        """
        least, beyond = self._wanted(stories)
        found = self._tasks(
            "state = 'waiting' AND story >= ? AND story < ? "
            "AND origin NOT IN (SELECT value FROM json_each(?)) "
            "ORDER BY story, depth, seq LIMIT 1",
            *(least, 1 if lists_only else beyond, json.dumps(sorted(away))),
        )
        return next(found, None)

    def _wanted(self, stories: int | None) -> tuple[int, int]:
        """Return which stories are wanted: from the first `seq` to below the second; 0 is lists."""
        if stories is None:
            return 0, 2**62
        begun = self._file.rows(
            "SELECT seq FROM steps WHERE story = seq ORDER BY seq LIMIT ?", stories + 1
        )
        beyond = int(begun[stories][0]) if len(begun) > stories else 2**62
        return (1 if len(begun) >= stories else 0), beyond

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
        with self._file.transaction():
            self._file.write(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(*values, zlib.compress(page.body)),
            )
            self._settle(task, state, reason, not_before)
            for each in found:
                self._add(each, task.site, task.key, task.story, task.depth + 1)

    def settle(self, task: Task, state: State, reason: str, not_before: float = 0) -> None:
        """Write down why a step led to no page."""
        with self._file.transaction():
            self._settle(task, state, reason, not_before)

    def _settle(self, task: Task, state: State, reason: str, not_before: float) -> None:
        self._file.write(
            "UPDATE steps SET state = ?, reason = ? WHERE seq = ?", state, reason, task.seq
        )
        if not_before:
            self._file.write("INSERT OR REPLACE INTO hosts VALUES (?, ?)", task.origin, not_before)

    def _add(self, found: Found, site: str, found_on: str, story: int, depth: int) -> None:
        """Add a step unless it is there. One that begins a story is its own story's first."""
        self._file.write(
            "INSERT INTO steps (seq, key, url, origin, site, found_on, story, depth) "
            "SELECT n, ?, ?, ?, ?, ?, iif(?, n, ?), iif(?, 0, ?) "
            "FROM (SELECT coalesce(max(seq), 0) + 1 AS n FROM steps) WHERE true "
            "ON CONFLICT (key) DO NOTHING",
            *(found.key, found.url, found.origin, site, found_on),
            *(found.begins_story, story, found.begins_story, depth),
        )

    # What is known -------------------------------------------------------------------------------

    def page(self, key: str) -> Page | None:
        """Return the page that the step `key` led to, or None.

        Raises FrontierUnusable where it is not what was written.
        """
        found = self._file.rows(
            "SELECT body, url, charset, fetched, sha256 FROM pages WHERE key = ?", key
        )
        if not found:
            return None
        body, url, charset, fetched, sha256 = found[0]
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
        return self._file.number(
            "SELECT count(*) FROM steps WHERE state = 'done' AND story = ?", story
        )

    def scenes_at(self, story: int, place: str) -> set[str]:
        """Return the scenes of a story at one place whose choices are followed."""
        rows = self._file.rows(
            "SELECT DISTINCT pages.scene FROM pages JOIN steps USING (key) "
            "WHERE pages.place = ? AND steps.story = ? AND steps.state = 'done'",
            *(place, story),
        )
        return {scene for (scene,) in rows}

    def waiting(self, stories: int | None) -> int:
        """Return how many steps wait, in the first `stories` stories."""
        return self._file.number(
            "SELECT count(*) FROM steps WHERE state = 'waiting' AND story >= ? AND story < ?",
            *self._wanted(stories),
        )

    def reasons(self) -> list[tuple[State, str, int]]:
        """Return how many steps led to no page, by state and reason, the most frequent first."""
        rows = self._file.rows(
            "SELECT state, reason, count(*) FROM steps WHERE state NOT IN ('done', 'waiting') "
            "GROUP BY state, reason ORDER BY count(*) DESC, reason"
        )
        return [(state, reason, pages) for state, reason, pages in rows]

    def not_before(self) -> dict[str, float]:
        """Return when each host may be asked again, in seconds since 1970."""
        return dict(self._file.rows("SELECT origin, not_before FROM hosts"))

    def _tasks(self, where: str, *values: str | int) -> Iterator[Task]:
        query = f"SELECT {_COLUMNS} FROM steps WHERE {where}"  # noqa: S608 - our own words
        return (Task(*row) for row in self._file.rows(query, *values))

    def _damaged(self, url: str) -> FrontierUnusable:
        return FrontierUnusable(
            f"The page of {url} in {self._file.name} is not what was written. "
            "Delete the file and scrape again."
        )
