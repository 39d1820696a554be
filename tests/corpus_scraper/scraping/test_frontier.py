"""The frontier: what is fetched, in which order, and that nothing of it is ever half written."""

import hashlib
import sqlite3
from pathlib import Path

import pytest

from corpus_scraper.scraping.frontier import Found, Frontier, Task
from corpus_scraper.scraping.frontier_database import FrontierUnusable
from corpus_scraper.sites.site import Page

ORIGIN = "https://a.example"


def found(key: str, *, story: bool = False, origin: str = ORIGIN) -> Found:
    return Found(key, f"{origin}/{key}", origin, begins_story=story)


def page(body: bytes = b"<p>A page") -> Page:
    digest = hashlib.sha256(body).hexdigest()
    return Page(f"{ORIGIN}/x", body, "utf-8", "2026-11-01T12:00:00+00:00", digest)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tales.pages.db"


def begun(frontier: Frontier, *keys: str, story: bool = True) -> None:
    for key in keys:
        frontier.plant(found(key, story=story), "test")


def take(frontier: Frontier, *leads_to: Found, stories: int | None = None) -> Task:
    """Take the next step, which leads to a page."""
    task = frontier.next(stories=stories)
    assert task
    frontier.keep(task, page(), 1, leads_to)
    return task


def test_what_was_kept_is_there_when_it_is_opened_again(path: Path) -> None:
    with Frontier(path) as frontier:
        begun(frontier, "a")
        take(frontier, found("b"))
    with Frontier(path) as frontier:
        assert frontier.page("a") == page()
        assert frontier.page("b") is None
        task = frontier.next(stories=None)
    assert task == Task(2, "b", f"{ORIGIN}/b", ORIGIN, "test", "a", 1, 1)


def test_a_step_found_twice_is_taken_once(path: Path) -> None:
    with Frontier(path) as frontier:
        begun(frontier, "a", "a")
        take(frontier, found("b"), found("a"), found("b"))
        assert take(frontier, found("a")).key == "b"
        assert frontier.next(stories=None) is None


def test_lists_come_first_then_story_by_story_nearest_pages_first(path: Path) -> None:
    with Frontier(path) as frontier:
        begun(frontier, "one")
        begun(frontier, "list", story=False)
        assert take(frontier, found("two", story=True)).key == "list"
        assert take(frontier, found("one/1"), found("one/2")).key == "one"
        assert take(frontier, found("one/1/1")).key == "one/1"
        order = [take(frontier).key for _ in range(3)]
    assert order == ["one/2", "one/1/1", "two"]


def test_no_more_stories_are_entered_than_asked_for(path: Path) -> None:
    with Frontier(path) as frontier:
        begun(frontier, "list", story=False)
        take(frontier, *(found(f"s{n}", story=True) for n in range(5)))
        taken = [take(frontier, stories=2).key for _ in range(2)]
        assert frontier.next(stories=2) is None
        assert (frontier.waiting(2), frontier.waiting(3), frontier.waiting(None)) == (0, 1, 3)
        assert taken == ["s0", "s1"]
        assert [task.key for task in frontier.stories()] == [f"s{n}" for n in range(5)]


def test_no_list_is_asked_for_more_stories_than_are_wanted(path: Path) -> None:
    with Frontier(path) as frontier:
        begun(frontier, "list", story=False)
        take(frontier, found("s0", story=True), found("s1", story=True), found("leaf 2"))
        assert (frontier.waiting(1), frontier.waiting(2), frontier.waiting(3)) == (1, 2, 3)
        assert frontier.next(stories=2, lists_only=True) is None
        task = frontier.next(stories=3, lists_only=True)
        assert task
        assert task.key == "leaf 2"
        assert [take(frontier, stories=2).key for _ in range(2)] == ["s0", "s1"]
        assert frontier.next(stories=2) is None


def test_a_host_that_is_to_be_left_alone_is_passed_over(path: Path) -> None:
    other = "https://b.example"
    with Frontier(path) as frontier:
        begun(frontier, "a")
        frontier.plant(found("b", story=True, origin=other), "test")
        task = frontier.next(stories=None, away={ORIGIN})
        assert task
        assert task.origin == other
        assert frontier.next(stories=None, away={ORIGIN, other}) is None


