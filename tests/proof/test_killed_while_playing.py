"""Proves that what was shown is saved: the real game, killed at random moments, loses nothing."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.proof.killing import Killer, Record

LATE = (sys.executable, "-m", "tests.proof.late_saves")
"""A game that shows a turn before it saves it."""

AT_ONCE = 2
"""Games that are played and killed beside each other in the long run."""


def assert_nothing_lost(record: Record, kills: int) -> None:
    assert record.kills == kills
    assert len(record.seen) >= kills, "most lives showed nothing: the harness proves nothing"
    assert record.lost == []
    assert record.changed == []


def test_no_shown_turn_is_lost_in_8_kills(tmp_path: Path) -> None:
    record = Killer(tmp_path / "home", seed=2026).run(8)
    assert_nothing_lost(record, 8)


@pytest.mark.soak
def test_no_shown_turn_is_lost_in_500_kills(tmp_path: Path) -> None:
    killers = [Killer(tmp_path / f"home-{seed}", seed=seed) for seed in range(AT_ONCE)]
    kills = 500 // AT_ONCE
    with ThreadPoolExecutor(AT_ONCE) as both:
        for record in both.map(lambda killer: killer.run(kills), killers):
            assert_nothing_lost(record, kills)


def test_the_harness_sees_a_game_that_shows_before_it_saves(tmp_path: Path) -> None:
    record = Killer(tmp_path / "home", seed=2026, command=LATE).run(6)
    assert record.lost, "turns were shown before they were saved, and no kill lost one"
