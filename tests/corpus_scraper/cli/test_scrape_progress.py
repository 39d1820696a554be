"""The progress of a scrape, on a terminal and in a log."""

import io

import pytest

from corpus_scraper.cli.scrape_progress import ProgressLine
from corpus_scraper.scraping.frontier import QueuedRequest
from corpus_scraper.scraping.scrape import ScrapeProgress

REQUEST = QueuedRequest(1, "k", "https://a.example/x", "https://a.example", "test", "", 1, 0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Times:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def test_a_terminal_shows_rate_and_time_left_on_one_line() -> None:
    times, screen = Times(), Terminal()
    with ProgressLine(screen, times) as progress:
        for second in (10, 20):
            times.time = second
            progress(ScrapeProgress(REQUEST, second // 2, 90))
    assert screen.getvalue() == (
        "\ra.example: 5 fetched, 90 pending, 0.5 pages/s, at least 3 minutes left"
        "\ra.example: 10 fetched, 90 pending, 0.5 pages/s, at least 3 minutes left\n"
    )


def test_a_log_gets_a_line_once_a_minute() -> None:
    times, log = Times(), io.StringIO()
    with ProgressLine(log, times) as progress:
        for second in range(150):
            times.time = second
            progress(ScrapeProgress(REQUEST, second, 1))
    assert [line.split(",")[0] for line in log.getvalue().splitlines()] == [
        "a.example: 60 fetched",
        "a.example: 120 fetched",
    ]
    assert "\r" not in log.getvalue()


def test_before_the_first_page_no_time_left_is_shown() -> None:
    times, screen = Times(), Terminal()
    with ProgressLine(screen, times) as progress:
        progress(ScrapeProgress(REQUEST, 0, 5))
    assert "left" not in screen.getvalue()


def test_long_waits_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    times, screen = Times(), Terminal()
    with ProgressLine(screen, times) as progress:
        progress(ScrapeProgress(REQUEST, 0, 5))
        progress.sleep(1)
        progress.sleep(60)
        progress(ScrapeProgress(REQUEST, 0, 5))
    line = "\ra.example: 0 fetched, 5 pending, 0.0 pages/s\n"
    assert screen.getvalue() == f"{line}Waiting a minute, as the host asks.\n{line}"
    assert slept == [1, 60]