def test_what_was_put_off_is_tried_again_and_what_was_refused_is_not(path: Path) -> None:
    with Frontier(path) as frontier:
        begun(frontier, "a", "b", "c", "d")
        for state in ("postponed", "capped", "refused"):
            task = frontier.next(stories=None)
            assert task
            frontier.settle(task, state, f"it is {state}", not_before=7.5)
        assert frontier.reasons() == [
            ("capped", "it is capped", 1),
            ("postponed", "it is postponed", 1),
            ("refused", "it is refused", 1),
        ]
        assert frontier.not_before() == {ORIGIN: 7.5}
        frontier.begin()
        assert [take(frontier).key for _ in range(3)] == ["a", "b", "d"]
        assert frontier.next(stories=None) is None
        frontier.begin(refused_too=True)
        assert take(frontier).key == "c"


def test_a_page_and_what_follows_from_it_are_kept_together_or_not_at_all(path: Path) -> None:
    with Frontier(path) as frontier:
        begun(frontier, "a")
        task = frontier.next(stories=None)
        assert task

        def breaks_off():
            yield found("b")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            frontier.keep(task, page(), 1, breaks_off())
        assert frontier.page("a") is None
        assert frontier.task("b") is None
        assert take(frontier, found("b")).key == "a"


def test_the_scenes_of_a_place_are_counted_by_story(path: Path) -> None:
    with Frontier(path) as frontier:
        begun(frontier, "a", "b")
        for scene in ("1~x", "1~y"):
            task = frontier.next(stories=None)
            assert task
            frontier.keep(task, page(), 1, place="1", scene=scene)
        assert frontier.scenes_at(1, "1") == {"1~x"}
        assert frontier.scenes_at(2, "1") == {"1~y"}
        assert not frontier.scenes_at(1, "2")


def test_pages_that_another_version_read_are_known(path: Path) -> None:
    with Frontier(path) as frontier:
        begun(frontier, "a", "b")
        take(frontier)
        assert [task.key for task in frontier.read_before("test", 2)] == ["a"]
        assert not frontier.read_before("test", 1)
        assert not frontier.read_before("other", 2)


# The file -----------------------------------------------------------------------------------------


def test_a_trial_leaves_the_file_as_it_is(path: Path) -> None:
    with Frontier(path) as frontier:
        begun(frontier, "a")
    before = path.read_bytes()
    with Frontier(path, trial=True) as frontier:
        assert take(frontier, found("b")).key == "a"
        assert frontier.task("b")
    assert path.read_bytes() == before


def test_a_trial_makes_no_file(path: Path) -> None:
    with Frontier(path, trial=True) as frontier:
        begun(frontier, "a")
    assert not list(path.parent.iterdir())


def test_only_one_scrape_uses_a_file(path: Path) -> None:
    with Frontier(path), pytest.raises(FrontierUnusable, match="another scrape"):
        Frontier(path)
    with Frontier(path) as frontier:
        begun(frontier, "a")


@pytest.mark.parametrize("content", [b"Not a database at all. " * 100, b"\0" * 4096])
def test_a_file_of_something_else_is_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(FrontierUnusable, match="--pages"):
        Frontier(path)
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(FrontierUnusable, match="--pages"):
        Frontier(path)
    assert path.read_bytes() == before


def test_a_file_of_a_later_version_is_left_alone(path: Path) -> None:
    with Frontier(path):
        pass
    with sqlite3.connect(path) as later:
        later.execute("PRAGMA user_version=99")
    later.close()
    with pytest.raises(FrontierUnusable, match="this version"):
        Frontier(path)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FrontierUnusable):
        Frontier(tmp_path / "nowhere" / "pages.db")


@pytest.mark.parametrize(
    "change",
    ["body = x'00'", "sha256 = 'other'", "body = (SELECT body FROM pages WHERE key = 'b')"],
)
def test_a_page_that_is_not_what_was_written_is_never_handed_out(path: Path, change: str) -> None:
    with Frontier(path) as frontier:
        begun(frontier, "a", "b")
        take(frontier)
        task = frontier.next(stories=None)
        assert task
        frontier.keep(task, page(b"<p>Another page"), 1)
    with sqlite3.connect(path) as damage:
        damage.execute(f"UPDATE pages SET {change} WHERE key = 'a'")
    damage.close()
    with Frontier(path) as frontier:
        with pytest.raises(FrontierUnusable, match="not what was written"):
            frontier.page("a")
        assert frontier.page("b")
