"""Remove passages without text from a graph: the choices before and after them are joined."""

from collections.abc import Sequence

from corpus_scraper.graph import Choice, Passage

MAX_NEW_CHOICES = 24
"""Choices that may replace one passage; a passage that would need more stays."""


def collapse_empty_passages(
    start: str, passages: Sequence[Passage], choices: Sequence[Choice]
) -> tuple[tuple[Passage, ...], tuple[Choice, ...]]:
    """Return passages and choices without the empty passages that a reader would not notice.

    The start, endings, and passages with a choice text both before and after them stay.
    """
    into: dict[str, list[Choice]] = {}
    out: dict[str, list[Choice]] = {passage.id: [] for passage in passages}
    for choice in choices:
        into.setdefault(choice.target, []).append(choice)
        out[choice.origin].append(choice)
    removed: set[str] = set()
    for passage in passages:
        if passage.text.strip() or passage.ending or passage.id == start:
            continue
        before, after = into.get(passage.id, []), out[passage.id]
        if not after or not _is_removable(passage.id, before, after):
            continue
        joined = [(choice, _join(choice, following)) for choice in before for following in after]
        for choice in before:
            siblings = out[choice.origin]
            place = siblings.index(choice)
            siblings[place : place + 1] = [new for old, new in joined if old is choice]
        for following in after:
            into[following.target].remove(following)
        for _, new in joined:
            into[new.target].append(new)
        removed.add(passage.id)
    return (
        tuple(passage for passage in passages if passage.id not in removed),
        tuple(
            each for passage in passages if passage.id not in removed for each in out[passage.id]
        ),
    )


def _is_removable(id_: str, before: Sequence[Choice], after: Sequence[Choice]) -> bool:
    if len(before) * len(after) > MAX_NEW_CHOICES:
        return False
    if any(choice.target == id_ for choice in after):
        return False
    return not any(choice.text for choice in before) or not any(choice.text for choice in after)


def _join(choice: Choice, following: Choice) -> Choice:
    condition = " and ".join(filter(None, (choice.condition, following.condition)))
    return Choice(choice.origin, following.target, choice.text or following.text, condition)
