"""The frontier: the order of requests, and that a page is stored whole or not at all."""

import hashlib
import sqlite3
from pathlib import Path

import pytest

from corpus_scraper.scraping.frontier import Frontier, QueuedRequest
from corpus_scraper.scraping.frontier_database import FrontierUnusable
from corpus_scraper.sites.site import Page, PageRequest

ORIGIN = "https://a.example"


def found(key: str, *, story: bool = False, origin: str = ORIGIN) -> PageRequest:
    return PageRequest(key, f"{origin}/{key}", starts_story=story)


def page(body: bytes = b"<p>A page") -> Page:
    digest = hashlib.sha256(body).hexdigest()
    return Page(f"{ORIGIN}/x", body, "utf-8", "2026-11-01T12:00:00+00:00", digest)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tales.pages.db"


def add(frontier: Frontier, *keys: str, story: bool = True) -> None:
    for key in keys:
        frontier.add(found(key, story=story), "test")


def fetch(
    frontier: Frontier, *leads_to: PageRequest, max_stories: int | None = None
) -> QueuedRequest:
    """Store a page for the next request."""
    request = frontier.next(max_stories=max_stories)
    assert request
    frontier.store_page(request, page(), 1, leads_to)
    return request


def test_pages_and_requests_are_stored(path: Path) -> None:
    with Frontier(path) as frontier:
        add(frontier, "a")
        fetch(frontier, found("b"))
    with Frontier(path) as frontier:
        assert frontier.page("a") == page()
        assert frontier.page("b") is None
        request = frontier.next(max_stories=None)
    assert request == QueuedRequest(2, "b", f"{ORIGIN}/b", ORIGIN, "test", "a", 1, 1)


def test_a_request_found_twice_is_made_once(path: Path) -> None:
    with Frontier(path) as frontier:
        add(frontier, "a", "a")
        fetch(frontier, found("b"), found("a"), found("b"))
        assert fetch(frontier, found("a")).key == "b"
        assert frontier.next(max_stories=None) is None


def test_listings_come_first_then_stories_one_by_one_breadth_first(path: Path) -> None:
    with Frontier(path) as frontier:
        add(frontier, "one")
        add(frontier, "listing", story=False)
        assert fetch(frontier, found("two", story=True)).key == "listing"
        assert fetch(frontier, found("one/1"), found("one/2")).key == "one"
        assert fetch(frontier, found("one/1/1")).key == "one/1"
        order = [fetch(frontier).key for _ in range(3)]
    assert order == ["one/2", "one/1/1", "two"]


def test_only_the_first_stories_are_entered(path: Path) -> None:
    with Frontier(path) as frontier:
        add(frontier, "listing", story=False)
        fetch(frontier, *(found(f"s{n}", story=True) for n in range(5)))
        taken = [fetch(frontier, max_stories=2).key for _ in range(2)]
        assert frontier.next(max_stories=2) is None
        assert (
            frontier.pending_count(2),
            frontier.pending_count(3),
            frontier.pending_count(None),
        ) == (0, 1, 3)
        assert taken == ["s0", "s1"]
        assert [request.key for request in frontier.stories()] == [f"s{n}" for n in range(5)]


def test_no_listing_is_requested_once_there_are_enough_stories(path: Path) -> None:
    with Frontier(path) as frontier:
        add(frontier, "listing", story=False)
        fetch(frontier, found("s0", story=True), found("s1", story=True), found("leaf-2"))
        assert (
            frontier.pending_count(1),
            frontier.pending_count(2),
            frontier.pending_count(3),
        ) == (1, 2, 3)
        assert frontier.next(max_stories=2, listings_only=True) is None
        request = frontier.next(max_stories=3, listings_only=True)
        assert request
        assert request.key == "leaf-2"
        assert [fetch(frontier, max_stories=2).key for _ in range(2)] == ["s0", "s1"]
        assert frontier.next(max_stories=2) is None


def test_excluded_hosts_are_passed_over(path: Path) -> None:
    other = "https://b.example"
    with Frontier(path) as frontier:
        add(frontier, "a")
        frontier.add(found("b", story=True, origin=other), "test")
        request = frontier.next(max_stories=None, exclude_origins={ORIGIN})
        assert request
        assert request.origin == other
        assert frontier.next(max_stories=None, exclude_origins={ORIGIN, other}) is None


