"""Provides what can be counted of a story: its passages, choices and endings, and its ways through.

Knows nothing of where stories come from or of what becomes of them.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from corpus_scraper.graph import Choice, StoryGraph

EXACT = 10**15
"""Ways through are counted one by one up to here; beyond, their logarithm is what can be told."""


@dataclass(frozen=True, slots=True)
class GraphStatistics:
    """What was counted of a story."""

    id: str
    title: str
    licence: str
    passages: int
    choices: int
    endings: int
    words: int
    dead: tuple[str, ...]
    """The ids of passages where the story breaks off: no way leads on, and it is no ending."""
    unreachable: tuple[str, ...]
    """The ids of passages that no way from the start leads to."""
    missing: tuple[str, ...]
    """The ids that choices lead to and no passage has."""
    loops: int
    """Ways back to a passage that was read on the way there."""
    paths: int
    """Ways through, each loop left out, at most EXACT."""
    log10_paths: float
    """The logarithm of the ways through, of however many."""


def graph_statistics(graph: StoryGraph) -> GraphStatistics:
    """Return what can be counted of `graph`."""
    known, ways = graph.by_id(), graph.ways()
    reached = graph.reachable()
    targets = dict.fromkeys(choice.target for choice in graph.choices)
    order, loops = _order(graph.start, ways, set(known))
    paths, log10_paths = _paths(order, ways, loops)
    return GraphStatistics(
        id=graph.id,
        title=graph.title,
        licence=graph.licence,
        passages=len(graph.passages),
        choices=len(graph.choices),
        endings=sum(passage.ending for passage in graph.passages),
        words=sum(len(passage.text.split()) for passage in graph.passages),
        dead=tuple(p.id for p in graph.passages if not p.ending and not ways[p.id]),
        unreachable=tuple(p.id for p in graph.passages if p.id not in reached),
        missing=tuple(target for target in targets if target not in known),
        loops=len(loops),
        paths=paths,
        log10_paths=log10_paths,
    )


_Way = tuple[str, str]


def _order(
    start: str, ways: dict[str, list[Choice]], known: set[str]
) -> tuple[list[str], set[_Way]]:
    """Return the passages that can be reached, each after all that follow it, and the ways back."""
    order: list[str] = []
    back: set[_Way] = set()
    if start not in known:
        return order, back
    open_: set[str] = {start}
    done: set[str] = set()
    stack: list[tuple[str, Iterator[str]]] = [(start, _targets(start, ways, known))]
    while stack:
        here, following = stack[-1]
        target = next(following, None)
        if target is None:
            stack.pop()
            open_.discard(here)
            done.add(here)
            order.append(here)
        elif target in open_:
            back.add((here, target))
        elif target not in done:
            open_.add(target)
            stack.append((target, _targets(target, ways, known)))
    return order, back


def _targets(here: str, ways: dict[str, list[Choice]], known: set[str]) -> Iterator[str]:
    return (choice.target for choice in ways[here] if choice.target in known)


def _paths(order: list[str], ways: dict[str, list[Choice]], back: set[_Way]) -> tuple[int, float]:
    """Return how many ways there are through the passages of `order`, and the logarithm of that."""
    exact: dict[str, int] = {}
    logs: dict[str, float] = {}
    for here in order:
        onward = [
            c.target for c in ways[here] if c.target in exact and (here, c.target) not in back
        ]
        exact[here] = min(sum(exact[target] for target in onward), EXACT) if onward else 1
        logs[here] = _log_of_sum([logs[target] for target in onward]) if onward else 0.0
    if not order:
        return 0, -math.inf
    return exact[order[-1]], logs[order[-1]]


def _log_of_sum(logs: list[float]) -> float:
    most = max(logs)
    return most + math.log10(sum(10 ** (each - most) for each in logs))


def total(counts: list[GraphStatistics]) -> dict[str, int]:
    """Return what all stories have together; `repeated` are stories with the id of another."""
    return {
        "stories": len(counts),
        "passages": sum(each.passages for each in counts),
        "choices": sum(each.choices for each in counts),
        "endings": sum(each.endings for each in counts),
        "words": sum(each.words for each in counts),
        "dead": sum(len(each.dead) for each in counts),
        "unreachable": sum(len(each.unreachable) for each in counts),
        "missing": sum(len(each.missing) for each in counts),
        "loops": sum(each.loops for each in counts),
        "repeated": len(counts) - len({each.id for each in counts}),
    }
