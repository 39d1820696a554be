"""The delay between two requests to one host."""

import pytest

from corpus_scraper.web.errors import HostBusy
from corpus_scraper.web.rate_limit import MAX_WAIT, RateLimiter
from tests.corpus_scraper.clocks import FakeClock

HOST = "https://a.example"


def test_a_host_is_held_for_the_longest_time_given() -> None:
    clock = FakeClock()
    limiter = RateLimiter(clock.now, clock.sleep)
    limiter.wait(HOST)
    limiter.hold(HOST, 3)
    limiter.hold(HOST, 1)
    limiter.wait(HOST)
    limiter.wait("https://b.example")
    assert clock.slept == [3]


def test_time_that_has_passed_is_not_waited_for() -> None:
    clock = FakeClock()
    limiter = RateLimiter(clock.now, clock.sleep)
    limiter.hold(HOST, 3)
    clock.time += 2
    limiter.wait(HOST)
    clock.time += 100
    limiter.wait(HOST)
    assert clock.slept == [1]


def test_a_hold_of_an_earlier_run_still_counts() -> None:
    clock = FakeClock()
    RateLimiter(clock.now, clock.sleep, {HOST: clock.now() + 7}).wait(HOST)
    assert clock.slept == [7]


def test_a_host_that_asks_for_too_long_is_left_to_another_run() -> None:
    clock = FakeClock()
    limiter = RateLimiter(clock.now, clock.sleep)
    limiter.hold(HOST, MAX_WAIT + 60)
    with pytest.raises(HostBusy, match="11 minutes"):
        limiter.wait(HOST)
    assert not clock.slept


def test_no_host_can_ask_for_more_than_a_day() -> None:
    clock = FakeClock()
    limiter = RateLimiter(clock.now, clock.sleep)
    limiter.hold(HOST, 1e12)
    assert limiter.not_before[HOST] == clock.now() + 86_400
