"""The passages of a Twine story as their author wrote them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus_scraper.formats.story_file import StoryFile

MAX_MARKS = 400_000
"""Brackets of all kinds in all passages; large stories have about ten thousand."""

MAX_PASSAGE_MARKS = 20_000
"""Brackets of all kinds in one passage."""

_SPECIAL_PASSAGES = frozenset(
    """
    StoryAuthor StoryBanner StoryCaption StoryData StoryDisplayTitle StoryIncludes StoryInit
    StoryInterface StoryMenu StorySettings StoryShare StorySubtitle StoryTitle PassageDone
    PassageFooter PassageHeader PassageReady MenuOptions MenuShare MenuStory UserScript
    UserStylesheet StoryScript StoryStylesheet StoryJavaScript
    """.split()
)
_SPECIAL_TAGS = frozenset(
    """
    script stylesheet widget startup header footer debug-header debug-footer debug-startup init
    Twine.image Twine.private Twine.audio Twine.video Twine.vtt annotation
    """.split()
)


@dataclass(frozen=True, slots=True)
class TwinePassage:
    """A passage as its author wrote it."""

    name: str
    text: str
    tags: frozenset[str] = frozenset()

    @property
    def is_story(self) -> bool:
        """Whether it is part of the story rather than of its user interface."""
        return self.name not in _SPECIAL_PASSAGES and not self.tags & _SPECIAL_TAGS


@dataclass(frozen=True, slots=True)
class TwineStory:
    """A story as its author wrote it."""

    title: str
    format: str
    """The name of its story format, in lower case."""
    start: str
    passages: Sequence[TwinePassage]
    author: str = ""
    part: str = ""
    """Name of the story within its file, where a file holds several."""


def check_marks(file: StoryFile, passages: Iterable[TwinePassage]) -> None:
    """Refuse passages with so many marks that parsing would take long."""
    total = 0
    for passage in passages:
        marks = sum(passage.text.count(mark) for mark in "[({<'")
        total += marks
        if marks > MAX_PASSAGE_MARKS or total > MAX_MARKS:
            raise file.unreadable(f"the passage {passage.name[:80]!r} has more marks than words.")
