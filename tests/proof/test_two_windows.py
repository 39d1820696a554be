"""Proves that two windows on one adventure lose nothing of each other, and say what happened."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.proof import telling, witness
from tests.proof.program import grue, listed, opening, script, shown
from tests.proof.sitting import Sitting

TOLD = "Another window moved this adventure on"
"""How the sentence begins that a window says when the other one was quicker."""


class Window:
    """One of two games on the same adventure, and what it has shown."""

    def __init__(self, name: str, sitting: Sitting) -> None:
        self.name = name
        self.sitting = sitting
        self.seen: list[witness.Seen] = []
        self.told: list[bool] = []
        """For each turn, whether the window said that the other one had moved on."""

    def act(self, number: int) -> None:
        self.sitting.enter(f"open {self.name} door {number}")

    def look(self, number: int) -> None:
        answer = self.sitting.ready()
        typed = f"open {self.name} door {number}"
        self.seen += witness.answer_to(typed, answer.replace("\r", ""))
        self.told.append(TOLD in answer)


def play_both(home: Path, rounds: int, *, at_once: bool) -> tuple[Window, Window, dict[str, Any]]:
    """Play `rounds` turns in each of two windows; return them and what is saved."""
    folder, chance = home.parent, random.Random(rounds)
    models = [
        script(folder / f"{name}.json", telling.replies(chance, rounds + 1))
        for name in ("left", "right")
    ]
    with Sitting(home, models[0], "--scenario", opening(folder / "gate.txt")) as first:
        first.ready()
        [adventure] = listed(home)
        with Sitting(home, models[1], "--adventure", adventure["id"]) as second:
            second.ready()
            windows = Window("left", first), Window("right", second)
            for number in range(rounds):
                play_round(windows, number, at_once=at_once)
            assert [window.sitting.leave() for window in windows] == [0, 0]
    return *windows, shown(home, adventure["id"])


def play_round(windows: tuple[Window, Window], number: int, *, at_once: bool) -> None:
    if at_once:
        for window in windows:
            window.act(number)
        for window in windows:
            window.look(number)
        return
    for window in windows:
        window.act(number)
        window.look(number)


def assert_both_are_whole(home: Path, left: Window, right: Window, saved: dict[str, Any]) -> None:
    check = grue("saves", "check", home=home)
    assert check.returncode == 0, check.stderr.decode()
    turns = {turn["id"]: turn for turn in saved["turns"]}
    line = [turns[turn_id]["action"] for turn_id in saved["path"]]
    for window in (left, right):
        assert len(window.seen) == len(window.told)
        assert witness.lost(window.seen, saved) == []
        beside = [seen.deed for seen in window.seen if seen.deed not in line]
        silent = [
            seen.deed
            for seen, told in zip(window.seen, window.told, strict=True)
            if seen.deed in beside and not told
        ]
        assert silent == [], "these turns were put aside without a word"
    assert len(turns) == 1 + len(left.seen) + len(right.seen)


def test_the_second_window_is_told_and_both_are_saved(tmp_path: Path) -> None:
    home = tmp_path / "home"
    left, right, saved = play_both(home, 4, at_once=False)
    assert_both_are_whole(home, left, right, saved)
    assert not any(left.told)
    assert right.told[0]


def test_two_windows_at_once_lose_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert_both_are_whole(home, *play_both(home, 8, at_once=True))


@pytest.mark.soak
@pytest.mark.parametrize("at_once", [False, True])
def test_two_windows_of_500_turns_lose_nothing(tmp_path: Path, at_once: bool) -> None:
    home = tmp_path / "home"
    assert_both_are_whole(home, *play_both(home, 500, at_once=at_once))
