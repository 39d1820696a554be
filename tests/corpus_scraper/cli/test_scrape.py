"""`grue stories scrape`: what it prints, writes and refuses."""

import json
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from corpus_scraper.cli.scrape import scrape
from corpus_scraper.graph import read_stories
from corpus_scraper.sites import SITES
from dungeon.errors import GrueError, InputRefused
from tests.corpus_scraper.local_site import Answer, LocalSite, Request
from tests.corpus_scraper.local_story import LocalStory, edges, edges_of, random_story
from tests.corpus_scraper.test_killed_scrape import NO_HANG, SCRAPE, command
from tests.patience import HUNG, wait_until

STORY = random_story(1, 6)
POLITE = ("--contact", "a@b.example", "--allow-localhost", "--delay", "0")


@pytest.fixture
def site() -> Iterator[LocalSite]:
    with LocalSite(STORY) as server:
        yield server


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "tales.jsonl"


def run(output: Path, *arguments: str, contact: bool = True) -> Result:
    """Run the command; an error it explains is raised."""
    words = ["-o", str(output), "--site", "chooseyourstory", *arguments]
    result = CliRunner().invoke(scrape, [*words, *(POLITE if contact else ())])
    if isinstance(result.exception, GrueError):
        raise result.exception
    return result


def files(output: Path) -> list[str]:
    return sorted(file.name for file in output.parent.iterdir())


# Scraping -----------------------------------------------------------------------------------------


def test_a_story_is_scraped_to_a_file(site: LocalSite, output: Path) -> None:
    result = run(output, site.url(STORY.address))
    assert result.exit_code == 0
    assert result.stdout == ""
    (graph,) = read_stories(output)
    assert edges_of(graph) == edges(STORY)
    assert "1 story with 6 passages" in result.stderr
    assert files(output) == ["tales.jsonl", "tales.pages.db"]


def test_the_contact_is_sent_to_hosts(site: LocalSite, output: Path) -> None:
    run(output, site.url(STORY.address))
    agents = {request.agent for request in site.log}
    assert len(agents) == 1
    assert agents.pop().startswith("Grue/")
    assert site.log[0].path == "/robots.txt"
    assert "(+a@b.example)" in site.log[0].agent


def test_the_same_command_again_requests_nothing_that_is_stored(
    site: LocalSite, output: Path
) -> None:
    run(output, site.url(STORY.address))
    before, pages = output.read_text("utf-8"), len(site.page_requests())
    result = run(output, site.url(STORY.address))
    assert len(site.page_requests()) == pages
    assert output.read_text("utf-8") == before
    assert "0 pages fetched" in result.stderr


def test_from_cache_writes_the_same_stories_without_requests(site: LocalSite, output: Path) -> None:
    run(output, site.url(STORY.address))
    before, asked = output.read_text("utf-8"), len(site.log)
    output.unlink()
    run(output, "--from-cache", contact=False)
    assert output.read_text("utf-8") == before
    assert len(site.log) == asked


def test_the_file_of_pages_can_be_chosen(site: LocalSite, output: Path, tmp_path: Path) -> None:
    run(output, site.url(STORY.address), "--pages", str(tmp_path / "kept.db"))
    assert files(output) == ["kept.db", "tales.jsonl"]


def test_a_missing_folder_is_created(site: LocalSite, tmp_path: Path) -> None:
    output = tmp_path / "a" / "b" / "tales.jsonl"
    run(output, site.url(STORY.address))
    assert files(output) == ["tales.jsonl", "tales.pages.db"]
    with pytest.raises(InputRefused, match="cannot be created"):
        run(output / "c" / "tales.jsonl", site.url(STORY.address))


def test_json_is_one_document_with_the_result(site: LocalSite, output: Path) -> None:
    document = json.loads(run(output, site.url(STORY.address), "--json").stdout)
    assert document["stories"] == 1
    assert document["passages"] == 6
    assert document["fetched"] == len(site.page_requests())
    assert (document["pending"], document["not_read"]) == (0, [])


