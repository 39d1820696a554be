"""Polite requests: robots.txt, delays, retries, redirects, and no error response as a page."""

from collections.abc import Mapping
from itertools import pairwise
from typing import cast

import pytest

from corpus_scraper.web.errors import HostBusy, PagePostponed, PageRefused
from corpus_scraper.web.fetcher import Fetcher, Form, Response
from corpus_scraper.web.polite_client import MAX_REDIRECTS, PoliteClient, UserAgent
from corpus_scraper.web.rate_limit import RateLimiter
from corpus_scraper.web.robots import RobotsRules
from corpus_scraper.web.url_validation import parse_url
from tests.corpus_scraper.clocks import FakeClock
from tests.corpus_scraper.web.test_fetcher import sends, serving
from tests.rows import every_row

HOST = "https://a.example"
PAGE = f"{HOST}/story/1"
ROBOTS = f"{HOST}/robots.txt"
FREE = (404, {}, b"")
OK = (200, {"content-type": "text/html"}, b"<p>A page")

Reply = tuple[int, Mapping[str, str], bytes] | Exception


class ScriptedFetcher:
    """Answers each address with its replies in turn, the last one for ever."""

    def __init__(self, clock: FakeClock, replies: Mapping[str, list[Reply]]) -> None:
        self._clock = clock
        self._replies = {url: list(each) for url, each in replies.items()}
        self.requests: list[tuple[str, float]] = []
        self.forms: list[Form | None] = []

    def fetch(self, url: str, form: Form | None = None) -> Response:
        self.requests.append((url, self._clock.now()))
        self.forms.append(form)
        known = self._replies.get(url) or [FREE if url.endswith("/robots.txt") else OK]
        reply = known.pop(0) if len(known) > 1 else known[0]
        if isinstance(reply, Exception):
            raise reply
        return Response(url, *reply)

    @property
    def pages(self) -> list[str]:
        return [url for url, _ in self.requests if not url.endswith("/robots.txt")]


class Session:
    """A client with a scripted fetcher and a clock."""

    def __init__(self, replies: Mapping[str, list[Reply]] | None = None, delay: float = 1) -> None:
        self.clock = FakeClock()
        self.fetcher = ScriptedFetcher(self.clock, replies or {})
        self.limiter = RateLimiter(self.clock.now, self.clock.sleep)
        agent = UserAgent("Grue", "1", "a@b.example")
        self.client = PoliteClient(cast(Fetcher, self.fetcher), self.limiter, agent, delay)

    def fetch(self, url: str = PAGE, form: Form | None = None) -> Response:
        return self.client.fetch(url, form)

    def gaps(self) -> list[float]:
        times = [when for _, when in self.fetcher.requests]
        return [round(b - a, 3) for a, b in pairwise(times)]


# robots.txt ---------------------------------------------------------------------------------------


def robots(text: str) -> list[Reply]:
    return [(200, {}, text.encode())]


def test_robots_txt_is_fetched_first_and_once() -> None:
    session = Session()
    session.fetch()
    session.fetch(f"{HOST}/story/2")
    assert [url for url, _ in session.fetcher.requests] == [ROBOTS, PAGE, f"{HOST}/story/2"]


def test_it_is_fetched_again_after_a_day() -> None:
    session = Session()
    session.fetch()
    session.clock.time += 90_000
    session.fetch()
    assert [url for url, _ in session.fetcher.requests] == [ROBOTS, PAGE] * 2


@every_row(
    "reply",
    [
        (500, {}, b""),
        (503, {}, b""),
        (429, {}, b""),
        (204, {}, b""),
        PagePostponed("the connection failed"),
        PageRefused("the page is larger than any story page"),
        (200, {}, b"User-agent: a\n" * 2_000),
        (302, {"location": "/robots.txt"}, b""),
    ],
)
def test_nothing_is_fetched_from_a_host_without_a_valid_robots_txt(reply: Reply) -> None:
    session = Session({ROBOTS: [reply]})
    for _ in range(3):
        with pytest.raises((HostBusy, PageRefused)):
            session.fetch()
    assert not session.fetcher.pages
    assert len(session.fetcher.requests) <= MAX_REDIRECTS + 1, "it is fetched once"


