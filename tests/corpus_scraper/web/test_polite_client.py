"""Visiting: robots.txt first, the pace a host asks for, redirects by hand, no error page a page."""

from collections.abc import Mapping
from itertools import pairwise
from typing import cast

import pytest

from corpus_scraper.web.errors import HostBusy, PagePostponed, PageRefused
from corpus_scraper.web.fetcher import FetchedResponse, Fetcher, Form
from corpus_scraper.web.polite_client import MAX_REDIRECTS, PoliteClient, UserAgent
from corpus_scraper.web.rate_limit import RateLimiter
from corpus_scraper.web.robots import Rules
from corpus_scraper.web.url_validation import endpoint
from tests.corpus_scraper.clocks import FakeClock
from tests.corpus_scraper.web.test_fetcher import sends, serving

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
        self.asked: list[tuple[str, float]] = []
        self.forms: list[Form | None] = []

    def ask(self, url: str, form: Form | None = None) -> FetchedResponse:
        self.asked.append((url, self._clock.now()))
        self.forms.append(form)
        known = self._replies.get(url) or [FREE if url.endswith("/robots.txt") else OK]
        reply = known.pop(0) if len(known) > 1 else known[0]
        if isinstance(reply, Exception):
            raise reply
        return FetchedResponse(url, *reply)

    @property
    def pages(self) -> list[str]:
        return [url for url, _ in self.asked if not url.endswith("/robots.txt")]


class Sitting:
    """A visitor with everything it meets."""

    def __init__(self, replies: Mapping[str, list[Reply]] | None = None, delay: float = 1) -> None:
        self.clock = FakeClock()
        self.fetcher = ScriptedFetcher(self.clock, replies or {})
        self.pace = RateLimiter(self.clock)
        agent = UserAgent("Grue", "1", "a@b.example")
        self.visitor = PoliteClient(cast(Fetcher, self.fetcher), self.pace, agent, delay)

    def visit(self, url: str = PAGE, form: Form | None = None) -> FetchedResponse:
        return self.visitor.visit(url, form)

    def gaps(self) -> list[float]:
        times = [when for _, when in self.fetcher.asked]
        return [round(b - a, 3) for a, b in pairwise(times)]


# robots.txt ---------------------------------------------------------------------------------------


def robots(text: str) -> list[Reply]:
    return [(200, {}, text.encode())]


def test_robots_txt_is_asked_for_before_anything_else_and_once() -> None:
    sitting = Sitting()
    sitting.visit()
    sitting.visit(f"{HOST}/story/2")
    assert [url for url, _ in sitting.fetcher.asked] == [ROBOTS, PAGE, f"{HOST}/story/2"]


def test_it_is_read_again_after_a_day() -> None:
    sitting = Sitting()
    sitting.visit()
    sitting.clock.time += 90_000
    sitting.visit()
    assert [url for url, _ in sitting.fetcher.asked] == [ROBOTS, PAGE] * 2


@pytest.mark.parametrize(
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
    ids=lambda reply: str(reply)[:50],
)
def test_a_host_whose_robots_txt_cannot_be_had_is_asked_for_nothing(reply: Reply) -> None:
    sitting = Sitting({ROBOTS: [reply]})
    for _ in range(3):
        with pytest.raises((HostBusy, PageRefused)):
            sitting.visit()
    assert not sitting.fetcher.pages
    assert len(sitting.fetcher.asked) <= MAX_REDIRECTS + 1, "one look is enough"


def test_what_it_forbids_is_not_fetched() -> None:
    sitting = Sitting({ROBOTS: robots("User-agent: *\nDisallow: /story/")})
    with pytest.raises(PageRefused, match=r"robots\.txt forbids it"):
        sitting.visit()
    sitting.visit(f"{HOST}/free")
    assert sitting.fetcher.pages == [f"{HOST}/free"]


