"""The loss of preference tuning: DPO, and how much of other losses is added to it."""

from dataclasses import asdict, dataclass
from typing import Any

BETA = 0.1
"""How strongly the model is held to its base: the value of Rafailov et al. 2023 (arXiv 2305.18290).
"""

SFT_WEIGHT = 0.0

LM_WEIGHT = 1.0
"""The weight of a corpus, where there is one."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What is asked for; None means the default, or what the resumed run has."""

    beta: float | None = None
    """How strongly the model is held to its base; less changes more."""
    sft_weight: float | None = None
    """Weight of the mean negative log-likelihood of the chosen replies, next to the DPO loss: DPO
    alone may make chosen replies less likely, as long as rejected ones become so even faster (Pang
    et al. 2024, arXiv 2404.19733)."""
    lm_weight: float | None = None
    """Weight of the mean negative log-likelihood of a corpus, in nats per token; only where there
    is one."""

    def asked(self) -> dict[str, float]:
        """Return what is not None, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def filled(self, *, has_text: bool) -> dict[str, float]:
        """Return every value by name, with the defaults; `has_text` where there is a corpus."""
        defaults = {"beta": BETA, "sft_weight": SFT_WEIGHT}
        return defaults | ({"lm_weight": LM_WEIGHT} if has_text else {}) | self.asked()


def loss_arguments(beta: float, sft_weight: float) -> dict[str, Any]:
    """Return the objective as arguments of trl's DPOConfig."""
    if not sft_weight:
        return {"beta": beta}
    return {"beta": beta, "loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, sft_weight]}
