"""Provides story graphs for tests: one from a few lines, and any that chance can make."""

from dataclasses import replace

import hypothesis.strategies as st

from corpus_scraper.graph import Choice, ChoiceKind, Passage, Source, StoryGraph

SOURCE = Source("tale.json", "", "0" * 64, "test", 1)


def graph(
    passages: dict[str, str], *ways: tuple[str, ...], start: str = "", name: str = "tale.json"
) -> StoryGraph:
    """Return a graph of passages by their ids, and ways as (origin, target, text, condition)."""
    choices = tuple(Choice(*way) for way in ways)
    left = {choice.origin for choice in choices}
    return StoryGraph(
        id=name,
        title="A Tale",
        source=SOURCE,
        start=start or next(iter(passages)),
        passages=tuple(Passage(id_, text, id_ not in left) for id_, text in passages.items()),
        choices=choices,
    )


WORDS = st.text("abcdefgh .,\n>\"'", max_size=60)


@st.composite
def any_graph(draw: st.DrawFn, most: int = 8, *, are_unlike: bool = False) -> StoryGraph:
    """A graph with loops, merges, dead ends, ways to nowhere, and parts that are not reached.

    Every way is an action. With `are_unlike`, no two passages and no two ways read the same.
    """
    size = draw(st.integers(1, most))
    mark = "p{}. " if are_unlike else ""
    passages = {f"p{n}": mark.format(n) + draw(WORDS) for n in range(size)}
    ids = st.sampled_from([*passages, "gone"])
    ways = draw(
        st.lists(
            st.tuples(st.sampled_from([*passages]), ids, WORDS, st.sampled_from(["", "seen it"])),
            max_size=2 * most,
        )
    )
    if are_unlike:
        ways = [(o, t, f"say w{n} {text}", c) for n, (o, t, text, c) in enumerate(ways)]
    story = graph(passages, *ways)
    typed = (replace(choice, kind=ChoiceKind.ACTION) for choice in story.choices)
    return replace(story, choices=tuple(typed))
