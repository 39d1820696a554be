"""Measure what searching earlier turns adds to a turn of a long adventure.

    python -m benchmarks.retrieval [--rounds 50] [--turns 100 10000]

The prompt is built with and without the search, alternately, as the game does it; each action has
rare words, common words and a word of every turn. Tokens are counted as words.
"""

import argparse
import asyncio
import random
import statistics
import time
from types import MappingProxyType

from benchmarks.session import temporary_home
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.prompt.composer import PromptComposer
from dungeon.saves.library import Library
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Kind, Turn, new_id
from dungeon.threads import SerialThread
from dungeon.turns.adventure_store import opening_turn

VOCABULARY = 5000
"""Number of distinct words; the n-th is n times rarer than the first, as in prose."""

WORDS_PER_TURN = 60


def create_adventure(turns: int, rng: random.Random) -> Adventure:
    """Return an adventure of `turns` turns whose words are as common and as rare as in prose."""
    words = [f"word{number}" for number in range(VOCABULARY)]
    weights = [1 / (number + 1) for number in range(VOCABULARY)]
    turn = opening_turn("You stand in a corridor.")
    made = {turn.id: turn}
    for number in range(turns - 1):
        text = " ".join(rng.choices(words, weights, k=WORDS_PER_TURN)) + "."
        turn = Turn(new_id(), turn.id, Kind.DO, f"You try the door, {number}.", text)
        made[turn.id] = turn
    return Adventure(
        new_id(), f"{turns} turns", turns=MappingProxyType(made), head=turn.id, tip=turn.id
    )


async def measure(library: Library, adventure: Adventure, rounds: int) -> dict[bool, list[float]]:
    """Return the seconds to build each prompt, by whether earlier turns were searched."""
    rng = random.Random(1)
    generator, thread = ScriptedGenerator(), SerialThread("saves")
    composers = {
        searches: PromptComposer(generator, library if searches else None, thread)
        for searches in (False, True)
    }
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for number in range(rounds + 1):
        rare = " ".join(f"word{rng.randrange(20, VOCABULARY)}" for _ in range(4))
        action = Action(Kind.DO, f"You try the door with word0, word3 and {rare}.")
        for searches, composer in composers.items():
            started = time.perf_counter()
            await composer.compose(adventure, action, GenerationSettings())
            if number:  # the first one fills the cache of token counts
                seconds[searches].append(time.perf_counter() - started)
    return seconds


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the search of earlier turns.")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--turns", type=int, nargs="+", default=[100, 10_000])
    options = parser.parse_args()
    print("| turns | without, median | with, median | added: median / worst |\n|---|---|---|---|")
    with temporary_home() as home, Library.open(home.saves) as library:
        for turns in options.turns:
            adventure = create_adventure(turns, random.Random(turns))
            library.create(adventure)
            seconds = await measure(library, adventure, options.rounds)
            added = [
                (after - before) * 1000
                for before, after in zip(seconds[False], seconds[True], strict=True)
            ]
            without, including = (statistics.median(seconds[key]) * 1000 for key in (False, True))
            print(
                f"| {turns:,} | {without:.1f} ms | {including:.1f} ms "
                f"| {statistics.median(added):.1f} / {max(added):.1f} ms |"
            )


if __name__ == "__main__":
    asyncio.run(main())
