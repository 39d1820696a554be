"""Find where a story begins after something was removed from it."""

from collections.abc import Iterable
from dataclasses import replace

from corpus_scraper.graph import Choice, StoryGraph


def begin_after(
    before: StoryGraph, kept: StoryGraph, removed: Iterable[Choice]
) -> StoryGraph | None:
    """Return `kept` with starts from which everything is reached that was reached in `before`.

    Where a `removed` choice led and nothing else leads, a story begins. None where none does.
    """
    reached = before.reachable()
    cut_off = (choice.target for choice in removed if choice.origin in reached)
    starts = kept.independent_starts((*before.starts, *cut_off))
    return replace(kept, start=starts[0], further_starts=starts[1:]) if starts else None