def test_a_disallowed_page_is_not_fetched() -> None:
    session = Session({ROBOTS: robots("User-agent: *\nDisallow: /story/")})
    with pytest.raises(PageRefused, match=r"disallowed by robots"):
        session.fetch()
    session.fetch(f"{HOST}/free")
    assert session.fetcher.pages == [f"{HOST}/free"]


def test_a_redirect_to_a_disallowed_page_is_not_followed() -> None:
    there: Reply = (302, {"location": "https://b.example/private"}, b"")
    forbids = robots("User-agent: *\nDisallow: /private")
    session = Session({PAGE: [there], "https://b.example/robots.txt": forbids})
    with pytest.raises(PageRefused, match=r"disallowed by robots"):
        session.fetch()
    assert session.fetcher.pages == [PAGE]


def test_a_redirect_of_robots_txt_is_followed() -> None:
    moved: Reply = (301, {"location": "https://www.a.example/robots.txt"}, b"")
    there = robots("User-agent: *\nDisallow: /")
    session = Session({ROBOTS: [moved], "https://www.a.example/robots.txt": there})
    with pytest.raises(PageRefused):
        session.fetch()


# Delays -------------------------------------------------------------------------------------------


def test_there_is_a_second_between_two_requests_whatever_the_delay() -> None:
    session = Session(delay=0)
    for _ in range(3):
        session.fetch()
    assert session.gaps() == [1, 1, 1]


def test_localhost_needs_no_delay() -> None:
    session = Session(delay=0)
    session.fetch("http://127.0.0.1:8000/")
    session.fetch("http://127.0.0.1:8000/")
    assert session.gaps() == [0, 0]


@every_row(("delay", "crawl_delay", "gap"), [(3, 2, 3), (1, 7, 7), (2.5, 0, 2.5)])
def test_the_longer_of_delay_and_crawl_delay_counts(
    delay: float, crawl_delay: float, gap: float
) -> None:
    rules = robots(f"User-agent: *\nCrawl-delay: {crawl_delay}")
    session = Session({ROBOTS: rules}, delay)
    for _ in range(3):
        session.fetch()
    assert session.gaps() == [gap, gap, gap]


def test_a_crawl_delay_of_an_hour_means_that_nothing_is_fetched() -> None:
    session = Session({ROBOTS: robots("User-agent: *\nCrawl-delay: 3600")})
    with pytest.raises(HostBusy):
        session.fetch()
    assert not session.fetcher.pages


@every_row(
    ("status", "value", "gap"),
    [(429, "30", 30), (503, "7", 7), (429, "Wed, 15 Nov 2023 00:00:00 GMT", None), (429, "x", 1)],
)
def test_retry_after_is_obeyed(status: int, value: str, gap: float | None) -> None:
    session = Session({PAGE: [(status, {"retry-after": value}, b""), OK]})
    if gap is None:  # more than ten minutes: left to another run
        with pytest.raises(HostBusy):
            session.fetch()
        assert len(session.fetcher.pages) == 1
        return
    session.fetch()
    assert session.gaps()[1] == gap


def test_retry_after_of_a_successful_response_is_obeyed_too() -> None:
    session = Session({PAGE: [(200, {"retry-after": "20"}, b"<p>")]})
    session.fetch()
    session.fetch()
    assert session.gaps()[1] == 20


# Failures -----------------------------------------------------------------------------------------


@every_row("status", [408, 429, 500, 502, 503, 504])
def test_a_transient_failure_is_retried_with_growing_delays(status: int) -> None:
    session = Session({PAGE: [(status, {}, b"")]})
    with pytest.raises(PagePostponed, match=str(status)):
        session.fetch()
    assert session.fetcher.pages == [PAGE] * 3
    assert session.gaps() == [1, 5, 10]


def test_a_page_may_come_after_retries() -> None:
    session = Session({PAGE: [(503, {}, b"busy"), PagePostponed("the host is too slow"), OK]})
    assert session.fetch().body == OK[2]


def test_a_host_that_fails_page_after_page_is_busy() -> None:
    session = Session({f"{HOST}/{n}": [(500, {}, b"")] for n in range(3)})
    errors = []
    for n in range(3):
        with pytest.raises(PagePostponed) as caught:
            session.fetch(f"{HOST}/{n}")
        errors.append(type(caught.value))
    assert errors == [PagePostponed, PagePostponed, HostBusy]


