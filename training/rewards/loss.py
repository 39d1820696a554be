"""The loss of a reward model: each score as its next token, and the order of replies to a prompt.

The ranking loss is that of reward models for RLHF (Ouyang et al. 2022, arXiv 2203.02155), with the
expected score as the reward, and a weight for how far apart the scores are.
"""

import torch
from torch.nn.functional import cross_entropy, softplus

_SLOPE = 2.0
"""By what a difference of expected scores is multiplied: they differ by 4 at most, the rewards of
other ranking losses by any number."""

_MAX_DIFFERENCE = 2
"""A difference of scores counts at most so much: beyond it, both are clear already."""


def expected_scores(logits: torch.Tensor) -> torch.Tensor:
    """Return the mean score under the probabilities of the five: (replies, 5) to (replies,)."""
    values = torch.arange(logits.shape[-1], dtype=logits.dtype, device=logits.device)
    return logits.softmax(dim=-1) @ values


def reward_loss(logits: torch.Tensor, scores: torch.Tensor, ranking_weight: float) -> torch.Tensor:
    """Return the loss of the replies to one prompt, a number.

    `logits` are (replies, 5) float32, of the tokens of the scores; `scores` are (replies,) int64.
    """
    loss = cross_entropy(logits, scores)
    differences = scores[:, None] - scores[None, :]
    is_pair = differences > 0  # the first one is the better one
    if not ranking_weight or not is_pair.any():
        return loss
    expected = expected_scores(logits)
    margins = expected[:, None] - expected[None, :]
    losses = softplus(-_SLOPE * margins) * differences.clamp(max=_MAX_DIFFERENCE)
    return loss + ranking_weight * losses[is_pair].mean()
