"""The limits of one story."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoryLimits:
    """Limits on one story."""

    pages: int = 5_000
    depth: int = 300
    """Choices from the story's first page."""
