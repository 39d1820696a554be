"""Branching stories that the content rule breaks near the root: all that remains is trained on."""

import json
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from corpus_scraper.corpus.filters.block import characters
from corpus_scraper.graph import Passage, StoryGraph
from tests.corpus_scraper.built import corpus
from tests.corpus_scraper.graphs import graph
from tests.corpus_scraper.stories import NOUNS, VERBS, prose

BROKEN = "The schoolgirl was horny."

Shape = Callable[[random.Random], StoryGraph]


def story(
    chance: random.Random, ways: list[tuple[int, int]], broken: set[int], sentences: int = 4
) -> StoryGraph:
    """Return a story of numbered passages, of which some break the content rule."""
    size = 1 + max(max(way) for way in ways)
    texts = {
        f"p{at}": BROKEN if at in broken else prose(chance, chance.randint(1, sentences))
        for at in range(size)
    }
    choices = [
        (f"p{one}", f"p{other}", f"{chance.choice(VERBS).title()} the {chance.choice(NOUNS)} {at}.")
        for at, (one, other) in enumerate(ways)
    ]
    return graph(texts, *choices)


def tree(depth: int, width: int) -> list[tuple[int, int]]:
    """Return the ways of a full tree."""
    inner = sum(width**level for level in range(depth))
    return [(at, width * at + side) for at in range(inner) for side in range(1, width + 1)]


def near_the_root(chance: random.Random) -> StoryGraph:
    return story(chance, tree(6, 2), {1, 2, 9})


def the_root_itself(chance: random.Random) -> StoryGraph:
    return story(chance, tree(6, 2), {0, 1, 5})


def at_every_depth(chance: random.Random) -> StoryGraph:
    return story(chance, tree(7, 2), {2, 4, 12, 20, 41, 80})


def every_second_passage(chance: random.Random) -> StoryGraph:
    return story(chance, tree(7, 2), set(range(1, 255, 2)))


def every_second_level(chance: random.Random) -> StoryGraph:
    return story(chance, tree(6, 2), {1, 2, *range(7, 15), *range(31, 63)})


def a_very_wide_tree(chance: random.Random) -> StoryGraph:
    return story(chance, tree(2, 20), {0, 1, 2, 3, 40})


def several_parents(chance: random.Random) -> StoryGraph:
    """Each passage of a level leads to each of the next one, and half of them are broken."""
    levels = [range(1), *(range(4 * level - 3, 4 * level + 1) for level in range(1, 12))]
    ways = [(a, b) for one, other in pairwise(levels) for a in one for b in other]
    return story(chance, ways, {4, 5, 9, 13, 16, 17, 18, 19, 30})


def loops(chance: random.Random) -> StoryGraph:
    """Rings that begin behind a broken passage, and lead back to it."""
    rings = [(at, at + 1 if at % 10 else at - 9) for at in range(1, 41)]
    bridges = [(0, 1), (0, 11), (0, 21), (0, 31), *((at, 0) for at in range(5, 41, 10))]
    return story(chance, rings + bridges, {0, 1, 11, 25})


def short_leaves(chance: random.Random) -> StoryGraph:
    """Endings of a few words, behind broken passages."""
    made = story(chance, tree(6, 2), {1, 6, *range(15, 31)})
    leaves = {f"p{at}" for at in range(63, 127)}
    texts = (f"You {chance.choice(VERBS)} {number}." for number in range(10**6))
    return replace(
        made,
        passages=tuple(
            replace(each, text=next(texts)) if each.id in leaves else each for each in made.passages
        ),
    )


def a_long_chain(chance: random.Random) -> StoryGraph:
    """Hundreds of turns, of which every seventh is broken."""
    return story(chance, [(at, at + 1) for at in range(400)], set(range(0, 400, 7)), 2)


def broken_choices(chance: random.Random) -> StoryGraph:
    made = story(chance, tree(6, 2), {3})
    return replace(
        made,
        choices=tuple(
            replace(each, text=BROKEN) if at % 5 == 0 else each
            for at, each in enumerate(made.choices)
        ),
    )


def repeated_passages(chance: random.Random) -> StoryGraph:
    """A tree whose passages are partly the same: those count once."""
    made = story(chance, tree(7, 2), {1, 2, 11})
    same = prose(chance, 3)
    return replace(
        made,
        passages=tuple(
            Passage(each.id, same if at % 9 == 8 else each.text, each.ending)
            for at, each in enumerate(made.passages)
        ),
    )


@pytest.mark.parametrize(
    "shape",
    [
        near_the_root, the_root_itself, at_every_depth, every_second_passage, every_second_level,
        a_very_wide_tree, several_parents, loops, short_leaves, a_long_chain, broken_choices,
        repeated_passages,
    ],
)  # fmt: skip
def test_nearly_all_that_remains_is_trained_on(tmp_path: Path, shape: Shape) -> None:
    made = replace(shape(random.Random(shape.__name__)), licence="unknown")
    folder = corpus(tmp_path, [made], licence="any", max_work_share=1, holdout_fraction=0)
    manifest = json.loads((folder / "manifest.json").read_text())
    trained = manifest["splits"]["train"]["trained_characters"]
    assert trained >= 0.97 * remaining(made)
    lost = manifest["blocks"]["content"]
    assert lost["characters_in"] > lost["characters_out"]
    assert manifest["blocks"]["reachability"]["counts"] == {}


def remaining(made: StoryGraph) -> int:
    """Return the characters of what does not break the rule, and is not left out for a reason.

    The same passage counts once. So do several choices that lead to one passage: a reply is
    trained on once, and an action line without one teaches nothing.
    """
    broken = {each.id for each in made.passages if each.text == BROKEN}
    texts = {each.text for each in made.passages if each.id not in broken}
    answered = {
        way.target: way.text
        for way in made.choices
        if way.text != BROKEN and way.origin not in broken and way.target not in broken
    }
    return sum(map(len, texts)) + sum(map(len, answered.values()))


def test_the_stories_are_as_large_as_they_claim() -> None:
    assert characters(every_second_passage(random.Random(0))) > 20_000
