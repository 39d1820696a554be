"""Find the clichés of a model: word sequences that its replies overuse, compared with real stories.

    python -m benchmarks.cliches REAL… [--model REF] [--seeds 6] [--turns 8] [--replies FILE]

REAL are text files, or folders of them. The scenarios are played as in `benchmarks.prose`; the
replies are added to FILE, if one is named, and read from it the next time. An n-gram counts once
for each adventure, so that one game that goes in circles makes no cliché. Ranked by the ratio of
the two frequencies, as the slop lists of antislop are (arXiv 2510.15061).
"""

import argparse
import asyncio
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random

from benchmarks.prose import ACTIONS, play
from benchmarks.session import temporary_session
from dungeon import scenarios
from dungeon.text.phrases import normalise

LENGTHS = (3, 4, 5)
"""Words of the sequences."""

FUNCTION_WORDS = frozenset(
    "a an and are as at be been but by can could do for from had has have he her him his i if in is"
    " it its me my not of on or out she so than that the their them then there they this to up was"
    " we were what when which who will with would you your it's you're don't can't i'm".split()
)
"""A sequence of nothing else is grammar, not a cliché."""

ACTION_WORDS = frozenset(normalise(" ".join(ACTIONS)).split()) - FUNCTION_WORDS
"""A sequence with one of them answers the script, which says the same in every adventure."""

SUFFIXES = (".txt", ".xhtml", ".html", ".dry", ".ink", ".chk")
"""Of the files that are read in a folder."""

_MARKUP = re.compile(r"<[^<>]{1,200}>")

Replies = dict[str, list[str]]
"""The texts of each adventure."""


def ngrams(text: str) -> Iterator[str]:
    """Yield every sequence of LENGTHS words."""
    words = normalise(text).split()
    for length in LENGTHS:
        for at in range(len(words) - length + 1):
            yield " ".join(words[at : at + length])


def overused(
    replies: Replies, real: Iterable[str], *, min_adventures: int, min_ratio: float
) -> list[tuple[str, int, float]]:
    """Return the n-grams of at least `min_adventures`, with their number of adventures and how much
    more often replies have them than the `real` texts, most overused first.

    One that the real texts do not have counts as if they had it once. Of two that contain each
    other and are about as frequent, the longer one is left.
    """
    adventures: Counter[str] = Counter()
    for texts in replies.values():
        adventures.update({found for text in texts for found in ngrams(text)})
    frequent = {found for found, count in adventures.items() if count >= min_adventures}
    frequent = {
        found
        for found in frequent
        if not FUNCTION_WORDS.issuperset(found.split()) and ACTION_WORDS.isdisjoint(found.split())
    }
    expected: Counter[str] = Counter()
    real_words = reply_words = 0
    for text in real:
        real_words += len(normalise(text).split())
        expected.update(found for found in ngrams(text) if found in frequent)
    reply_words = sum(len(normalise(text).split()) for ts in replies.values() for text in ts)
    ranked = []
    for found in frequent:
        ratio = adventures[found] / reply_words / (max(expected[found], 1) / real_words)
        if ratio >= min_ratio:
            ranked.append((found, adventures[found], ratio))
    ranked.sort(key=lambda entry: (-entry[2], entry[0]))
    return [entry for entry in ranked if not _is_part(entry[0], adventures, frequent)]


def _is_part(found: str, adventures: Counter[str], frequent: set[str]) -> bool:
    return any(
        f" {found} " in f" {longer} " and adventures[longer] >= 0.8 * adventures[found]
        for longer in frequent
        if longer != found
    )


async def generate(model: str, seeds: int, turns: int) -> Replies:
    """Play every scenario with each seed, and return the replies."""
    replies: Replies = defaultdict(list)
    for seed in range(1, seeds + 1):
        async with temporary_session(model, seed) as session:
            for scenario in scenarios.available():
                game = session.begin(
                    scenarios.fill(scenarios.draw_macros(scenario, Random(seed)), {})
                )
                played = await play(game, turns)
                replies[f"{scenario.name} {seed}"] = [each.turn.text for each in played]
    return replies


def read_texts(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the texts of files, those in folders too, without markup."""
    for path in paths:
        for file in _files(path):
            yield _MARKUP.sub(" ", file.read_text(encoding="utf-8", errors="replace"))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)


def main() -> None:
    """Play or read, compare and print."""
    parser = argparse.ArgumentParser(description="Find the clichés of a model.")
    parser.add_argument("real", type=Path, nargs="+")
    parser.add_argument("--model", default="")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--replies", type=Path)
    parser.add_argument("--min-adventures", type=int, default=5)
    parser.add_argument("--min-ratio", type=float, default=5.0)
    options = parser.parse_args()
    file: Path | None = options.replies
    if file is not None and file.exists():
        replies: Replies = json.loads(file.read_text(encoding="utf-8"))
    else:
        replies = asyncio.run(generate(options.model, options.seeds, options.turns))
        if file is not None:
            file.write_text(json.dumps(replies), encoding="utf-8")
    found = overused(
        replies,
        read_texts(options.real),
        min_adventures=options.min_adventures,
        min_ratio=options.min_ratio,
    )
    print("| phrase | adventures | ratio to real stories |\n|---|---|---|")
    for phrase, count, ratio in found:
        print(f"| {phrase} | {count} | {ratio:.0f} |")


if __name__ == "__main__":
    main()
