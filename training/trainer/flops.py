"""Count the FLOPs of a trained token, and look up a device's peak: together they give the MFU."""

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
"""Dense half-precision FLOP/s from the manufacturers' data sheets; the first match counts."""


def flops_per_token(model: Any, max_seq_length: int) -> float:
    """Return the FLOPs of one trained token, forward and backward.

    6 per parameter of a matrix multiplication, and 12 · layers · hidden size · sequence length for
    attention (PaLM, arXiv 2204.02311, appendix B, as nanoGPT counts). Positions are lookups only. A
    frozen parameter costs 4: it has no gradient of its own.
    """
    config = model.config.get_text_config()
    lookups = getattr(config, "n_positions", 0) * config.hidden_size
    if not getattr(config, "tie_word_embeddings", True):
        lookups += config.vocab_size * config.hidden_size  # the input embedding multiplies nothing
    weights = sum(p.numel() * (6 if p.requires_grad else 4) for p in model.parameters())
    attention = 12 * config.num_hidden_layers * config.hidden_size * max_seq_length
    return float(weights - 6 * lookups + attention)


def peak_flops(device_name: str) -> float | None:
    """Return the peak FLOP/s of a device; None where it is not known."""
    return next((flops for name, flops in _PEAKS.items() if name in device_name), None)
