"""Compute statistics of story graphs: passages, choices, endings, dead ends, loops and paths."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus_scraper.graph import Choice, StoryGraph

MAX_EXACT_PATHS = 10**15
"""Paths are counted exactly up to here; beyond, only their logarithm is meaningful."""


@dataclass(frozen=True, slots=True)
class GraphStatistics:
    """Statistics of one story."""

    id: str
    title: str
    licence: str
    passages: int
    choices: int
    endings: int
    words: int
    dead_ends: tuple[str, ...]
    """Ids of passages that offer no choice and are no ending."""
    unreachable: tuple[str, ...]
    """Ids of passages that cannot be reached from the start."""
    missing: tuple[str, ...]
    """Ids that choices lead to and no passage has."""
    loops: int
    """Back edges: links to a passage that precedes them on the path from the start."""
    paths: int
    """Paths from a start to an end without back edges, at most EXACT."""
    log10_paths: float
    """Decimal logarithm of the number of paths, without an upper limit."""


def graph_statistics(graph: StoryGraph) -> GraphStatistics:
    """Return the statistics of `graph`."""
    known, choices = graph.passages_by_id(), graph.choices_by_passage()
    reached = graph.reachable()
    targets = dict.fromkeys(choice.target for choice in graph.choices)
    order, loops = _post_order(graph.starts, choices, set(known))
    paths, log10_paths = _count_paths(graph.starts, order, choices, loops)
    return GraphStatistics(
        id=graph.id,
        title=graph.title,
        licence=graph.licence,
        passages=len(graph.passages),
        choices=len(graph.choices),
        endings=sum(passage.ending for passage in graph.passages),
        words=sum(len(passage.text.split()) for passage in graph.passages),
        dead_ends=tuple(p.id for p in graph.passages if not p.ending and not choices[p.id]),
        unreachable=tuple(p.id for p in graph.passages if p.id not in reached),
        missing=tuple(target for target in targets if target not in known),
        loops=len(loops),
        paths=paths,
        log10_paths=log10_paths,
    )


_Edge = tuple[str, str]


def _post_order(
    starts: Iterable[str], choices: dict[str, list[Choice]], known: set[str]
) -> tuple[list[str], set[_Edge]]:
    """Return the reachable passages in depth-first post-order, and the back edges."""
    order: list[str] = []
    back: set[_Edge] = set()
    open_: set[str] = set()
    done: set[str] = set()
    for start in starts:
        if start not in known or start in done:
            continue
        open_.add(start)
        stack: list[tuple[str, Iterator[str]]] = [(start, _targets(start, choices, known))]
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
                stack.append((target, _targets(target, choices, known)))
    return order, back


def _targets(here: str, choices: dict[str, list[Choice]], known: set[str]) -> Iterator[str]:
    return (choice.target for choice in choices[here] if choice.target in known)


def _count_paths(
    starts: Iterable[str],
    order: list[str],
    choices: dict[str, list[Choice]],
    back: set[_Edge],
) -> tuple[int, float]:
    """Return the number of paths from `starts`, and its decimal logarithm."""
    exact: dict[str, int] = {}
    logs: dict[str, float] = {}
    for here in order:
        onward = [
            c.target for c in choices[here] if c.target in exact and (here, c.target) not in back
        ]
        exact[here] = min(sum(exact[target] for target in onward), MAX_EXACT_PATHS) if onward else 1
        logs[here] = _log_of_sum([logs[target] for target in onward]) if onward else 0.0
    if not order:
        return 0, -math.inf
    begun = [start for start in starts if start in exact]
    paths = min(sum(exact[start] for start in begun), MAX_EXACT_PATHS)
    return paths, _log_of_sum([logs[start] for start in begun])


def _log_of_sum(logs: list[float]) -> float:
    most = max(logs)
    return most + math.log10(sum(10 ** (each - most) for each in logs))


def total(counts: list[GraphStatistics]) -> dict[str, int]:
    """Return the sums over all stories; `repeated` counts stories that share the id of another."""
    numbers = ("passages", "choices", "endings", "words", "loops")
    lists = ("dead_ends", "unreachable", "missing")
    return {
        "stories": len(counts),
        **{name: sum(getattr(each, name) for each in counts) for name in numbers},
        **{name: sum(len(getattr(each, name)) for each in counts) for name in lists},
        "repeated": len(counts) - len({each.id for each in counts}),
    }
