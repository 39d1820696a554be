"""The frontier: pending and finished requests, and every fetched page, in an SQLite file.

A page is stored with all that follows from it in one transaction, and one process at a time uses
the file: a killed scrape leaves the frontier as it was before the request in flight.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from corpus_scraper.scraping.frontier_database import FrontierDatabase, FrontierUnusable
from corpus_scraper.sites.site import Page, PageRequest
from corpus_scraper.web.url_validation import parse_url

State = Literal["pending", "done", "refused", "postponed", "capped"]
"""`refused` is final; a new run retries what is `postponed` or `capped` (beyond a limit)."""


@dataclass(frozen=True, slots=True)
class QueuedRequest:
    """A request in the frontier."""

    seq: int
    """Its number, in the order in which requests were found."""
    key: str
    url: str
    origin: str
    """Scheme and host."""
    site: str
    """Name of the site that parses its page."""
    parent: str
    """Key of the page it was found on; empty for a URL that the user named."""
    story: int
    """The `seq` of the first request of its story; 0 for a listing."""
    depth: int
    """Choices from the story's first page."""
    state: State = "pending"
    reason: str = ""
    """Why there is no page; empty while it is pending or done."""


_COLUMNS = "seq, key, url, origin, site, parent, story, depth, state, reason"


class Frontier:
    """A frontier in a file; a context manager."""

    def __init__(self, path: Path, *, in_memory: bool = False) -> None:
        """Open the file at `path`, creating it if it is missing.

        With `in_memory`, work on a copy and leave the file as it is. Raises FrontierUnusable where
        another process uses the file, or it is no frontier.
        """
        self._file = FrontierDatabase(path, in_memory=in_memory)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    # The queue -----------------------------------------------------------------------------------

    def requeue(self, *, refused: bool = False) -> None:
        """Make postponed and capped requests pending again; refused ones only with `refused`."""
        states = ("postponed", "capped", "refused") if refused else ("postponed", "capped")
        with self._file.transaction():
            self._file.write(
                "UPDATE requests SET state = 'pending', reason = '' "
                "WHERE state IN (SELECT value FROM json_each(?))",
                json.dumps(states),
            )

    def add(self, request: PageRequest, site: str) -> None:
        """Add a request for a URL that the user named, unless it is there."""
        with self._file.transaction():
            self._add(request, site)

    def next(
        self,
        *,
        max_stories: int | None,
        listings_only: bool = False,
        exclude_origins: Iterable[str] = (),
    ) -> QueuedRequest | None:
        """Return the next pending request: listings first, then story by story.

        Only the first `max_stories` stories are entered, and no listing once there are that many.
        """
        first, end = self._story_range(max_stories)
        found = self._requests(
            "state = 'pending' AND story >= ? AND story < ? "
            "AND origin NOT IN (SELECT value FROM json_each(?)) "
            "ORDER BY story, depth, seq LIMIT 1",
            *(first, 1 if listings_only else end, json.dumps(sorted(exclude_origins))),
        )
        return next(found, None)

    def _story_range(self, max_stories: int | None) -> tuple[int, int]:
        """Return the values of `story` that are wanted, the second excluded; 0 is listings."""
        if max_stories is None:
            return 0, 2**62
        started = self._file.rows(
            "SELECT seq FROM requests WHERE story = seq ORDER BY seq LIMIT ?", max_stories + 1
        )
        end = int(started[max_stories][0]) if len(started) > max_stories else 2**62
        return (1 if len(started) >= max_stories else 0), end

    # Results -------------------------------------------------------------------------------------

    def store_page(
        self,
        request: QueuedRequest,
        page: Page,
        parser_version: int,
        found: Iterable[PageRequest] = (),
        *,
        page_id: str = "",
        state_id: str = "",
        state: State = "done",
        reason: str = "",
        not_before: float = 0,
    ) -> None:
        """Store a page and the requests found on it, in one transaction.

        `page_id` and `state_id` are those of a story page whose choices are followed, else empty.
        `not_before` is when its host may be sent the next request, in seconds since 1970.
        """
        with self._file.transaction():
            self._file.write(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *(request.key, page.url, page.charset, page.fetched, page.sha256),
                *(parser_version, page_id, state_id, zlib.compress(page.body)),
            )
            self._mark(request, state, reason, not_before)
            for each in found:
                self._add(each, request.site, request)

    def mark(self, request: QueuedRequest, state: State, reason: str, not_before: float) -> None:
        """Store why a request led to no page; `not_before` as in `store_page`."""
        with self._file.transaction():
            self._mark(request, state, reason, not_before)

    def _mark(self, request: QueuedRequest, state: State, reason: str, not_before: float) -> None:
        self._file.write(
            "UPDATE requests SET state = ?, reason = ? WHERE seq = ?", state, reason, request.seq
        )
        if not_before:
            self._file.write(
                "INSERT OR REPLACE INTO hosts VALUES (?, ?)", request.origin, not_before
            )

    def _add(self, request: PageRequest, site: str, parent: QueuedRequest | None = None) -> None:
        """Add a request unless it is there. One that starts a story belongs to its own story."""
        story = 0 if parent is None or request.starts_story else parent.story
        depth = 0 if parent is None or request.starts_story else parent.depth + 1
        self._file.write(
            "INSERT INTO requests (seq, key, url, origin, site, parent, story, depth) "
            "SELECT n, ?, ?, ?, ?, ?, iif(?, n, ?), ? "
            "FROM (SELECT coalesce(max(seq), 0) + 1 AS n FROM requests) WHERE true "
            "ON CONFLICT (key) DO NOTHING",
            *(request.key, request.url, parse_url(request.url).origin, site),
            *(parent.key if parent else "", request.starts_story, story, depth),
        )

    # Queries -------------------------------------------------------------------------------------

    def page(self, key: str) -> Page | None:
        """Return the page of the request `key`, or None. Raises FrontierUnusable for damage."""
        found = self._file.rows(
            "SELECT body, url, charset, fetched, sha256 FROM pages WHERE key = ?", key
        )
        if not found:
            return None
        compressed, url, charset, fetched, sha256 = found[0]
        try:
            body = zlib.decompress(compressed)
        except zlib.error:
            body = b""
        if hashlib.sha256(body).hexdigest() != sha256:
            raise FrontierUnusable(
                f"The page of {url} in {self._file.name} is damaged. "
                "Delete the file and scrape again."
            )
        return Page(url, body, charset, fetched, sha256)

    def request(self, key: str) -> QueuedRequest | None:
        """Return the request `key`."""
        return next(self._requests("key = ?", key), None)

    def stories(self) -> list[QueuedRequest]:
        """Return the first request of every story, in the order they were found."""
        return list(self._requests("story = seq ORDER BY seq"))

    def is_empty(self) -> bool:
        """Return whether there is no request."""
        return self._count("true") == 0

    def parsed_by_other_version(self, site: str, version: int) -> list[QueuedRequest]:
        """Return the requests whose pages another version of `site` parsed."""
        where = "site = ? AND key IN (SELECT key FROM pages WHERE parser_version <> ?) ORDER BY seq"
        return list(self._requests(where, site, version))

    def page_count(self, story: int) -> int:
        """Return the number of pages of a story."""
        return self._count("state = 'done' AND story = ?", story)

    def state_ids(self, story: int, page_id: str) -> set[str]:
        """Return the states of a page of a story whose choices are followed."""
        rows = self._file.rows(
            "SELECT DISTINCT pages.state_id FROM pages JOIN requests USING (key) "
            "WHERE pages.page_id = ? AND requests.story = ? AND requests.state = 'done'",
            *(page_id, story),
        )
        return {state_id for (state_id,) in rows}

    def pending_count(self, max_stories: int | None) -> int:
        """Return the number of pending requests in the first `max_stories` stories."""
        range_ = self._story_range(max_stories)
        return self._count("state = 'pending' AND story >= ? AND story < ?", *range_)

    def failures(self) -> list[tuple[State, str, int]]:
        """Return the number of requests without a page by state and reason, most frequent first."""
        return self._file.rows(
            "SELECT state, reason, count(*) FROM requests WHERE state NOT IN ('done', 'pending') "
            "GROUP BY state, reason ORDER BY count(*) DESC, reason"
        )

    def not_before(self) -> dict[str, float]:
        """Return when each host may be sent the next request, in seconds since 1970."""
        return dict(self._file.rows("SELECT origin, not_before FROM hosts"))

    def _count(self, where: str, *values: str | int) -> int:
        return self._file.number(f"SELECT count(*) FROM requests WHERE {where}", *values)  # noqa: S608

    def _requests(self, where: str, *values: str | int) -> Iterator[QueuedRequest]:
        query = f"SELECT {_COLUMNS} FROM requests WHERE {where}"  # noqa: S608 - our own words
        return (QueuedRequest(*row) for row in self._file.rows(query, *values))
