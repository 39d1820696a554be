"""Measure startup from outside, on a pseudo-terminal. Needs the prepared default model.

    python -m benchmarks.startup [--rounds 9]

From the start of the process to the painted title, and from `grue play --scenario FILE` to the
first words of the first reply, where the action is typed as soon as there is a prompt: of an
opening that is new to the engine, and of one that was begun before, whose state it has saved. The
scenario is `lamp`. A bare `python -c pass` and an empty Textual app alternate with it, because
machines differ.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pexpect

from benchmarks.session import temporary_home
from dungeon import scenarios

SIZE = (30, 100)
"""Rows and columns."""

PROMPT = "hat do you do"
"""On the screen the cursor stands on the first letter."""

PYTHON = [sys.executable, "-c"]
GRUE = [sys.executable, "-m", "dungeon.cli"]
EMPTY_APP = """\
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("painted")
Empty().run()
"""


def seconds_until(command: list[str], home: Path, shown: str, *, prompt: str = "") -> float:
    """Return the seconds from the start of `command` until its terminal shows `shown`.

    With `prompt`, an action is typed as soon as that is shown.
    """
    environment = {**os.environ, "GRUE_HOME": str(home), "TERM": "xterm-256color"}
    started = time.perf_counter()
    child = pexpect.spawn(
        command[0], command[1:], env=environment, dimensions=SIZE, encoding="utf-8", timeout=60
    )
    child.delaybeforesend = None
    if prompt:
        child.expect(prompt)
        child.send("look around\r")
    child.expect(shown)
    seconds = time.perf_counter() - started
    child.close(force=True)
    return seconds


def seconds_of(command: list[str]) -> float:
    """Return the seconds that `command` takes."""
    started = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - started


def begin_once(play: list[str], home: Path) -> None:
    """Begin an adventure, and leave when the engine has saved the state of its opening."""
    environment = {**os.environ, "GRUE_HOME": str(home), "TERM": "xterm-256color"}
    child = pexpect.spawn(
        play[0], [*play[1:], "--plain"], env=environment, encoding="utf-8", timeout=60
    )
    child.expect(PROMPT)
    for _ in range(600):
        if list(home.glob("slots/*/*.json")):
            break
        time.sleep(0.1)
    else:
        raise RuntimeError("the state of the opening was not saved within a minute")
    child.sendeof()
    child.expect(pexpect.EOF)


def cases(home: Path) -> dict[str, Callable[[], float]]:
    """Return what is measured, by its name in the table."""
    lamp = scenarios.fill(scenarios.load("lamp"), {})
    scenario = home / "lamp.txt"
    scenario.write_text(f"{lamp.title}\n\n{lamp.opening}\n", encoding="utf-8")
    play = [*GRUE, "play", "--scenario", str(scenario)]

    def first_words(command: list[str], shown: str, *, is_new: bool) -> float:
        if is_new:
            shutil.rmtree(home / "slots", ignore_errors=True)
        elif not list(home.glob("slots/*/*.json")):
            begin_once(play, home)
        return seconds_until(command, home, shown, prompt=PROMPT)

    on_screen = partial(first_words, play, "writing")
    in_line_mode = partial(first_words, [*play, "--plain"], r"> You look around\.\s+\w")
    return {
        "bare Python": lambda: seconds_of([*PYTHON, "pass"]),
        "an empty Textual app, painted": lambda: seconds_until(
            [*PYTHON, EMPTY_APP], home, "painted"
        ),
        "the title, painted": lambda: seconds_until(GRUE, home, "New adventure"),
        "the first words of a reply, on the screen": partial(on_screen, is_new=True),
        "the first words of a reply, in line mode": partial(in_line_mode, is_new=True),
        "on the screen, an opening begun before": partial(on_screen, is_new=False),
        "in line mode, an opening begun before": partial(in_line_mode, is_new=False),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure startup.")
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with temporary_home() as home:
        measures = cases(home.root)
        seconds: dict[str, list[float]] = {name: [] for name in measures}
        for _ in range(rounds):
            for name, measure in measures.items():
                seconds[name].append(measure())
    print("| from process start to | median s | min | max |\n|---|---|---|---|")
    for name, each in seconds.items():
        print(f"| {name} | {statistics.median(each):.2f} | {min(each):.2f} | {max(each):.2f} |")


if __name__ == "__main__":
    main()