def test_pages_that_were_not_read_are_counted_by_reason(site: LocalSite, output: Path) -> None:
    def busy(request: Request) -> Answer | None:
        gone = request.method == "POST" and request.form["pbValue"] == STORY.pages["1"].links[0].id
        return (404, {}, b"") if gone else None

    site.behaviour = busy
    result = run(output, site.url(STORY.address))
    assert "1  not read: the page does not exist" in result.stderr
    document = json.loads(run(output, "--json").stdout)
    assert document["not_read"] == [
        {"state": "refused", "reason": "the page does not exist", "pages": 1}
    ]


def test_refused_pages_are_requested_again_with_retry(site: LocalSite, output: Path) -> None:
    broken: Answer = (200, {"Content-Type": "text/html"}, b"<h1>Something went wrong</h1>")
    site.behaviour = lambda request: broken if request.method == "POST" else None
    run(output, site.url(STORY.address))
    site.behaviour = None
    before = len(site.page_requests())
    run(output, site.url(STORY.address))
    assert len(site.page_requests()) == before
    run(output, site.url(STORY.address), "--retry")
    (graph,) = read_stories(output)
    assert edges_of(graph) == edges(STORY)


def test_a_dry_run_lists_stories_and_writes_nothing(site: LocalSite, output: Path) -> None:
    result = run(output, site.url("/Stories/top.aspx"), "--dry-run")
    line = f"{site.url(STORY.address)}  Random 1 · A. Writer · length 4, difficulty 6, rating 5.1\n"
    assert result.stdout == line
    assert "1 story would be fetched" in result.stderr
    assert [request.path for request in site.log] == ["/robots.txt", "/Stories/top.aspx"]
    assert not files(output)


def test_a_dry_run_shows_what_is_disallowed(site: LocalSite, output: Path) -> None:
    site.robots = (200, {}, b"User-agent: *\nDisallow: /story/\nCrawl-delay: 2")
    (planned,) = json.loads(run(output, site.url(STORY.address), "--dry-run", "--json").stdout)
    assert planned["refused"] == "disallowed by robots.txt"
    assert planned["delay"] == 2
    assert not site.page_requests()


def test_the_help_of_the_option_names_every_site() -> None:
    (option,) = (each for each in scrape.params if each.name == "site")
    assert isinstance(option, click.Option)
    assert all(name in (option.help or "") for name in SITES)


@pytest.mark.parametrize("path", ["/Stories/top.aspx", STORY.address])
def test_a_dry_run_without_network_is_refused_at_once(
    output: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror("there is no network")

    waits: list[float] = []
    monkeypatch.setattr("socket.getaddrinfo", fail)
    monkeypatch.setattr("corpus_scraper.cli.scrape_progress.time.sleep", waits.append)
    with pytest.raises(InputRefused, match="Nothing can be fetched: the host cannot be resolved"):
        run(output, f"http://stories.invalid{path}", "--dry-run")
    assert waits == []
    assert not files(output)


def test_limit_is_the_maximum_number_of_stories(output: Path) -> None:
    stories = [LocalStory(n, f"Tale {n}", "1", random_story(n, 3).pages) for n in range(1, 4)]
    with LocalSite(*stories) as site:
        run(output, site.url("/Stories/top.aspx"), "--limit", "2")
        assert [graph.title for graph in read_stories(output)] == ["Tale 1", "Tale 2"]
        before = len(site.page_requests())
        run(output, site.url("/Stories/top.aspx"), "--limit", "2")
        assert len(site.page_requests()) == before


def test_a_published_twine_page_is_a_story(output: Path) -> None:
    page = (
        '<tw-storydata name="The Well" startnode="1"><tw-passagedata pid="1" name="Start">You lean '
        'over. [[Down]]</tw-passagedata><tw-passagedata pid="2" name="Down">It is dry.'
        "</tw-passagedata></tw-storydata>"
    )
    well: Answer = (200, {"Content-Type": "text/html"}, page.encode())
    with LocalSite(behaviour=lambda r: well if r.path == "/well.html" else None) as site:
        words = [site.url("/well.html"), "-o", str(output), *POLITE]
        assert CliRunner().invoke(scrape, words).exit_code == 0
    (graph,) = read_stories(output)
    assert (graph.title, graph.source.place) == ("The Well", site.url("/well.html"))


# Refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "contact", ["", "me", "a@b\r\nX: y", "a b@c", "jürgen@b.example", "a@" * 200]
)
def test_a_contact_is_required(output: Path, contact: str) -> None:
    with pytest.raises(InputRefused, match="--contact"):
        run(output, "https://chooseyourstory.com/Stories/", "--contact", contact, contact=False)
    assert not files(output)


