"""Measure how soon Continue shows its first words, with and without writing ahead.

    python -m benchmarks.written_ahead [--turns 10] [--model MODEL]

The player reads until the engine is idle, then lets the story continue; both ways in one run.
"""

import argparse
import asyncio
import statistics
import time
from dataclasses import replace

from benchmarks.session import temporary_session
from dungeon import scenarios
from dungeon.generator import TextChunk
from dungeon.story import CONTINUE
from dungeon.turns.game import Game


async def first_words(game: Game, turns: int) -> list[float]:
    """Return the milliseconds from the action to the first chunk, for each of `turns`."""
    measured = []
    for _ in range(turns):
        await game.wait_for_prefetch()
        started, first = time.perf_counter(), 0.0
        async for event in game.play(CONTINUE):
            if isinstance(event, TextChunk) and not first:
                first = time.perf_counter() - started
        measured.append(first * 1000)
    return measured


async def main() -> None:
    """Play the same opening both ways, and print the medians."""
    parser = argparse.ArgumentParser(description="Measure how soon Continue shows its first words.")
    parser.add_argument("--turns", type=int, default=10)
    parser.add_argument("--model", default="")
    options = parser.parse_args()
    scenario = scenarios.load("lamp")
    async with temporary_session(options.model) as session:
        for write_ahead in (False, True):
            game = session.begin(scenario)
            game.generation_settings = replace(
                game.generation_settings, write_ahead=write_ahead, seed=1
            )
            game.prefetch()
            times = sorted(await first_words(game, options.turns))
            await game.close()
            name = "written ahead" if write_ahead else "not written ahead"
            print(
                f"{name:<18} first words after {statistics.median(times):.1f} ms at the median, "
                f"{times[-1]:.1f} ms at the most"
            )


if __name__ == "__main__":
    asyncio.run(main())
