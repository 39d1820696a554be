"""Provides a graph without passages that say nothing: the ways through them lead on directly.

Where a story only decides which way it goes on, its reader sees no passage. Knows nothing of any
format.
"""

from collections.abc import Sequence

from corpus_scraper.graph import Choice, Passage

MAX_NEW_CHOICES = 24
"""Ways that may stand for a passage that is taken out; where it would be more, it stays."""


def collapse_empty_passages(
    start: str, passages: Sequence[Passage], choices: Sequence[Choice]
) -> tuple[tuple[Passage, ...], tuple[Choice, ...]]:
    """Return passages and choices without the wordless ones that a reader would not notice.

    One stays where it is the start, an ending, or where something is picked both before and in it.
    """
    into: dict[str, list[Choice]] = {}
    out: dict[str, list[Choice]] = {passage.id: [] for passage in passages}
    for choice in choices:
        into.setdefault(choice.target, []).append(choice)
        out[choice.origin].append(choice)
    gone: set[str] = set()
    for passage in passages:
        if passage.text.strip() or passage.ending or passage.id == start:
            continue
        before, after = into.get(passage.id, []), out[passage.id]
        if not after or not _can_go(passage.id, before, after):
            continue
        joined = [(way, _joined(way, onward)) for way in before for onward in after]
        for way in before:
            siblings = out[way.origin]
            place = siblings.index(way)
            siblings[place : place + 1] = [new for old, new in joined if old is way]
        for onward in after:
            into[onward.target].remove(onward)
        for _, new in joined:
            into[new.target].append(new)
        gone.add(passage.id)
    return (
        tuple(passage for passage in passages if passage.id not in gone),
        tuple(way for passage in passages if passage.id not in gone for way in out[passage.id]),
    )


def _can_go(id_: str, before: Sequence[Choice], after: Sequence[Choice]) -> bool:
    if len(before) * len(after) > MAX_NEW_CHOICES:
        return False
    if any(way.target == id_ for way in after):
        return False
    return not any(way.text for way in before) or not any(way.text for way in after)


def _joined(way: Choice, onward: Choice) -> Choice:
    condition = " and ".join(filter(None, (way.condition, onward.condition)))
    return Choice(way.origin, onward.target, way.text or onward.text, condition)