@every_row(
    ("reply", "reason"),
    [
        ((404, {}, b"<p>No such page"), "does not exist"),
        ((410, {}, b""), "does not exist"),
        ((401, {}, b""), "log-in"),
        ((403, {}, b""), "403"),
        ((418, {}, b""), "418"),
        ((200, {"content-type": "application/pdf"}, b"%PDF"), "not an HTML or text page"),
        ((200, {"tdm-reservation": "1"}, b"<p>"), "opts out"),
        ((200, {"x-robots-tag": "noindex, noai"}, b"<p>"), "opts out"),
        ((302, {}, b""), "302"),
        ((302, {"location": "/login?next=/story/1"}, b""), "log-in"),
        ((302, {"location": "https://a.example/Account/SignIn"}, b""), "log-in"),
    ],
)
def test_an_error_response_is_refused(reply: Reply, reason: str) -> None:
    session = Session({PAGE: [reply]})
    with pytest.raises(PageRefused, match=reason):
        session.fetch()
    assert len(session.fetcher.pages) == 1


@every_row("kind", ["text/html; charset=x", "TEXT/HTML", "text/plain", ""])
def test_html_and_text_are_accepted(kind: str) -> None:
    assert Session({PAGE: [(200, {"content-type": kind}, b"<p>")]}).fetch().body == b"<p>"


# Redirects ----------------------------------------------------------------------------------------


def moved(to: str, status: int = 302) -> list[Reply]:
    return [(status, {"location": to}, b"")]


def test_a_redirect_is_followed_and_the_response_has_its_url() -> None:
    session = Session({PAGE: moved("../b?c=d#e")})
    assert session.fetch().url == f"{HOST}/b?c=d"


def test_a_story_about_a_log_in_is_no_log_in() -> None:
    to = f"{HOST}/story/exclusions-of-a-login"
    assert Session({PAGE: moved(to)}).fetch().url == to


def test_endless_redirects_are_refused() -> None:
    session = Session({PAGE: moved(PAGE)})
    with pytest.raises(PageRefused, match="too many redirects"):
        session.fetch()
    assert len(session.fetcher.pages) == MAX_REDIRECTS + 1


@every_row(
    "to",
    ["file:///etc/passwd", "ftp://a.example/", "data:text/html,x", "http://u:p@a.example/", "//["],
)
def test_a_redirect_to_no_web_page_is_refused(to: str) -> None:
    with pytest.raises(PageRefused):
        Session({PAGE: moved(to)}).fetch()


@every_row("status", [301, 302, 303])
def test_a_redirected_form_becomes_a_get(status: int) -> None:
    session = Session({PAGE: moved("/story/2", status)})
    session.fetch(form=(("a", "1"),))
    assert session.fetcher.forms == [None, (("a", "1"),), None]


def test_a_form_is_sent_on_within_its_host_only() -> None:
    session = Session({PAGE: moved("/story/2", 307)})
    session.fetch(form=(("a", "1"),))
    assert session.fetcher.forms[-1] == (("a", "1"),)
    elsewhere = Session({PAGE: moved("https://b.example/", 308)})
    with pytest.raises(PageRefused, match="another host"):
        elsewhere.fetch(form=(("a", "1"),))
    assert elsewhere.fetcher.pages == [PAGE]


def test_a_redirect_into_a_private_network_is_refused() -> None:
    """With the real fetcher: every hop is resolved, checked and pinned anew."""
    for private in ("http://10.0.0.1/", "http://169.254.1.2/x", "http://[fc00::1]/"):
        answer = sends(b"", 302, Location=private)
        with serving(answer) as url, Fetcher("Grue", allow_localhost=True) as fetcher:
            clock = FakeClock()
            limiter = RateLimiter(clock.now, clock.sleep)
            client = PoliteClient(fetcher, limiter, UserAgent("Grue", "1", "a@b.example"), 0)
            client._robots[parse_url(url).origin] = RobotsRules(), clock.now()
            with pytest.raises(PageRefused, match="public internet"):
                client.fetch(url)


def test_the_user_agent_names_program_and_contact() -> None:
    assert str(UserAgent("Grue", "0.1", "a@b.example")) == "Grue/0.1 (+a@b.example)"
