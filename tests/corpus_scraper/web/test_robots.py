"""robots.txt: what it allows, and what happens where it is unavailable."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from corpus_scraper.web.errors import HostBusy
from corpus_scraper.web.fetcher import Response
from corpus_scraper.web.robots import MAX_AGENTS, MAX_BYTES, parse_robots
from tests.rows import every_row

PAGE = "https://a.example/story/1"


def response(text: str | bytes = "", status: int = 200) -> Response:
    body = text.encode() if isinstance(text, str) else text
    return Response("https://a.example/robots.txt", status, {}, body)


@every_row(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /story/", False),
        ("User-agent: *\nDisallow: /members/", True),
        ("User-agent: *\nDisallow: /story/\nAllow: /story/1", True),
        ("User-agent: *\nDisallow: /*/1$", False),
        ("User-agent: grue\nDisallow: /\n\nUser-agent: *\nDisallow:", False),
        ("User-agent: GRUE\nDisallow:\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: other\nDisallow: /", True),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False),
        ("user-agent:*\ndisallow:/", False),
        ("<html>not found</html>", True),
    ],
)
def test_its_rules_are_obeyed(text: str, allowed: bool) -> None:
    assert parse_robots(response(text), "Grue").allows(PAGE) is allowed


@every_row("status", [400, 401, 403, 404, 410])
def test_a_missing_one_allows_everything(status: int) -> None:
    assert parse_robots(response("User-agent: *\nDisallow: /", status), "Grue").allows(PAGE)


@every_row("status", [204, 301, 304, 429, 500, 502, 503, 504])
def test_an_unavailable_one_means_that_nothing_is_fetched(status: int) -> None:
    with pytest.raises(HostBusy):
        parse_robots(response("", status), "Grue")


@every_row(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 4", 4),
        ("User-agent: *\nCrawl-delay: 0.5", 0.5),
        ("User-agent: *\nRequest-rate: 1/20", 20),
        ("User-agent: *\nCrawl-delay: 2\nRequest-rate: 1/8", 8),
        ("User-agent: *\nCrawl-delay: soon", 0),
        ("User-agent: grue\nCrawl-delay: 9\n\nUser-agent: *\nCrawl-delay: 2", 9),
    ],
)
def test_its_crawl_delay_is_parsed(text: str, delay: float) -> None:
    assert parse_robots(response(text), "Grue").crawl_delay == delay


def test_one_that_is_too_long_is_not_parsed() -> None:
    for text in ("#" * (MAX_BYTES + 1), "User-agent: a\n" * (MAX_AGENTS + 1), "\n" * 20_000):
        with pytest.raises(HostBusy):
            parse_robots(response(text), "Grue")


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    try:
        robots = parse_robots(response(body), "Grue")
    except HostBusy:
        return
    assert robots.crawl_delay >= 0
    assert isinstance(robots.allows(PAGE), bool)
