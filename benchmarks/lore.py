"""Match lore entries: milliseconds for a turn, over 5,000 entries.

python -m benchmarks.lore
"""

import random
import statistics
import time

from dungeon.lore import LoreEntry, LoreIndex, activate

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


def main() -> None:
    """Print the median and the slowest turn, and how long the index takes to build."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(WORDS)]
    common = words[:COMMON]
    entries = [_entry(number, common, words[COMMON:], rng) for number in range(ENTRIES)]
    started = time.perf_counter()
    index = LoreIndex(entries)
    built = time.perf_counter() - started
    times, fired = [], []
    for _ in range(TURNS):
        texts = [" ".join(rng.choices(common, k=75) + rng.choices(words, k=5)) for _ in range(4)]
        started = time.perf_counter()
        fired.append(len(activate(index, texts, seed="1").fired))
        times.append((time.perf_counter() - started) * 1000)
    print(f"{ENTRIES:,} entries, 3 keys each; index built in {built * 1000:.0f} ms")
    print(f"{statistics.median(times):.2f} ms a turn, the slowest {max(times):.2f} ms")
    print(f"{statistics.mean(fired):.0f} entries fired in a turn")


if __name__ == "__main__":
    main()
