"""The pace: how long each host is left alone."""

import pytest

from corpus_scraper.web.errors import HostBusy
from corpus_scraper.web.rate_limit import LONGEST_WAIT, RateLimiter
from tests.corpus_scraper.clocks import FakeClock

HOST = "https://a.example"


def test_a_host_is_left_alone_for_as_long_as_it_was_said() -> None:
    clock = FakeClock()
    pace = RateLimiter(clock)
    pace.wait(HOST)
    pace.hold(HOST, 3)
    pace.hold(HOST, 1)
    pace.wait(HOST)
    pace.wait("https://b.example")
    assert clock.slept == [3]


def test_time_that_has_passed_need_not_be_waited_for() -> None:
    clock = FakeClock()
    pace = RateLimiter(clock)
    pace.hold(HOST, 3)
    clock.time += 2
    pace.wait(HOST)
    clock.time += 100
    pace.wait(HOST)
    assert clock.slept == [1]


def test_what_an_earlier_run_was_told_counts_on() -> None:
    clock = FakeClock()
    RateLimiter(clock, {HOST: clock.now() + 7}).wait(HOST)
    assert clock.slept == [7]


def test_a_host_that_asks_for_too_long_is_left_for_another_run() -> None:
    clock = FakeClock()
    pace = RateLimiter(clock)
    pace.hold(HOST, LONGEST_WAIT + 60)
    with pytest.raises(HostBusy, match="11 minutes"):
        pace.wait(HOST)
    assert not clock.slept


def test_no_host_can_ask_for_more_than_a_day() -> None:
    clock = FakeClock()
    pace = RateLimiter(clock)
    pace.hold(HOST, 1e12)
    assert pace.not_before[HOST] == clock.now() + 86_400
