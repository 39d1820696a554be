"""A scrape that is killed at any moment: no page is missing, duplicate or torn.

The real command in a process of its own, against a site on this machine, killed without warning
and started again with the same arguments until it ends by itself.
"""

import hashlib
import random
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from corpus_scraper import formats
from corpus_scraper.graph import StoryGraph, read_stories
from tests.conftest import REPOSITORY
from tests.corpus_scraper.local_site import LocalSite
from tests.corpus_scraper.local_story import LocalStory, edges, edges_of, from_graph, random_story

SCRAPE = (sys.executable, "-c", "from dungeon.cli import main; main()", "stories", "scrape")
NO_HANG = 300


def command(site: LocalSite, output: Path, *more: str) -> list[str]:
    """Return the command that scrapes every story of the site."""
    politely = ("--allow-localhost", "--delay", "0", "--contact", "a@b.example")
    what = (site.url("/Stories/top.aspx"), "--site", "chooseyourstory", "-o", str(output))
    return [*SCRAPE, *what, *politely, *more]


@dataclass(slots=True)
class Killing:
    """A scrape that is killed again and again, and what the site saw of it."""

    site: LocalSite
    output: Path
    chance: random.Random
    kills: int = 0
    spans: list[tuple[int, int]] = field(default_factory=list)
    """Which requests of the site's log each life made."""

    def until(self, kills: int, pages: int) -> None:
        """Kill so many lives, each after some of the `pages` there are; let the last one end."""
        while self.kills < kills:
            self._live(self.chance.uniform(0, 2 * pages / (kills + 1)))
        assert self._begin().wait(NO_HANG) == 0

    def _live(self, requests: float) -> None:
        began = len(self.site.log)
        life = self._begin()
        deadline = time.monotonic() + NO_HANG
        while len(self.site.log) < began + requests and life.poll() is None:
            assert time.monotonic() < deadline, "it hangs"
            time.sleep(0.001)
        time.sleep(self.chance.uniform(0, 0.03))  # anywhere between two requests
        if life.poll() is None:
            life.send_signal(signal.SIGKILL)
            self.kills += 1
        life.wait()
        self.spans.append((began, len(self.site.log)))
        self._look_at_pages()

    def _begin(self) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command(self.site, self.output), stdout=quiet, stderr=quiet)

    def _look_at_pages(self) -> None:
        """Every stored page is whole, and every request that is done has its page."""
        file = self.output.with_name(f"{self.output.stem}.pages.db")
        if not file.exists():
            return
        database = sqlite3.connect(file)
        try:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            if not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return  # killed before there was a table
            for body, digest in database.execute("SELECT body, sha256 FROM pages"):
                assert hashlib.sha256(zlib.decompress(body)).hexdigest() == digest
            torn = "SELECT count(*) FROM requests LEFT JOIN pages USING (key) "
            torn += "WHERE (state = 'done') <> (pages.key IS NOT NULL)"
            assert database.execute(torn).fetchone() == (0,)
        finally:
            database.close()

    def fetched_again(self) -> int:
        """Return how many requests for pages were made more than once."""
        asked = Counter(
            (request.target, request.move if request.method == "POST" else ())
            for request in self.site.page_requests()
        )
        return sum(number - 1 for number in asked.values())


def whole(output: Path, stories: tuple[LocalStory, ...]) -> None:
    """Check that every story is there as it is, and once."""
    graphs: dict[str, list[StoryGraph]] = {}
    for graph in read_stories(output):
        graphs.setdefault(graph.title, []).append(graph)
    assert {title: len(each) for title, each in graphs.items()} == {s.title: 1 for s in stories}
    for story in stories:
        (graph,) = graphs[story.title]
        assert not graph.notes
        assert not (expected(story) - found(graph)), "missing"
        assert not (found(graph) - expected(story)), "duplicate"
        assert edges_of(graph) == edges(story)


def expected(story: LocalStory) -> Counter[str]:
    return Counter(page.text for page in story.pages.values())


def found(graph: StoryGraph) -> Counter[str]:
    return Counter(passage.text for passage in graph.passages)


def pages_of(stories: tuple[LocalStory, ...]) -> int:
    """Return how many requests it takes to know the stories."""
    moves = sum(
        link.to != "rate" for s in stories for page in s.pages.values() for link in page.links
    )
    return 1 + 2 * len(stories) + moves


def killed(tmp_path: Path, stories: tuple[LocalStory, ...], kills: int, seed: int) -> Killing:
    output = tmp_path / "tales.jsonl"
    with LocalSite(*stories) as site:
        killing = Killing(site, output, random.Random(seed))
        killing.until(kills, pages_of(stories))
        whole(output, stories)
        assert killing.fetched_again() <= kills, "only the request in flight is made again"
    return killing


def test_a_killed_scrape_continues_where_it_stopped(tmp_path: Path) -> None:
    stories = (random_story(1, 6, 1), random_story(2, 6, 2))
    assert killed(tmp_path, stories, kills=4, seed=1).kills == 4


@pytest.mark.soak
def test_four_hundred_pages_survive_fifty_kills(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stories = (*real_stories(), *(random_story(seed, 60, 10 + seed) for seed in range(5)))[:5]
    assert pages_of(stories) >= 400
    killing = killed(tmp_path, stories, kills=50, seed=7)
    with capsys.disabled():
        print(f"\n{pages_of(stories)} pages, {killing.kills} kills, ", end="")
        print(f"{killing.fetched_again()} requests repeated, 0 missing, 0 duplicate, 0 torn")


def real_stories() -> tuple[LocalStory, ...]:
    """Return a real story to be served, where the story files are there."""
    file = REPOSITORY.parent / "shared" / "corpus" / "ink" / "drifter" / "main.ink"
    return tuple(from_graph(graph) for graph in formats.read(file)) if file.exists() else ()


def test_the_check_finds_missing_and_duplicate_pages(tmp_path: Path) -> None:
    """A story with a page missing, or a duplicate story, does not pass."""
    story = random_story(3, 3, 3)
    output = tmp_path / "tales.jsonl"
    with LocalSite(story) as site:
        subprocess.run(command(site, output), check=True, capture_output=True, timeout=NO_HANG)
    whole(output, (story,))
    fewer = LocalStory(story.number, story.title, story.start, dict(list(story.pages.items())[:-1]))
    with pytest.raises((AssertionError, KeyError)):
        whole(output, (fewer,))
    output.write_text(output.read_text("utf-8") * 2, "utf-8")
    with pytest.raises(AssertionError):
        whole(output, (story,))
