"""Measure whether the app slows down as a story grows.

    python -m benchmarks.long_story [--rounds 5] [--turns 20 2000]

The whole app runs without a terminal, on a scripted model that writes 60 tokens. Short and long
stories alternate. Streaming and showing the tree of branches are measured in CPU seconds, because
streaming competes with the engine for the processor, opening in seconds. Every tenth turn has two
replies.
"""

import argparse
import asyncio
import statistics
import time
from dataclasses import dataclass, replace
from types import MappingProxyType

from benchmarks.session import temporary_home
from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings
from dungeon.story import Adventure, Kind, Turn, new_id
from dungeon.tui.app import GrueApp
from dungeon.tui.screens.branches import BranchesScreen
from dungeon.turns.adventure_store import opening_turn

SIZE = (100, 30)
TOKENS = 60
SENTENCE = "The corridor goes on past a row of iron doors and every one of them is warm. "
REPLY = " ".join([f"Word{n}" for n in range(TOKENS - 1)]) + " end."


def create_adventure(turns: int) -> Adventure:
    """Return an adventure of `turns` turns."""
    turn = opening_turn(SENTENCE * 4)
    made = {turn.id: turn}
    for number in range(1, turns):
        text = f"{number}. {SENTENCE * 4}"
        turn = Turn(new_id(), turn.id, Kind.DO, f"You try door {number}.", text)
        made[turn.id] = turn
        if number % 10 == 0:
            other = replace(turn, id=new_id(), text="Nothing is behind it.")
            made[other.id] = other
    return Adventure(
        new_id(), f"{turns} turns", turns=MappingProxyType(made), head=turn.id, tip=turn.id
    )


@dataclass(frozen=True)
class Times:
    """What one story took, in seconds."""

    opening: float
    streaming_cpu: float
    """To stream one reply."""
    tree_cpu: float
    """To show the tree of branches."""


async def measure(home: Home, adventure_id: str) -> Times:
    """Return what it takes to open the adventure, to stream a reply and to show the tree."""
    generator = ScriptedGenerator([REPLY], delay=0.002)
    session = Session(home, Settings(tour=False), seed=1, generator=generator)
    session.library  # noqa: B018 - opened before the measurement
    app = GrueApp(session, LaunchOptions())
    app.animation_level = "none"
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        started = time.perf_counter()
        await app.navigator.launch(LaunchOptions(adventure=adventure_id))
        await pilot.pause()
        opening = time.perf_counter() - started
        play_screen = app.play_screen
        if play_screen is None:
            raise RuntimeError("the adventure did not open")
        await pilot.pause(0.5)
        cpu = time.process_time()
        turns = len(play_screen.game.adventure.turns)
        await pilot.press(*"wait", "enter")
        while len(play_screen.game.adventure.turns) == turns or play_screen.game.busy:
            await pilot.pause(0.01)
        await pilot.pause()
        cpu = time.process_time() - cpu
        tree_cpu = time.process_time()
        await pilot.press("ctrl+b")
        while not isinstance(app.screen, BranchesScreen):
            await pilot.pause()
        await pilot.pause()
        tree_cpu = time.process_time() - tree_cpu
    return Times(opening, cpu, tree_cpu)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the app with short and long stories.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, nargs="+", default=[20, 2000])
    options = parser.parse_args()
    results: dict[int, list[Times]] = {turns: [] for turns in options.turns}
    with temporary_home() as home:
        with Session(home, Settings()).library as library:
            stories = {turns: create_adventure(turns) for turns in options.turns}
            for adventure in stories.values():
                library.create(adventure)
        await measure(home, stories[options.turns[0]].id)  # imports and caches
        for _ in range(options.rounds):
            for turns, adventure in stories.items():
                results[turns].append(await measure(home, adventure.id))
    shortest = statistics.median(each.streaming_cpu for each in results[options.turns[0]])
    print("| turns | s to open, median | CPU ms per token, median | ratio | CPU ms for the tree |")
    print("|---|---|---|---|---|")
    for turns, times in results.items():
        opening = statistics.median(each.opening for each in times)
        cpu = statistics.median(each.streaming_cpu for each in times)
        tree = statistics.median(each.tree_cpu for each in times)
        print(
            f"| {turns:,} | {opening:.2f} | {cpu / TOKENS * 1000:.1f} | {cpu / shortest:.2f} "
            f"| {tree * 1000:.0f} |"
        )


if __name__ == "__main__":
    asyncio.run(main())
