"""What a scrape says of itself."""

import io

import pytest

from corpus_scraper.cli.scrape_progress import QUIET, ReportingClock, ScrapeProgress, duration
from corpus_scraper.scraping.frontier import Task
from corpus_scraper.scraping.scrape import Moment

TASK = Task(1, "k", "https://a.example/x", "https://a.example", "test", "", 1, 0)


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
    with ScrapeProgress(screen, times) as progress:
        for second in (10, 20):
            times.time = second
            progress(Moment(TASK, second // 2, 90))
    assert screen.getvalue() == (
        "\ra.example: 5 pages, 90 waiting, 0.5 a second, at least 3 min left"
        "\ra.example: 10 pages, 90 waiting, 0.5 a second, at least 3 min left\n"
    )


def test_a_log_gets_a_line_now_and_then() -> None:
    times, log = Times(), io.StringIO()
    with ScrapeProgress(log, times) as progress:
        for second in range(100):
            times.time = second
            progress(Moment(TASK, second, 1))
    assert len(log.getvalue().splitlines()) == int(99 // QUIET)
    assert "\r" not in log.getvalue()


def test_before_the_first_page_nothing_is_promised() -> None:
    times, screen = Times(), Terminal()
    with ScrapeProgress(screen, times) as progress:
        progress(Moment(TASK, 0, 5))
    assert "left" not in screen.getvalue()


def test_whoever_waits_long_is_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    times, screen = Times(), Terminal()
    with ScrapeProgress(screen, times) as progress:
        clock = ReportingClock(progress.say)
        progress(Moment(TASK, 0, 5))
        clock.sleep(1)
        clock.sleep(60)
        progress(Moment(TASK, 0, 5))
    line = "\ra.example: 0 pages, 5 waiting, 0.0 a second\n"
    assert screen.getvalue() == f"{line}Waiting 60 s, as the host asks.\n{line}"
    assert slept == [1, 60]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 s"), (99, "99 s"), (120, "2 min"), (9_000, "2.5 h")]
)
def test_a_length_of_time_is_said_as_one_says_it(seconds: float, said: str) -> None:
    assert duration(seconds) == said
