"""Classifier-free guidance for language models (Sanchez et al. 2023, arXiv 2306.17806).

The same text is continued after two prompts, one with the player's action (conditional) and one
without (unconditional), and each token is drawn from a distribution that leans towards what the
action makes likelier.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

LogProbs = npt.NDArray[np.float32]
"""(tokens,), natural logarithms of probabilities"""

PLAUSIBLE_RANGE = 4.0
"""Tokens whose conditional log-probability is further below the best are left out: guidance must
not make a token likely that the model thinks impossible."""

_BEST_LOGIT = 16.0
"""What the likeliest token is shifted to: the repeat penalty divides logits, and log-probabilities
have lost the level of theirs. About what the default model gives its likeliest token."""


def guided_logits(conditional: LogProbs, unconditional: LogProbs, scale: float) -> LogProbs:
    """Return `u + scale * (c - u)` as logits, -inf for tokens that are implausible."""
    plausible = conditional >= conditional.max() - PLAUSIBLE_RANGE
    c, u = conditional[plausible], unconditional[plausible]
    values = u + np.float32(scale) * (c - u)
    logits = np.full(conditional.shape, -np.inf, np.float32)
    logits[plausible] = values - values.max() + np.float32(_BEST_LOGIT)
    return logits


def guided_logits_of_likeliest(
    conditional: Mapping[int, float],
    unconditional: Mapping[int, float],
    scale: float,
    vocabulary: int,
) -> LogProbs:
    """Return the guided logits, (vocabulary,), of the likeliest tokens of either prompt.

    A token that is not among the likeliest without the action counts as likely there as the last
    of them.
    """
    floor = min(unconditional.values())
    ids = np.fromiter(conditional, np.intp, len(conditional))  # (likeliest,)
    c = np.fromiter(conditional.values(), np.float32, len(conditional))
    u = np.array([unconditional.get(token, floor) for token in conditional], np.float32)
    logits = np.full(vocabulary, -np.inf, np.float32)
    logits[ids] = guided_logits(c, u, scale)
    return logits


def log_softmax(logits: npt.NDArray[np.float32]) -> LogProbs:
    """Return the log-probabilities for logits, (vocabulary,)."""
    shifted = logits - logits.max()
    result: LogProbs = shifted - np.log(np.exp(shifted).sum(dtype=np.float64)).astype(np.float32)
    return result
