"""Provides TwineStory: the passages of a Twine story as their author wrote them.

Knows nothing of what they say, or of the file they stand in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus_scraper.formats.story_file import StoryFile

MAX_MARKS = 400_000
"""Brackets of all kinds in all passages together; large stories have some ten thousand."""

MAX_PASSAGE_MARKS = 20_000
"""And in one of them."""

_MACHINERY = frozenset(
    """
    StoryAuthor StoryBanner StoryCaption StoryData StoryDisplayTitle StoryIncludes StoryInit
    StoryInterface StoryMenu StorySettings StoryShare StorySubtitle StoryTitle PassageDone
    PassageFooter PassageHeader PassageReady MenuOptions MenuShare MenuStory UserScript
    UserStylesheet StoryScript StoryStylesheet StoryJavaScript
    """.split()
)
_UNTOLD = frozenset(
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
    def is_told(self) -> bool:
        """Whether it is a part of the story, and not of the machine that shows it."""
        return self.name not in _MACHINERY and not self.tags & _UNTOLD


@dataclass(frozen=True, slots=True)
class TwineStory:
    """A story as its author wrote it."""

    title: str
    format: str
    """The name of its story format, in small letters; it tells the dialect."""
    start: str
    passages: Sequence[TwinePassage]
    author: str = ""
    part: str = ""
    """Which story of the file this is, where a file holds several."""


def check_marks(file: StoryFile, passages: Iterable[TwinePassage]) -> None:
    """Refuse what would take long to read and is no story."""
    total = 0
    for passage in passages:
        marks = sum(passage.text.count(mark) for mark in "[({<'")
        total += marks
        if marks > MAX_PASSAGE_MARKS or total > MAX_MARKS:
            raise file.unreadable(f"the passage {passage.name[:80]!r} has more marks than words.")
