"""The title and the summary that a scenario has from its opening, where it does not state its own.

They stay the opening's words when macros are drawn and questions answered: cut before, a macro or a
placeholder could lose its end, and a name could differ from the one in the story.
"""

from collections.abc import Callable
from typing import TypedDict

from dungeon.story import Scenario
from dungeon.text.sentences import sentence_ends

MAX_TITLE = 80
MAX_SUMMARY = 200
"""Characters."""

_TITLE_WORDS = 6
_LEAST_WORDS = 2

_LEADS_ON = frozenset(
    "a an the my your his her its our their this that these those some no every and or but of in "
    "on at to by for from with without into onto over under up down near behind through as than if "
    "when while who which whose is are was were".split()
)
"""Words after which no title ends: what belongs to them would follow."""


class Derived(TypedDict):
    """The fields of a scenario that may be derived."""

    title: str
    summary: str


def derive(scenario: Scenario, opening: str, change: Callable[[str], str]) -> Derived:
    """Return the title and the summary of `scenario` once its opening has become `opening`.

    `change` does to a text of their own what was done to the opening.
    """
    own = own_fields(scenario)
    return {
        "title": change(own["title"]) if "title" in own else first_words(opening),
        "summary": change(own["summary"]) if "summary" in own else summarise(opening),
    }


def own_fields(scenario: Scenario) -> dict[str, str]:
    """Return the title and the summary of `scenario`, without what its opening has given."""
    derived = {"title": first_words(scenario.opening), "summary": summarise(scenario.opening)}
    return {
        name: getattr(scenario, name)
        for name, words in derived.items()
        if getattr(scenario, name) != words
    }


def first_words(opening: str) -> str:
    """Return the beginning of `opening` as a title."""
    words = opening.split()
    kept = words[:_TITLE_WORDS]
    while len(words) > len(kept) > _LEAST_WORDS and kept[-1].lower() in _LEADS_ON:
        kept.pop()
    start = " ".join(kept)[: MAX_TITLE - 1].rstrip(".,;:!? ")
    return f"{start}…" if len(words) > _TITLE_WORDS else start or "Untitled"


def summarise(opening: str) -> str:
    """Return the first sentence of `opening`, cut to the length of a summary."""
    line = " ".join(opening.split())
    ends = sentence_ends(line[:MAX_SUMMARY])
    if ends:
        return line[: ends[0]]
    return line if len(line) <= MAX_SUMMARY else line[: MAX_SUMMARY - 1] + "…"
