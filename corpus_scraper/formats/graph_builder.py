"""Provides StoryGraph from what a format found: text cleaned once, ids checked, endings marked.

Knows nothing of any format.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from corpus_scraper.formats.markup import without_tags
from corpus_scraper.formats.story_file import StoryFile
from corpus_scraper.graph import Choice, Passage, StoryGraph
from dungeon.text import clean, clean_line
from dungeon.transcript import normalise

MAX_PASSAGES = 100_000
"""More passages than any story has."""

MAX_CHARACTERS = 32 * 1024 * 1024
"""What a story may grow to when its passages print one another."""

_SPACES = re.compile(r"[ \t\u00a0]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Found:
    """What a format found in a file, in its own words."""

    title: str
    start: str
    passages: tuple[Passage, ...]
    choices: tuple[Choice, ...]
    author: str = ""
    notes: tuple[str, ...] = ()
    part: str = ""
    """Which story of the file this is, where a file holds several."""


def story(file: StoryFile, parser: str, version: int, found: Found) -> StoryGraph:
    """Return the graph of `found`, its text clean and in paragraphs.

    Raises Unreadable where it has no passage or more than any story has, or not a word to tell.
    """
    if not found.passages:
        raise file.unreadable("there is no passage in it.")
    texts = (*(each.text for each in found.passages), *(each.text for each in found.choices))
    if not any(map(str.strip, texts)):
        raise file.unreadable("nothing is told in it.")
    characters = sum(len(passage.text) for passage in found.passages)
    if len(found.passages) > MAX_PASSAGES or characters > MAX_CHARACTERS:
        raise file.unreadable("it has more passages or more text than any story has.")
    known = {passage.id for passage in found.passages}
    choices = tuple(dict.fromkeys(_tidy(choice) for choice in found.choices))
    left = {choice.origin for choice in choices}
    missing = sum(choice.target not in known for choice in choices)
    gone = f"{missing} ways lead to passages that do not exist." if missing else ""
    gone = "One way leads to a passage that does not exist." if missing == 1 else gone
    return StoryGraph(
        id=f"{file.place}#{found.part}" if found.part else file.place,
        title=clean_line(found.title) or title_of(file.place),
        source=file.source(parser, version),
        start=found.start,
        passages=tuple(
            Passage(each.id, prose(each.text), each.id not in left) for each in found.passages
        ),
        choices=choices,
        author=clean_line(found.author),
        notes=tuple(clean_line(note) for note in (*found.notes, gone) if note),
    )


def _tidy(choice: Choice) -> Choice:
    text = _SPACES.sub(" ", clean_line(without_tags(choice.text)))
    return Choice(choice.origin, choice.target, text, clean_line(choice.condition))


def prose(text: str) -> str:
    """Return `text` as a passage holds it: clean, without tags, one blank line between paragraphs.

    A line of its own stays one within its paragraph.
    """
    text = normalise(clean(without_tags(text)))
    return "\n".join(_SPACES.sub(" ", line).strip() for line in text.split("\n"))


def title_of(place: str) -> str:
    """Return a title made of a file's name: `TheIntercept.ink` is The Intercept."""
    stem = PurePosixPath(place).stem
    words = re.sub(r"[_\-.]+", " ", _CAMEL.sub(" ", stem)).split()
    return clean_line(" ".join(words).capitalize() if stem.islower() else " ".join(words))


def unique(names: Iterable[str]) -> list[str]:
    """Return `names` with ` (2)`, ` (3)` after those that came before: ids must differ."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        candidate = name
        while candidate in seen:
            seen[name] += 1
            candidate = f"{name} ({seen[name]})"
        seen.setdefault(candidate, 1)
        result.append(candidate)
    return result
