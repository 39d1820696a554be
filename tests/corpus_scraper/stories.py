"""Provides files of stories for tests of the build, made of words and no chance."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from corpus_scraper.graph import Source, StoryGraph, write_stories
from tests.corpus_scraper.graphs import graph

NOUNS = "lamp mill river tower grue rope door wolf candle map bridge stone boat well crow".split()
VERBS = "take leave follow burn open carry hide break paint lift cross fear call find".split()


def prose(chance: random.Random, sentences: int) -> str:
    """Return sentences that no other call returns, in the second person."""
    return " ".join(
        f"You {chance.choice(VERBS)} the {chance.choice(NOUNS)} by the {chance.choice(NOUNS)} "
        f"and the {chance.choice(NOUNS)}, for it is the {chance.randrange(10**6)}th of them."
        for _ in range(sentences)
    )


def story(number: int, *, author: str = "", licence: str = "MIT", size: int = 6) -> StoryGraph:
    """Return a branching story of its own."""
    chance = random.Random(number)
    passages = {f"p{at}": prose(chance, size) for at in range(5)}
    ways = [
        ("p0", "p1", "Go left."), ("p0", "p2", "Go right."), ("p1", "p3", "Wait."),
        ("p2", "p3", "Wait."), ("p3", "p4", ""), ("p4", "p0", "Go round again."),
    ]  # fmt: skip
    source = Source(f"tales/{number}.json", "", f"{number:064x}", "test", 1)
    made = graph(passages, *ways, name=f"tales/{number}.json")
    return replace(made, author=author, licence=licence, source=source, title=f"Tale {number}")


def stories(count: int) -> Iterator[StoryGraph]:
    """Yield stories, the fourth to sixth of one author."""
    for number in range(count):
        yield story(number, author="Ann Three" if number in (3, 4, 5) else f"Author {number}")


def file(folder: Path, graphs: Sequence[StoryGraph], name: str = "stories.jsonl") -> Path:
    """Write a file of stories, and return its path."""
    write_stories(folder / name, graphs)
    return folder / name
