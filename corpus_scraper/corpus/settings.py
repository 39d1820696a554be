"""The settings of a corpus build."""

from dataclasses import dataclass
from typing import Literal

from corpus_scraper.documents.documents import CONTEXT_TOKENS
from dungeon.errors import InputRefused

Licences = Literal["permissive", "share-alike", "copyleft", "any"]
"""Licence classes to include; each includes the ones before it, and only `any` unknown ones."""

Perspective = Literal["keep", "convert", "second-only"]
"""`keep`: stories stay as they are. `convert`: first person becomes second person. `second-only`:
converted, and stories that are then not in second person are excluded."""


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """Settings of a build. The same stories and settings make the same bytes."""

    licence: Licences = "permissive"
    """Licences to include."""
    perspective: Perspective = "keep"
    """Narrative perspective of the stories."""
    language: str = "en"
    """Language to include, a BCP 47 tag; regions are ignored."""
    seed: int = 0
    """Seed of the split assignment."""
    context: int = CONTEXT_TOKENS
    """Context tokens (not trained on) before each training span, at four characters a token."""
    action_window: int = 0
    """Characters to train on before and after each action line; 0 for everything."""
    branching_weight: int = 1
    """How often branching stories are repeated; others are written once."""
    min_words: int = 50
    """Minimum words of a story."""
    dedup_threshold: float = 0.8
    """Treat passages as duplicates at or above this n-gram similarity, 0.3 to 1."""
    max_work_share: float = 0.05
    """Maximum share of one work in the trained text, above 0 and up to 1."""
    holdout_fraction: float = 0.05
    """Share of validation, and of test, between 0 and 0.4."""

    def __post_init__(self) -> None:
        _require(0 <= self.context <= 100_000, "--context must be between 0 and 100,000 tokens.")
        _require(
            self.action_window == 0 or 50 <= self.action_window <= 100_000,
            "--action-window must be between 50 and 100,000 characters, or 0 for everything.",
        )
        _require(1 <= self.branching_weight <= 4, "--branching-weight must be between 1 and 4.")
        _require(self.min_words >= 0, "--min-words must not be negative.")
        _require(0.3 <= self.dedup_threshold <= 1, "--dedup-threshold must be between 0.3 and 1.")
        _require(0 < self.max_work_share <= 1, "--max-work-share must be above 0 and at most 1.")
        _require(0 <= self.holdout_fraction <= 0.4, "--holdout-fraction must be between 0 and 0.4.")


def _require(fits: bool, sentence: str) -> None:
    if not fits:
        raise InputRefused(sentence)
