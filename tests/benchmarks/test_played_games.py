"""Tests of what is learnt from games that were played."""

from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.distribution import Distribution
from benchmarks.played_games import BREAK_SECONDS, fit_games, read_games
from dungeon.errors import InputRefused
from dungeon.saves.library import Library
from dungeon.story import Kind, Provenance
from tests.dungeon.saves import tales


def play(*turns):
    """Return an adventure with a turn for each (seconds thought, action, tokens)."""
    adventure = tales.opened()
    now = tales.BEGINNING
    for seconds, action, tokens in turns:
        now += timedelta(seconds=seconds + 1)
        turn = tales.following(adventure.head, action)
        how = Provenance(tokens=tokens, milliseconds=1000)
        kind = Kind.DO if action else Kind.CONTINUE
        adventure = adventure.with_turn(replace(turn, kind=kind, provenance=how, created=now))
    return adventure


def test_the_times_and_lengths_of_saved_games(tmp_path):
    path = tmp_path / "adventures.db"
    with Library.open(path) as library:
        library.create(play((10, "You wait.", 20), (20, "You open the old door.", 40)))
        library.create(play((40, "", 80), (BREAK_SECONDS + 1, "You go on again.", 40)))
    games = read_games(path)
    assert (games.turns, games.think.median, games.reply.median, games.action.median) == (
        4, 20, 40, 4
    )  # fmt: skip
    assert games.think.sigma == pytest.approx(0.693, abs=0.001)


def test_copies_and_what_a_person_wrote_are_left_out():
    turns = play((10, "You wait.", 20), (20, "You wait.", 40), (30, "You wait.", 0)).path()
    copied = replace(turns[1], provenance=replace(turns[1].provenance, carried_from="x"))
    with pytest.raises(InputRefused, match="too few turns"):
        fit_games([[turns[0], copied, *turns[2:]]])


def test_saves_without_games_are_refused(tmp_path):
    with pytest.raises(InputRefused, match="no file"):
        read_games(tmp_path / "adventures.db")


def test_a_distribution_is_written_as_it_is_read():
    assert str(Distribution(20, 0.6)) == "20,0.60"
    assert Distribution.parse(str(Distribution(0.125, 0.5))) == Distribution(0.125, 0.5)