def test_requeue_retries_postponed_and_capped_requests_and_refused_ones_on_demand(
    path: Path,
) -> None:
    with Frontier(path) as frontier:
        add(frontier, "a", "b", "c", "d")
        for state in ("postponed", "capped", "refused"):
            request = frontier.next(max_stories=None)
            assert request
            frontier.mark(request, state, f"it is {state}", 7.5)
        assert frontier.failures() == [
            ("capped", "it is capped", 1),
            ("postponed", "it is postponed", 1),
            ("refused", "it is refused", 1),
        ]
        assert frontier.not_before() == {ORIGIN: 7.5}
        frontier.requeue()
        assert [fetch(frontier).key for _ in range(3)] == ["a", "b", "d"]
        assert frontier.next(max_stories=None) is None
        frontier.requeue(refused=True)
        assert fetch(frontier).key == "c"


def test_a_page_and_its_requests_are_stored_together_or_not_at_all(path: Path) -> None:
    with Frontier(path) as frontier:
        add(frontier, "a")
        request = frontier.next(max_stories=None)
        assert request

        def interrupted():
            yield found("b")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            frontier.store_page(request, page(), 1, interrupted())
        assert frontier.page("a") is None
        assert frontier.request("b") is None
        assert fetch(frontier, found("b")).key == "a"


def test_the_states_of_a_page_are_counted_by_story(path: Path) -> None:
    with Frontier(path) as frontier:
        add(frontier, "a", "b")
        for state_id in ("1~x", "1~y"):
            request = frontier.next(max_stories=None)
            assert request
            frontier.store_page(request, page(), 1, page_id="1", state_id=state_id)
        assert frontier.state_ids(1, "1") == {"1~x"}
        assert frontier.state_ids(2, "1") == {"1~y"}
        assert not frontier.state_ids(1, "2")


def test_pages_that_another_version_parsed_are_found(path: Path) -> None:
    with Frontier(path) as frontier:
        add(frontier, "a", "b")
        fetch(frontier)
        assert [request.key for request in frontier.parsed_by_other_version("test", 2)] == ["a"]
        assert not frontier.parsed_by_other_version("test", 1)
        assert not frontier.parsed_by_other_version("other", 2)


# The file -----------------------------------------------------------------------------------------


def test_an_in_memory_frontier_leaves_the_file_as_it_is(path: Path) -> None:
    with Frontier(path) as frontier:
        add(frontier, "a")
    before = path.read_bytes()
    with Frontier(path, in_memory=True) as frontier:
        assert fetch(frontier, found("b")).key == "a"
        assert frontier.request("b")
    assert path.read_bytes() == before


def test_an_in_memory_frontier_creates_no_file(path: Path) -> None:
    with Frontier(path, in_memory=True) as frontier:
        add(frontier, "a")
    assert not list(path.parent.iterdir())


def test_only_one_scrape_uses_a_file(path: Path) -> None:
    with Frontier(path), pytest.raises(FrontierUnusable, match="another scrape"):
        Frontier(path)
    with Frontier(path) as frontier:
        add(frontier, "a")


@pytest.mark.parametrize("content", [b"Not a database at all. " * 100, b"\0" * 4096])
def test_a_file_that_is_no_database_is_refused_and_unchanged(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(FrontierUnusable, match="--pages"):
        Frontier(path)
    assert path.read_bytes() == content


def test_a_database_that_is_no_frontier_is_refused_and_unchanged(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(FrontierUnusable, match="--pages"):
        Frontier(path)
    assert path.read_bytes() == before


def test_a_file_of_a_later_version_is_refused(path: Path) -> None:
    with Frontier(path):
        pass
    with sqlite3.connect(path) as later:
        later.execute("PRAGMA user_version=99")
    later.close()
    with pytest.raises(FrontierUnusable, match="this version"):
        Frontier(path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FrontierUnusable):
        Frontier(tmp_path / "nowhere" / "pages.db")


@pytest.mark.parametrize(
    "change",
    ["body = x'00'", "sha256 = 'other'", "body = (SELECT body FROM pages WHERE key = 'b')"],
)
def test_a_damaged_page_is_never_returned(path: Path, change: str) -> None:
    with Frontier(path) as frontier:
        add(frontier, "a", "b")
        fetch(frontier)
        request = frontier.next(max_stories=None)
        assert request
        frontier.store_page(request, page(b"<p>Another page"), 1)
    with sqlite3.connect(path) as damage:
        damage.execute(f"UPDATE pages SET {change} WHERE key = 'a'")
    damage.close()
    with Frontier(path) as frontier:
        with pytest.raises(FrontierUnusable, match="is damaged"):
            frontier.page("a")
        assert frontier.page("b")