def test_a_delay_below_a_second_is_refused(output: Path) -> None:
    url = "https://chooseyourstory.com/Stories/"
    words = [url, "--delay", "0.5", "--contact", "a@b.example"]
    with pytest.raises(InputRefused, match="--delay"):
        run(output, *words, contact=False)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "neither http nor https"),
        ("chooseyourstory.com/Stories/", "neither http nor https"),
        ("https://chooseyourstory.com/forums/", "not a listing's"),
        ("https://www.writing.com/main/interact/item_id/1", "log-in"),
        ("https://chyoa.com/story/A.1", "adults"),
        ("http://[", "malformed"),
    ],
)
def test_a_url_that_no_site_handles_is_refused_at_once(output: Path, url: str, reason: str) -> None:
    with pytest.raises(InputRefused, match=reason):
        run(output, url)


def test_one_wrong_url_among_several_changes_nothing(site: LocalSite, output: Path) -> None:
    with pytest.raises(InputRefused):
        run(output, site.url(STORY.address), "file:///etc/passwd")
    assert not site.log
    with pytest.raises(InputRefused, match="nothing to scrape"):
        run(output)


def test_localhost_is_refused_unless_allowed(site: LocalSite, output: Path) -> None:
    words = ["-o", str(output), "--site", "chooseyourstory", "--contact", "a@b.example"]
    result = CliRunner().invoke(scrape, [*words, site.url(STORY.address)])
    assert isinstance(result.exception, GrueError)
    assert "not on the public internet" in result.stderr
    assert not site.log
    assert not output.exists()


def test_a_url_is_required(output: Path) -> None:
    with pytest.raises(InputRefused, match="nothing to scrape"):
        run(output)


def test_a_missing_file_of_pages_is_refused(output: Path) -> None:
    with pytest.raises(InputRefused, match="no fetched pages"):
        run(output, "--from-cache")
    assert not files(output)


def test_a_scrape_without_a_story_leaves_an_earlier_file_alone(
    site: LocalSite, output: Path
) -> None:
    output.write_text("an earlier file\n", "utf-8")
    with pytest.raises(GrueError, match="No story could be read"):
        run(output, site.url("/story/Gone"))
    assert output.read_text("utf-8") == "an earlier file\n"


def test_a_file_of_pages_in_use_is_refused(site: LocalSite, output: Path) -> None:
    done = threading.Event()
    with LocalSite(STORY, behaviour=lambda request: _held(done)) as slow:
        first = subprocess.Popen(command(slow, output), stderr=subprocess.PIPE)
        try:
            wait_until(lambda: slow.log)
            with pytest.raises(GrueError, match="another scrape is using it"):
                run(output, site.url(STORY.address))
        finally:
            done.set()
            first.kill()
            first.communicate()


# Stopping -----------------------------------------------------------------------------------------


def _held(until: threading.Event) -> None:
    """Leave a request unanswered for as long as the test wants."""
    assert until.wait(HUNG)


def test_ctrl_c_ends_cleanly_and_says_how_to_continue(output: Path) -> None:
    stopped = threading.Event()
    with LocalSite(STORY) as site:
        site.behaviour = lambda request: _held(stopped) if len(site.page_requests()) > 3 else None
        running = subprocess.Popen(
            command(site, output), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        wait_until(lambda: len(site.page_requests()) > 3)
        os.kill(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=NO_HANG)
        stopped.set()
        assert running.returncode == 130
        assert out == b""
        assert "Traceback" not in err.decode()
        assert "Run the same command again" in err.decode()
        assert not output.exists()
        site.behaviour = None
        subprocess.run(command(site, output), check=True, capture_output=True, timeout=NO_HANG)
    (graph,) = read_stories(output)
    assert edges_of(graph) == edges(STORY)


def test_a_refusal_has_exit_code_2_and_no_traceback(tmp_path: Path) -> None:
    words = [*SCRAPE, "file:///etc/passwd", "-o", str(tmp_path / "x.jsonl"), "--contact", "a@b.c"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=NO_HANG)
    assert done.returncode == 2
    assert done.stderr.startswith("grue: file:///etc/passwd cannot be scraped: ")
    assert len(done.stderr.splitlines()) == 1
