"""Provides a graph whose endings are those its author meant, not every place where it breaks off.

A game that somebody stopped playing has a last passage and no ending. Knows nothing of any format.
"""

import re
from dataclasses import replace

from corpus_scraper.graph import StoryGraph

_STARS = re.compile(r"^[ \t]*\*{2,}[ \t]*[^\s*][^*\n]{0,200}?\*{2,}[ \t]*$", re.MULTILINE)


def says_the_end(text: str) -> bool:
    """Return whether a line of `text` ends a game in the old way: `*** You have won ***`."""
    return bool(_STARS.search(text))


def ending_only_where_said(graph: StoryGraph) -> StoryGraph:
    """Return `graph` with an ending where nothing leads on and the text says so, and nowhere else.

    Every other place where nothing leads on is one where the record breaks off.
    """
    passages = tuple(
        replace(passage, ending=passage.ending and says_the_end(passage.text))
        for passage in graph.passages
    )
    return replace(graph, passages=passages)
