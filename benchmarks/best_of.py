"""Measure what choosing among several replies costs, and how much likelier those kept are.

    python -m benchmarks.best_of [--turns 40] [--counts 1,2,4] [--model REF]

The same actions are played with each count, turn by turn in alternation, so that all share the load
of the machine. With 1 the first reply is kept, and shown as it is written; otherwise nothing is
shown before the best is chosen.
"""

import argparse
import asyncio
import itertools
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from statistics import mean, median

from benchmarks.playing import ACTIONS
from benchmarks.session import temporary_session
from dungeon import actions, scenarios
from dungeon.generator import TextChunk
from dungeon.prompt.settings_record import parse
from dungeon.story import Kind
from dungeon.turns.game import Game


@dataclass(slots=True)
class Side:
    """One of the games."""

    count: int
    game: Game
    first: list[float] = field(default_factory=list)
    """Seconds until the first words of each reply."""
    whole: list[float] = field(default_factory=list)
    """Seconds until its last."""
    attempts: list[int] = field(default_factory=list)
    characters: list[int] = field(default_factory=list)
    likelihoods: list[float] = field(default_factory=list)
    """How likely the model finds the replies that were kept, where it says so."""

    async def play(self, text: str) -> None:
        """Play a turn, and count."""
        started, first = time.perf_counter(), 0.0
        async for event in self.game.play(actions.parse_action(text, Kind.DO)):
            if isinstance(event, TextChunk) and not first:
                first = time.perf_counter() - started
        self.whole.append(time.perf_counter() - started)
        self.first.append(first)
        turn = self.game.adventure.current_turn()
        if turn is None:
            raise RuntimeError("no turn was played")
        self.attempts.append(turn.provenance.attempts)
        self.characters.append(len(turn.text))
        record = parse(turn.provenance.settings)
        if record and record.likelihood:
            self.likelihoods.append(record.likelihood)
        await self.game.wait_for_prefetch()


async def main() -> None:
    """Play and print."""
    parser = argparse.ArgumentParser(description="Measure best-of-n.")
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--counts", default="1,2,4")
    parser.add_argument("--model", default="")
    options = parser.parse_args()
    async with AsyncExitStack() as stack:
        sides = []
        for count in map(int, options.counts.split(",")):
            session = await stack.enter_async_context(temporary_session(options.model, 1))
            game = session.begin(scenarios.fill(scenarios.load("lamp"), {}))
            game.generation_settings = replace(game.generation_settings, best_of=count)
            sides.append(Side(count, game))
        for text in itertools.islice(itertools.cycle(ACTIONS), options.turns):
            for side in sides:
                await side.play(text)
        for side in sides:
            await side.game.close()
    print(
        "| best of | first words, s | slowest | whole reply, s | attempts | characters | a token |"
    )
    print("|---|---|---|---|---|---|---|")
    for side in sides:
        likely = f"{mean(side.likelihoods):.0%}" if side.likelihoods else ""
        print(
            f"| {side.count} | {median(side.first):.2f} | {max(side.first):.2f} | "
            f"{median(side.whole):.2f} | {mean(side.attempts):.1f} | {median(side.characters):g} | "
            f"{likely} |"
        )


if __name__ == "__main__":
    asyncio.run(main())
