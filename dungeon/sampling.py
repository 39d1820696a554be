"""The sampling settings, under llama.cpp's names, and the presets a player chooses from.

Each generator translates those its engine has.
"""

from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any

from dungeon.errors import InputRefused

GUIDANCE_OFF = 1.0
"""The guidance scale at which the distribution is the model's own."""

DRY_BREAKERS = ("\n", ":", '"', "*")
"""Text over which no repeated sequence reaches: the default of llama.cpp."""

MAX_GUIDANCE = 3.0
"""The strongest guidance that may be chosen; a model writes nonsense long before."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is sampled. All but `guidance` are request parameters of llama.cpp."""

    temperature: float = 0.5
    """Flattens the distribution where above 1, sharpens it below; 0 is greedy."""
    top_k: int = 0
    """Only the k likeliest tokens; 0 means all."""
    top_p: float = 0.95
    """Only the likeliest tokens, up to this cumulative probability."""
    min_p: float = 0.1
    """Only tokens at least this probable relative to the likeliest (arXiv 2407.01082)."""
    repeat_penalty: float = 1.0
    """Divides the logits of recent tokens; 1 means off. It also pushes replies away from the people
    and things of the story, so that fewer make sense (docs/adapter.md)."""
    repeat_last_n: int = 256
    """How many tokens back count as recent."""
    dry_multiplier: float = 0.8
    """Strength of the penalty on repeating a sequence word for word; 0 means off."""
    dry_allowed_length: int = 3
    """Sequences up to this many tokens may be repeated freely."""
    guidance: float = GUIDANCE_OFF
    """How strongly a reply follows the player's action: the scale of classifier-free guidance
    (arXiv 2306.17806); 1 means off."""

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a JSON-ready dictionary."""
        return asdict(self)

    def with_stronger_penalties(self, attempt: int) -> "Sampling":
        """Return settings that break a loop: hotter and harder on repetition with each attempt."""
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
        "steady": Sampling(temperature=0.3, top_p=0.9),
        "wild": Sampling(temperature=1.1, top_p=0.98, min_p=0.05),
        "classic": Sampling(  # what the game of 2019 used, with today's penalties on repetition
            temperature=0.4, top_k=40, top_p=0.9, min_p=0.0
        ),
    }
)
"""The named settings a player chooses from; the first is the default."""


def change_preset(sampling: Sampling, name: str) -> Sampling:
    """Return the preset called `name` with the guidance of `sampling`, which suits the model.

    Raises InputRefused as `get_preset` does.
    """
    return replace(get_preset(name), guidance=sampling.guidance)


def get_preset(name: str) -> Sampling:
    """Return the preset called `name`.

    Raises InputRefused, listing the presets, where there is none of that name.
    """
    if name not in PRESETS:
        raise InputRefused(
            f"There is no sampling preset {name!r}. Choose one of: {', '.join(PRESETS)}."
        )
    return PRESETS[name]
