"""Measure full-text search and committing a turn with many saved turns.

    python -m benchmarks.search [--turns 10000 1000000] [--rounds 40]

The words are as common and as rare as in prose. A query asks for a rare word, a common one, two
words, the beginning of a word, the letter with which every word begins, or a phrase; queries of all
kinds are measured alternately. As on the screen, each turn that is found is also looked up: which
branch is it on? Every 500th turn was retried. The first search is that of a newly opened library.
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from types import MappingProxyType

from benchmarks.session import temporary_home
from dungeon.saves.library import Library
from dungeon.story import Adventure, Kind, Turn, new_id
from dungeon.turns.adventure_store import opening_turn

VOCABULARY = 20_000
"""Number of distinct words; the n-th is n times rarer than the first, as in prose."""

WORDS_PER_TURN = 40
TURNS_PER_ADVENTURE = 10_000
TURNS_PER_RETRY = 500

COMMON, RARE = 50, 2_000
"""Ranks of a word that one turn in six contains, and of one in five hundred."""


def create_adventures(turns: int) -> Iterator[Adventure]:
    """Yield adventures of 10,000 turns with a retry here and there, and what is left."""
    rng = random.Random(turns)
    words = [f"word{number}" for number in range(VOCABULARY)]
    # one list in which each word occurs as often as it is common: choices() would search weights
    bag = [word for rank, word in enumerate(words) for _ in range(VOCABULARY // (rank + 1))]
    for first in range(0, turns, TURNS_PER_ADVENTURE):
        turn = opening_turn("You stand in a corridor.")
        made = {turn.id: turn}
        for number in range(min(TURNS_PER_ADVENTURE, turns - first) - 1):
            text = " ".join(rng.choices(bag, k=WORDS_PER_TURN))
            is_retry = number % TURNS_PER_RETRY == TURNS_PER_RETRY - 1
            parent = turn.parent if is_retry else turn.id
            turn = Turn(new_id(), parent, Kind.DO, f"You try door {number}.", text)
            made[turn.id] = turn
        yield Adventure(
            new_id(), f"From {first}", turns=MappingProxyType(made), head=turn.id, tip=turn.id
        )


def queries(rng: random.Random) -> dict[str, str]:
    """Return a query of each kind; `""` at the end keeps the last word from being a prefix."""

    def word(rank: int) -> str:
        return f"word{rng.randrange(rank, 2 * rank)}"

    return {
        "a rare word": f'"{word(RARE)}"',
        "a common word": f'"{word(COMMON)}"',
        "two words": f'"{word(RARE // 4)}" "{word(COMMON)}"',
        "the beginning of a word": word(RARE // 10)[:-1],
        "one letter": "w",
        "a phrase": f'"{word(COMMON)} {word(COMMON)}"',
    }


def milliseconds(library: Library, query: str) -> float:
    """Return how long it takes until the turns that are found can be shown."""
    started = time.perf_counter()
    library.locate(library.search(query))
    return (time.perf_counter() - started) * 1000


def measure(library: Library, adventure: Adventure, rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of each search, by kind, and of each turn that was committed."""
    rng = random.Random(1)
    times: dict[str, list[float]] = {}
    head = adventure.head
    for _ in range(rounds):
        with Library.open(library.location, back_up=False) as newly_opened:
            first = milliseconds(newly_opened, queries(rng)["a common word"])
        times.setdefault("the first search", []).append(first)
    for number in range(rounds):
        for kind, query in queries(rng).items():
            times.setdefault(kind, []).append(milliseconds(library, query))
        turn = Turn(new_id(), head, Kind.DO, f"You try again, {number}.", "The word1 is shut.")
        started = time.perf_counter()
        library.append(adventure.id, turn, expected_head=head)
        times.setdefault("committing a turn", []).append((time.perf_counter() - started) * 1000)
        head = turn.id
    return times


def main() -> None:
    """Measure and print the median and the slowest of each."""
    parser = argparse.ArgumentParser(description="Measure the search over all saved turns.")
    parser.add_argument("--turns", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    print("| turns | | median | slowest |\n|---|---|---|---|")
    for turns in options.turns:
        with temporary_home() as home, Library.open(home.saves) as library:
            for adventure in create_adventures(turns):
                library.create(adventure)
            for kind, times in measure(library, adventure, options.rounds).items():
                median = statistics.median(times)
                print(f"| {turns:,} | {kind} | {median:.1f} ms | {max(times):.1f} ms |", flush=True)


if __name__ == "__main__":
    main()
