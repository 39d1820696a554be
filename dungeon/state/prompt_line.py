"""Fit the state of a story into a line of a prompt."""

from collections.abc import Awaitable, Callable

from dungeon.state.sentences import story_sentences
from dungeon.state.tracking import state_at
from dungeon.story import Adventure
from dungeon.story.state_events import StateLine
from dungeon.transcript import SEPARATOR


async def fit_line(
    adventure: Adventure, which: StateLine, room: int, count: Callable[[str], Awaitable[int]]
) -> tuple[str, int, bool]:
    """Return the line, its tokens, and whether some sentences did not fit into `room` tokens.

    The most important sentences come first; one that is too long is left out whole.
    """
    now = state_at(adventure)
    sentences = [] if which == "off" else story_sentences(now, people=which == "all")
    kept: list[str] = []
    tokens = 0
    for sentence in sentences:
        longer = await count(" ".join([*kept, sentence]) + SEPARATOR)
        if longer <= room:
            kept.append(sentence)
            tokens = longer
    return " ".join(kept), tokens, len(kept) < len(sentences)