def test_a_redirect_to_what_it_forbids_is_not_followed() -> None:
    there: Reply = (302, {"location": "https://b.example/private"}, b"")
    forbids = robots("User-agent: *\nDisallow: /private")
    sitting = Sitting({PAGE: [there], "https://b.example/robots.txt": forbids})
    with pytest.raises(PageRefused, match=r"robots\.txt forbids it"):
        sitting.visit()
    assert sitting.fetcher.pages == [PAGE]


def test_one_that_has_moved_is_followed() -> None:
    moved: Reply = (301, {"location": "https://www.a.example/robots.txt"}, b"")
    there = robots("User-agent: *\nDisallow: /")
    sitting = Sitting({ROBOTS: [moved], "https://www.a.example/robots.txt": there})
    with pytest.raises(PageRefused):
        sitting.visit()


# Pace ---------------------------------------------------------------------------------------------


def test_a_second_lies_between_two_requests_whatever_is_asked_for() -> None:
    sitting = Sitting(delay=0)
    for _ in range(3):
        sitting.visit()
    assert sitting.gaps() == [1, 1, 1]


def test_this_machine_may_be_asked_as_fast_as_it_answers() -> None:
    sitting = Sitting(delay=0)
    sitting.visit("http://127.0.0.1:8000/")
    sitting.visit("http://127.0.0.1:8000/")
    assert sitting.gaps() == [0, 0]


@pytest.mark.parametrize(("delay", "asked", "gap"), [(3, 2, 3), (1, 7, 7), (2.5, 0, 2.5)])
def test_the_longer_of_both_wishes_counts(delay: float, asked: float, gap: float) -> None:
    rules = robots(f"User-agent: *\nCrawl-delay: {asked}")
    sitting = Sitting({ROBOTS: rules}, delay)
    for _ in range(3):
        sitting.visit()
    assert sitting.gaps() == [gap, gap, gap]


def test_a_host_that_asks_for_an_hour_between_pages_is_left_alone() -> None:
    sitting = Sitting({ROBOTS: robots("User-agent: *\nCrawl-delay: 3600")})
    with pytest.raises(HostBusy):
        sitting.visit()
    assert not sitting.fetcher.pages


@pytest.mark.parametrize(
    ("status", "wish", "gap"),
    [(429, "30", 30), (503, "7", 7), (429, "Wed, 15 Nov 2023 00:00:00 GMT", None), (429, "x", 1)],
)
def test_retry_after_is_obeyed(status: int, wish: str, gap: float | None) -> None:
    sitting = Sitting({PAGE: [(status, {"retry-after": wish}, b""), OK]})
    if gap is None:  # more than ten minutes: left for another run
        with pytest.raises(HostBusy):
            sitting.visit()
        assert len(sitting.fetcher.pages) == 1
        return
    sitting.visit()
    assert sitting.gaps()[1] == gap


def test_retry_after_on_a_page_that_came_is_obeyed_too() -> None:
    sitting = Sitting({PAGE: [(200, {"retry-after": "20"}, b"<p>")]})
    sitting.visit()
    sitting.visit()
    assert sitting.gaps()[1] == 20


# Failures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_host_that_stumbles_is_asked_again_ever_later(status: int) -> None:
    sitting = Sitting({PAGE: [(status, {}, b"")]})
    with pytest.raises(PagePostponed, match=str(status)):
        sitting.visit()
    assert sitting.fetcher.pages == [PAGE] * 3
    assert sitting.gaps() == [1, 5, 10]


def test_a_page_that_comes_at_last_is_a_page() -> None:
    sitting = Sitting({PAGE: [(503, {}, b"busy"), PagePostponed("the host is too slow"), OK]})
    assert sitting.visit().body == OK[2]


