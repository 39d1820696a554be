"""The tokens that may be sampled: what top_n_sigma, top_k, typical_p, top_p, min_p, XTC leave."""

import numpy as np
import numpy.typing as npt

from dungeon.generator.penalties import Logits
from dungeon.settings.sampling import Sampling

TokenIds = npt.NDArray[np.intp]
"""(candidates,)"""

Probabilities = npt.NDArray[np.float64]
"""(candidates,), of the tokens beside them"""

_MOST_LIKELY_FOR_XTC = 0.5
"""Above this threshold there cannot be two likely tokens, and XTC does nothing."""


def find_candidates(logits: Logits, sampling: Sampling) -> tuple[TokenIds, Probabilities]:
    """Return the token ids that all settings but XTC leave, likeliest first, and their
    probabilities before temperature, relative to the sum of what top_k and typical_p leave.
    """
    tokens = np.arange(len(logits))
    possible = logits > -np.inf
    if not possible.all():  # guided: a handful, and what follows costs by their number
        tokens, logits = tokens[possible], logits[possible]
    if sampling.top_n_sigma > 0:
        near = logits >= logits.max() - sampling.top_n_sigma * logits.std(dtype=np.float64)
        tokens, logits = tokens[near], logits[near]
    if 0 < sampling.top_k < len(logits):
        likeliest = np.argpartition(logits, -sampling.top_k)[-sampling.top_k :]
        tokens, logits = tokens[likeliest], logits[likeliest]
    if sampling.typical_p < 1:
        typical = _typical(logits, sampling.typical_p)
        tokens, logits = tokens[typical], logits[typical]
    weights = np.exp(logits - logits.max())
    total = weights.sum(dtype=np.float64)
    if sampling.min_p > 0:  # before top_p, so that less is sorted; the result is the same
        is_likely = weights >= sampling.min_p
        tokens, weights = tokens[is_likely], weights[is_likely]
    order = np.argsort(-weights, kind="stable")
    tokens, probabilities = tokens[order], weights[order].astype(np.float64) / total
    if sampling.top_p < 1:
        count = int((probabilities.cumsum() < sampling.top_p).sum()) + 1
        tokens, probabilities = tokens[:count], probabilities[:count]
    return tokens, probabilities


def _typical(logits: Logits, share: float) -> npt.NDArray[np.intp]:
    """Return the positions of the tokens whose surprise is nearest to the entropy, up to `share` of
    the probability.
    """
    probabilities = softmax(logits)
    with np.errstate(divide="ignore"):
        surprise = -np.log(probabilities)  # of what underflowed to 0, infinite
    possible = probabilities > 0
    entropy = float((probabilities[possible] * surprise[possible]).sum())
    order = np.argsort(np.abs(surprise - entropy), kind="stable")
    count = int((probabilities[order].cumsum() <= share).sum()) + 1
    return order[:count]


def exclude_top_choices(
    tokens: TokenIds, probabilities: Probabilities, threshold: float
) -> tuple[TokenIds, Probabilities]:
    """Return the candidates without those that XTC excludes: all that are likely, but the least
    likely of them.
    """
    if threshold > _MOST_LIKELY_FOR_XTC:
        return tokens, probabilities
    likely = int((probabilities / probabilities.sum() >= threshold).sum())
    first = max(likely - 1, 0)
    return tokens[first:], probabilities[first:]


def softmax(logits: Logits) -> Probabilities:
    """Return the probabilities for logits, both (candidates,)."""
    weights = np.exp(logits.astype(np.float64) - float(logits.max()))
    result: Probabilities = weights / weights.sum()
    return result
