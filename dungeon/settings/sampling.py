"""The sampling settings, under llama.cpp's names, and their defaults.

Each generator translates those its engine has.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

GUIDANCE_OFF = 1.0
"""The guidance scale at which the distribution is the model's own."""

DRY_BREAKERS = ("\n", '"')
"""Text over which no repeated sequence reaches. For each, llama.cpp looks through its vocabulary at
every request, which takes 4 ms; its default has a colon and an asterisk, too, rare in stories."""

DRY_LAST_N = 32_768
"""How many tokens back a repeated sequence is looked for by default: the whole prompt, where
llama.cpp would look at 64 tokens."""

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
    typical_p: float = 1.0
    """Only the tokens whose surprise is nearest to what is expected, up to this cumulative
    probability (arXiv 2202.00666); 1 means off."""
    top_n_sigma: float = 0.0
    """Only tokens whose logit is within this many standard deviations of the highest (arXiv
    2411.07641); 0 means off."""
    xtc_probability: float = 0.0
    """The probability with which all likely tokens but the least likely of them are excluded
    ("exclude top choices"); 0 means off."""
    xtc_threshold: float = 0.1
    """Tokens at least this probable count as likely for XTC."""
    dynatemp_range: float = 0.0
    """By how much the temperature follows the entropy, below and above; 0 means off."""
    dynatemp_exponent: float = 1.0
    """The exponent by which the entropy becomes the temperature."""
    mirostat: int = 0
    """1 or 2 samples by Mirostat of that version (arXiv 2007.14966), for which only the temperature
    counts of the other settings; 0 means off."""
    mirostat_tau: float = 5.0
    """The surprise in bits that Mirostat aims at."""
    mirostat_eta: float = 0.1
    """How fast Mirostat adapts."""
    adaptive_target: float = 0.0
    """The average probability of sampled tokens that adaptive-p aims at; 0 means off."""
    adaptive_decay: float = 0.9
    """How much of its memory adaptive-p keeps at each token."""
    repeat_penalty: float = 1.0
    """Divides the logits of recent tokens; 1 means off. It also pushes replies away from the people
    and things of the story, so that fewer make sense (docs/adapter.md)."""
    repeat_last_n: int = 256
    """How many tokens back count as recent."""
    frequency_penalty: float = 0.0
    """Subtracted from the logit of a recent token for each time it occurs."""
    presence_penalty: float = 0.0
    """Subtracted from the logit of a token that occurs at all."""
    dry_multiplier: float = 0.8
    """Strength of the penalty on repeating a sequence word for word; 0 means off."""
    dry_allowed_length: int = 3
    """Sequences up to this many tokens may be repeated freely."""
    dry_base: float = 1.75
    """The factor of that penalty for each further token of a repeated sequence."""
    dry_penalty_last_n: int = DRY_LAST_N
    """How many tokens back a repeated sequence is looked for; 0 means nowhere."""
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
