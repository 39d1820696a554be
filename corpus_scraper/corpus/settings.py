"""Provides BuildSettings: what a corpus is to hold, as `grue corpus build` is asked for it.

Knows nothing of how any of it is done.
"""

from dataclasses import dataclass
from typing import Literal

from corpus_scraper.documents.documents import CONTEXT_TOKENS
from dungeon.errors import InputRefused

Licences = Literal["permissive", "share-alike", "copyleft", "any"]
"""What is let in; each lets in what those before it do, and only `any` what is unknown."""

Person = Literal["told", "turned", "second"]
"""`told`: stories stay as they are told. `turned`: what the hero tells of himself is told to him.
`second`: turned, and what is then still not told to him is left out."""


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What a corpus is to hold. The same stories and settings make the same bytes."""

    licence: Licences = "permissive"
    """Which works may be in it, by what may be made of them."""
    person: Person = "told"
    """To whom its stories are told."""
    language: str = "en"
    """The language of its stories, a BCP 47 tag; its regions count as it."""
    seed: int = 0
    """What decides which works are held out."""
    context: int = CONTEXT_TOKENS
    """Tokens a document may read of its path before it learns; four characters count as one."""
    around_deeds: int = 0
    """Characters before and after a player's line that are learned; 0 means that all is."""
    branching_times: int = 1
    """How often stories that branch of themselves are learned, where others are learned once."""
    least_words: int = 50
    """Words a story must have."""
    similar: float = 0.8
    """The share of common word sequences from which two texts are the same one, 0.3 to 1."""
    max_work_share: float = 0.05
    """The most one work may be of what is learned, above 0 and up to 1."""
    held_out: float = 0.05
    """The share of validation, and that of test, between 0 and 0.4."""

    def __post_init__(self) -> None:
        _require(0 <= self.context <= 100_000, "--context is between 0 and 100,000 tokens.")
        _require(
            self.around_deeds == 0 or 50 <= self.around_deeds <= 100_000,
            "--around-deeds is between 50 and 100,000 characters, or 0 for all there is.",
        )
        _require(1 <= self.branching_times <= 4, "--branching-times is between 1 and 4.")
        _require(self.least_words >= 0, "--least-words cannot be negative.")
        _require(0.3 <= self.similar <= 1, "--similar is between 0.3 and 1.")
        _require(0 < self.max_work_share <= 1, "--max-work-share is above 0 and at most 1.")
        _require(0 <= self.held_out <= 0.4, "--held-out is between 0 and 0.4.")


def _require(fits: bool, sentence: str) -> None:
    if not fits:
        raise InputRefused(sentence)
