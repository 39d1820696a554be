"""Add to the logits of tokens, as `logit_bias` does in llama.cpp and in OpenAI's API."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from dungeon.generator.penalties import Logits

LogitBias = Mapping[int, float]
"""What is added to the logit of each token id: above 0 it becomes likelier."""

NO_BIAS: LogitBias = MappingProxyType({})


def add_logit_bias(logits: Logits, bias: LogitBias) -> Logits:
    """Return the logits, (vocabulary,), with the biases added; the same array for none."""
    if not bias:
        return logits
    biased = logits.copy()
    biased[list(bias)] += np.fromiter(bias.values(), np.float32, len(bias))
    return biased
