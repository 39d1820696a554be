"""Provides the figures of a long story: does the screen slow down as it grows?

    python -m benchmarks.long_story [--rounds 5] [--turns 20 2000]

The whole app, without a terminal, on a scripted model that writes 60 tokens without delay. Short
and long stories take turns. CPU seconds are counted, because streaming competes with the engine for
the processor; opening is told in seconds on the wall.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from dungeon.adventure_store import opening_turn
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.home import Home
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings
from dungeon.story import Adventure, Kind, Turn, new_id
from dungeon.tui.app import GrueApp

SIZE = (100, 30)
TOKENS = 60
SENTENCE = "The corridor goes on past a row of iron doors and every one of them is warm. "
REPLY = " ".join([f"Word{n}" for n in range(TOKENS - 1)]) + " end."


def story(turns: int) -> Adventure:
    """Return an adventure of `turns` turns."""
    adventure = Adventure(new_id(), f"{turns} turns").with_turn(opening_turn(SENTENCE * 4))
    for number in range(turns - 1):
        text = f"{number}. {SENTENCE * 4}"
        turn = Turn(new_id(), adventure.head, Kind.DO, f"You try door {number}.", text)
        adventure = adventure.with_turn(turn)
    return adventure


async def measure(home: Home, adventure_id: str) -> tuple[float, float]:
    """Return the seconds to open the adventure, and the CPU seconds to stream one reply into it."""
    generator = ScriptedGenerator([REPLY], delay=0.002)
    session = Session(home, Settings(), seed=1, generator=generator)
    session.library  # noqa: B018 - opened before the clock runs
    app = GrueApp(session, LaunchOptions())
    app.animation_level = "none"
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        began = time.perf_counter()
        await app.navigator.launch(LaunchOptions(adventure=adventure_id))
        await pilot.pause()
        opened = time.perf_counter() - began
        play_screen = app.play_screen
        if play_screen is None:
            raise RuntimeError("the adventure did not open")
        await pilot.pause(0.5)
        used = time.process_time()
        turns = len(play_screen.game.adventure.turns)
        await pilot.press(*"wait", "enter")
        while len(play_screen.game.adventure.turns) == turns or play_screen.game.busy:
            await pilot.pause(0.01)
        await pilot.pause()
        used = time.process_time() - used
    return opened, used


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Streaming into short and long stories.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, nargs="+", default=[20, 2000])
    chosen = parser.parse_args()
    taken: dict[int, list[tuple[float, float]]] = {turns: [] for turns in chosen.turns}
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        with Session(home, Settings()).library as library:
            stories = {turns: story(turns) for turns in chosen.turns}
            for adventure in stories.values():
                library.create(adventure)
        await measure(home, stories[chosen.turns[0]].id)  # imports and caches
        for _ in range(chosen.rounds):
            for turns, adventure in stories.items():
                taken[turns].append(await measure(home, adventure.id))
    shortest = statistics.median(used for _, used in taken[chosen.turns[0]])
    print("| turns | opened in s, median | CPU ms a token, median | ratio |\n|---|---|---|---|")
    for turns, pairs in taken.items():
        opened = statistics.median(seconds for seconds, _ in pairs)
        used = statistics.median(used for _, used in pairs)
        print(f"| {turns} | {opened:.2f} | {used / TOKENS * 1000:.1f} | {used / shortest:.2f} |")


if __name__ == "__main__":
    asyncio.run(main())
