"""Measure whether the app slows down as a story grows.

    python -m benchmarks.long_story [--rounds 5] [--turns 20 2000]

The whole app runs without a terminal, on a scripted model that writes 60 tokens. Short and long
stories alternate. Streaming is measured in CPU seconds, because it competes with the engine for the
processor, opening in seconds.
"""

import argparse
import asyncio
import statistics
import time

from benchmarks.session import temporary_home
from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings
from dungeon.story import Adventure, Kind, Turn, new_id
from dungeon.tui.app import GrueApp
from dungeon.turns.adventure_store import opening_turn

SIZE = (100, 30)
TOKENS = 60
SENTENCE = "The corridor goes on past a row of iron doors and every one of them is warm. "
REPLY = " ".join([f"Word{n}" for n in range(TOKENS - 1)]) + " end."


def create_adventure(turns: int) -> Adventure:
    """Return an adventure of `turns` turns."""
    adventure = Adventure(new_id(), f"{turns} turns").with_turn(opening_turn(SENTENCE * 4))
    for number in range(turns - 1):
        text = f"{number}. {SENTENCE * 4}"
        turn = Turn(new_id(), adventure.head, Kind.DO, f"You try door {number}.", text)
        adventure = adventure.with_turn(turn)
    return adventure


async def measure(home: Home, adventure_id: str) -> tuple[float, float]:
    """Return the seconds to open the adventure, and the CPU seconds to stream one reply."""
    generator = ScriptedGenerator([REPLY], delay=0.002)
    session = Session(home, Settings(), seed=1, generator=generator)
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
    return opening, cpu


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the app with short and long stories.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, nargs="+", default=[20, 2000])
    options = parser.parse_args()
    results: dict[int, list[tuple[float, float]]] = {turns: [] for turns in options.turns}
    with temporary_home() as home:
        with Session(home, Settings()).library as library:
            stories = {turns: create_adventure(turns) for turns in options.turns}
            for adventure in stories.values():
                library.create(adventure)
        await measure(home, stories[options.turns[0]].id)  # imports and caches
        for _ in range(options.rounds):
            for turns, adventure in stories.items():
                results[turns].append(await measure(home, adventure.id))
    shortest = statistics.median(cpu for _, cpu in results[options.turns[0]])
    print(
        "| turns | time to open s, median | CPU ms per token, median | ratio |\n|---|---|---|---|"
    )
    for turns, pairs in results.items():
        opening = statistics.median(seconds for seconds, _ in pairs)
        cpu = statistics.median(cpu for _, cpu in pairs)
        print(f"| {turns} | {opening:.2f} | {cpu / TOKENS * 1000:.1f} | {cpu / shortest:.2f} |")


if __name__ == "__main__":
    asyncio.run(main())
