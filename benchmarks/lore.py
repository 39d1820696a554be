"""Match lore entries: milliseconds for a turn, over 5,000 entries.

python -m benchmarks.lore
"""

import random
import statistics
import time

from dungeon.lore import LoreEntry, LoreIndex, activate, record

ENTRIES = 5_000
TURNS = 200
WORDS = 40_000
COMMON = 2_000
"""Words that texts mostly consist of; they are no keys."""


def _entry(number: int, common: list[str], rare: list[str], rng: random.Random) -> LoreEntry:
    """Return an entry of 40 words with three keys; one word of its text is rare."""
    content = " ".join(rng.choices(common, k=39) + rng.choices(rare, k=1))
    keys = tuple(" ".join(rng.choices(rare, k=rng.randint(1, 2))) for _ in range(3))
    return LoreEntry(str(number), f"Entry {number}", content, keys)


def _shared(number: int, common: list[str], rng: random.Random) -> LoreEntry:
    """Return an entry that fires on almost every text, and makes others fire."""
    content = " ".join(rng.choices(common, k=400))
    keys = tuple(" ".join(rng.choices(common, k=rng.randint(1, 2))) for _ in range(20))
    always = number % 2 == 0
    return LoreEntry(str(number), f"Entry {number}", content, keys, always=always, sticky=500)


def _measure(name: str, entries: list[LoreEntry], texts: list[list[str]]) -> None:
    started = time.perf_counter()
    index = LoreIndex(entries)
    built = time.perf_counter() - started
    times: list[float] = []
    fired: list[int] = []
    records: list[str] = []
    for turn in texts:
        started = time.perf_counter()
        activation = activate(index, turn, records, seed="1")
        times.append((time.perf_counter() - started) * 1000)
        fired.append(len(activation.fired))
        records.append(record(activation.fired))
    print(f"{name}: {len(entries):,} entries, index built in {built * 1000:.0f} ms")
    print(f"  {statistics.median(times):.2f} ms a turn, the slowest {max(times):.2f} ms")
    print(f"  {statistics.mean(fired):.0f} entries fired in a turn")


def main() -> None:
    """Print the median and the slowest turn, and how long the index takes to build."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(WORDS)]
    common = words[:COMMON]
    texts = [
        [" ".join(rng.choices(common, k=75) + rng.choices(words, k=5)) for _ in range(4)]
        for _ in range(TURNS)
    ]
    entries = [_entry(number, common, words[COMMON:], rng) for number in range(ENTRIES)]
    _measure("a handful fires", entries, texts)
    _measure("thousands would", [_shared(n, common, rng) for n in range(ENTRIES)], texts)


if __name__ == "__main__":
    main()
