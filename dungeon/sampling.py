"""Provides the sampling settings, under llama.cpp's names, and the presets a player chooses from.

Knows nothing of engines: each one translates what it can.
"""

from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from dungeon.errors import InputRefused


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. Every field is one of llama.cpp's request parameters."""

    temperature: float = 0.7
    """Spread of the distribution; 0 always takes the likeliest token."""
    top_k: int = 0
    """Only the k likeliest tokens; 0 means all."""
    top_p: float = 0.95
    """Only the likeliest tokens that make up this much probability."""
    min_p: float = 0.1
    """Only tokens at least this likely relative to the likeliest (arXiv 2407.01082)."""
    repeat_penalty: float = 1.08
    """Divides the logits of recent tokens; 1 means off."""
    repeat_last_n: int = 256
    """How many tokens back count as recent."""
    dry_multiplier: float = 0.8
    """Strength of the penalty on repeating a sequence word for word; 0 means off."""
    dry_allowed_length: int = 3
    """Sequences up to this many tokens may be repeated freely."""

    def document(self) -> dict[str, Any]:
        """Return the settings as a JSON-ready dictionary."""
        return asdict(self)

    def stronger(self, attempt: int) -> "Sampling":
        """Return settings that break a loop: livelier and harder on repeats with each attempt."""
        return replace(
            self,
            temperature=min(self.temperature + 0.15 * attempt, 1.3),
            repeat_penalty=self.repeat_penalty + 0.05 * attempt,
            dry_multiplier=self.dry_multiplier + 0.6 * attempt,
            dry_allowed_length=2,
        )


PRESETS = MappingProxyType(
    {
        "storyteller": Sampling(),
        "steady": Sampling(temperature=0.5, top_p=0.9),
        "wild": Sampling(temperature=1.1, top_p=0.98, min_p=0.05),
        "classic": Sampling(  # what the game of 2019 used, with today's guard against loops
            temperature=0.4, top_k=40, top_p=0.9, min_p=0.0
        ),
    }
)
"""The named settings a player chooses from; the first is the default."""


def preset(name: str) -> Sampling:
    """Return the preset called `name`.

    Raises InputRefused, naming those there are, where none is called so.
    """
    if name not in PRESETS:
        raise InputRefused(
            f"There is no sampling preset {name!r}. Choose one of: {', '.join(PRESETS)}."
        )
    return PRESETS[name]