def test_a_host_that_fails_page_after_page_is_left_alone() -> None:
    sitting = Sitting({f"{HOST}/{n}": [(500, {}, b"")] for n in range(3)})
    outcomes = []
    for n in range(3):
        with pytest.raises(PagePostponed) as caught:
            sitting.visit(f"{HOST}/{n}")
        outcomes.append(type(caught.value))
    assert outcomes == [PagePostponed, PagePostponed, HostBusy]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ((404, {}, b"<p>No such page"), "no such page"),
        ((410, {}, b""), "no such page"),
        ((401, {}, b""), "log-in"),
        ((403, {}, b""), "403"),
        ((418, {}, b""), "418"),
        ((200, {"content-type": "application/pdf"}, b"%PDF"), "no page of text|not a page of text"),
        ((200, {"tdm-reservation": "1"}, b"<p>"), "nothing is to be learned"),
        ((200, {"x-robots-tag": "noindex, noai"}, b"<p>"), "nothing is to be learned"),
        ((302, {}, b""), "302"),
        ((302, {"location": "/login?next=/story/1"}, b""), "log-in"),
        ((302, {"location": "https://a.example/Account/SignIn"}, b""), "log-in"),
    ],
    ids=str,
)
def test_an_error_page_is_no_page(reply: Reply, reason: str) -> None:
    sitting = Sitting({PAGE: [reply]})
    with pytest.raises(PageRefused, match=reason):
        sitting.visit()
    assert len(sitting.fetcher.pages) == 1


@pytest.mark.parametrize("kind", ["text/html; charset=x", "TEXT/HTML", "text/plain", ""])
def test_a_page_of_text_is_a_page(kind: str) -> None:
    assert Sitting({PAGE: [(200, {"content-type": kind}, b"<p>")]}).visit().body == b"<p>"


# Redirects ----------------------------------------------------------------------------------------


def moved(to: str, status: int = 302) -> list[Reply]:
    return [(status, {"location": to}, b"")]


def test_a_redirect_is_followed_and_the_page_says_where_it_was() -> None:
    sitting = Sitting({PAGE: moved("../b?c=d#e")})
    assert sitting.visit().url == f"{HOST}/b?c=d"


def test_a_story_about_an_account_is_no_log_in() -> None:
    to = f"{HOST}/story/exclusions-of-a-login"
    assert Sitting({PAGE: moved(to)}).visit().url == to


def test_endless_redirects_end() -> None:
    sitting = Sitting({PAGE: moved(PAGE)})
    with pytest.raises(PageRefused, match="without end"):
        sitting.visit()
    assert len(sitting.fetcher.pages) == MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "to",
    ["file:///etc/passwd", "ftp://a.example/", "data:text/html,x", "http://u:p@a.example/", "//["],
)
def test_a_redirect_to_what_is_no_page_is_refused(to: str) -> None:
    with pytest.raises(PageRefused):
        Sitting({PAGE: moved(to)}).visit()


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_form_becomes_a_question_where_it_is_redirected(status: int) -> None:
    sitting = Sitting({PAGE: moved("/story/2", status)})
    sitting.visit(form=(("a", "1"),))
    assert sitting.fetcher.forms == [None, (("a", "1"),), None]


def test_a_form_is_handed_on_within_its_host_and_never_beyond() -> None:
    sitting = Sitting({PAGE: moved("/story/2", 307)})
    sitting.visit(form=(("a", "1"),))
    assert sitting.fetcher.forms[-1] == (("a", "1"),)
    elsewhere = Sitting({PAGE: moved("https://b.example/", 308)})
    with pytest.raises(PageRefused, match="another host"):
        elsewhere.visit(form=(("a", "1"),))
    assert elsewhere.fetcher.pages == [PAGE]


def test_a_redirect_into_a_private_network_is_refused() -> None:
    """With the real fetcher: every hop is resolved, checked and pinned anew."""
    for private in ("http://10.0.0.1/", "http://169.254.1.2/x", "http://[fc00::1]/"):
        answer = sends(b"", 302, Location=private)
        with serving(answer) as url, Fetcher("Grue", allow_localhost=True) as fetcher:
            visitor = PoliteClient(
                fetcher, RateLimiter(FakeClock()), UserAgent("Grue", "1", "a@b.example"), 0
            )
            visitor._rules[endpoint(url).origin] = Rules(), FakeClock().now()
            with pytest.raises(PageRefused, match="public internet"):
                visitor.visit(url)


def test_an_agent_says_who_it_is() -> None:
    assert str(UserAgent("Grue", "0.1", "a@b.example")) == "Grue/0.1 (+a@b.example)"
