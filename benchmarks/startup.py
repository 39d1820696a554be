"""Provides the figures of starting, taken from outside on a pseudo-terminal.

    python -m benchmarks.startup [--rounds 9]

From the start of the process to the painted title, and from `grue play --scenario FILE` to the
first words of the first reply, the action being typed as soon as there is a line to type in. The
opening is that of `lamp`, its questions answered. A bare `python -c pass` and an empty Textual app
are started in turn beside it, because machines differ. Needs the prepared default model.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pexpect

from dungeon import scenarios
from dungeon.home import Home

SIZE = (30, 100)
"""Rows and columns."""

OPENING = "lamp.txt"
GRUE = [sys.executable, "-m", "dungeon.cli"]
EMPTY_APP = "from textual.app import App\nclass A(App):\n  def compose(self):\n    from \
textual.widgets import Static\n    yield Static('painted')\nA().run()"


def until(command: list[str], home: Path, shown: str, *, asked: str = "") -> float:
    """Return the seconds from the start of `command` until `shown` stands on its terminal.

    Where `asked` is given, an action is typed as soon as that is shown.
    """
    environment = {**os.environ, "GRUE_HOME": str(home), "TERM": "xterm-256color"}
    started = time.perf_counter()
    child = pexpect.spawn(
        command[0], command[1:], env=environment, dimensions=SIZE, encoding="utf-8", timeout=60
    )
    child.delaybeforesend = None
    if asked:
        child.expect(asked)
        child.send("look around\r")
    child.expect(shown)
    seconds = time.perf_counter() - started
    child.close(force=True)
    return seconds


def bare(command: list[str]) -> float:
    """Return the seconds `command` takes from start to end."""
    started = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - started


def fresh_home() -> Path:
    """Return a home without adventures that shares the real one's models."""
    home = Home(Path(tempfile.mkdtemp()))
    home.models.symlink_to(Home.find().models)
    lamp = scenarios.fill(scenarios.load("lamp"), {})
    (home.root / OPENING).write_text(f"{lamp.title}\n\n{lamp.opening}\n", encoding="utf-8")
    return home.root


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How soon the game is there.")
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    home = fresh_home()
    play = [*GRUE, "play", "--scenario", str(home / OPENING)]
    measures: dict[str, Callable[[], float]] = {
        "bare Python": lambda: bare([sys.executable, "-c", "pass"]),
        "an empty Textual app, painted": lambda: until(
            [sys.executable, "-c", EMPTY_APP], home, "painted"
        ),
        "the title, painted": lambda: until(GRUE, home, "New adventure"),
        "the first words of a reply, on the screen": lambda: until(
            play, home, "writing", asked="What do you do"
        ),
        "the first words of a reply, in plain lines": lambda: until(
            [*play, "--plain"], home, r"> You look around\.\s+\w", asked="What do you do"
        ),
    }
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    print("| from process start to | median s | min | max |\n|---|---|---|---|")
    for name, seconds in taken.items():
        middle = statistics.median(seconds)
        print(f"| {name} | {middle:.2f} | {min(seconds):.2f} | {max(seconds):.2f} |")


if __name__ == "__main__":
    main()
