"""Cut paths into single turns, for stories with an author's note.

A prompt of the game has the note once, before the player's action. A document that shows it before
a second action as well would have two, so that each action and its reply have a document.
"""

import itertools
from collections.abc import Iterator, Sequence

from corpus_scraper.documents.paths import Path, Step, is_action


def split_turns(path: Path, context: int) -> Iterator[Path]:
    """Yield `path` with at most one action in each part; the first has what comes before any.

    Each has about `context` characters of the story in front, in whole steps.
    """
    actions = [at for at, step in enumerate(path.steps) if is_action(step)]
    story = (*path.context, *path.steps)
    for start, end in itertools.pairwise([0, *actions[1:], len(path.steps)]):
        before = _last_steps(story, len(path.context) + start, context) if start else path.context
        yield Path(before, path.steps[start:end])


def _last_steps(steps: Sequence[Step], end: int, context: int) -> tuple[Step, ...]:
    """Return the steps before number `end` that have about `context` characters."""
    start, length = end, 0
    while start and length < context:
        start -= 1
        length += len(steps[start].text)
    return tuple(steps[start:end])
