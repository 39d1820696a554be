"""Provides the arithmetic of speed: what a token costs, and what a device could do at best.

Knows nothing of clocks or of training.
"""

from typing import Any

_PEAKS = {
    "B200": 2250e12,
    "GH200": 989e12,
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "L4": 121e12,
    "A10G": 70e12,
    "A10": 125e12,
    "A6000": 155e12,
    "RTX 4090": 165e12,
    "RTX 3090": 71e12,
    "V100": 125e12,
    "T4": 65e12,
}
"""Dense half-precision FLOP a second, from the makers' data sheets; the first name found counts."""


def flop_per_token(model: Any, width: int) -> float:
    """Return the FLOP that one token of training costs, forward and backward.

    6 for each parameter that multiplies, and 12 · layers · hidden · width for attention (PaLM,
    arXiv 2204.02311, appendix B, as nanoGPT counts). Positions are only looked up. A frozen
    parameter costs 4: no gradient is computed for it, only the way back through it.
    """
    config = model.config.get_text_config()
    looked_up = getattr(config, "n_positions", 0) * config.hidden_size
    weights = sum(p.numel() * (6 if p.requires_grad else 4) for p in model.parameters())
    if not getattr(config, "tie_word_embeddings", True):
        looked_up += config.vocab_size * config.hidden_size  # the input's matrix multiplies nothing
    attention = 12 * config.num_hidden_layers * config.hidden_size * width
    return float(weights - 6 * looked_up + attention)


def peak(device_name: str) -> float | None:
    """Return the FLOP a second that a device could do at best; None where nobody knows."""
    return next((flop for name, flop in _PEAKS.items() if name in device_name), None)
