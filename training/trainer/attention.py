"""Provides attention that keeps the documents of a packed row apart, and the proof that it does.

`documents` is registered with transformers as one more kind of attention: no mask is built, so on
CUDA the variable-length flash kernel runs over all documents of a batch at once. On a processor,
which has no such kernel, each document is attended to by itself, which also saves work. A model
whose attention cannot be replaced is tried with a mask; where even that mixes documents, each gets
a row of its own. Knows nothing of rows or training.
"""

from itertools import pairwise
from typing import Any, Literal

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward

NAME = "documents"
"""What the attention is called in a model's configuration while it trains."""

Isolation = Literal["documents", "mask", "rows"]
"""How documents are kept apart: by this attention, by a mask in the model's own, by rows."""

States = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Query, key and value of every token: (tokens, heads, size of a head)."""

_HALF = (torch.float16, torch.bfloat16)


def documents_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    *,
    scaling: float | None = None,
    cu_seq_lens_q: torch.Tensor | None = None,
    max_length_q: int | None = None,
    **rest: Any,
) -> tuple[torch.Tensor, None]:
    """Attend causally within each document. Shapes in: (batch, heads, width, size of a head).

    Without borders, as in generation, it is the ordinary attention. Dropout of attention weights is
    left out: the kernels have none, and a fine-tuning of a few epochs misses nothing.
    """
    if cu_seq_lens_q is None or max_length_q is None or query.shape[2] != key.shape[2]:
        rest = {name: rest[name] for name in ("is_causal",) if name in rest}
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **rest
        )
    batch, heads, width, size = query.shape
    if query.is_cuda:
        states = _flat(query), _flat(key), _flat(value)
        mixed = _varlen(states, cu_seq_lens_q, max_length_q, scaling)
    else:
        groups = heads // key.shape[1]
        states = _flat(query), _flat(repeat_kv(key, groups)), _flat(repeat_kv(value, groups))
        mixed = _one_by_one(states, cu_seq_lens_q.tolist(), scaling)
    return mixed.view(batch, width, heads, size), None


def isolate(model: Any, *, replace: bool = True, trial: bool = True) -> Isolation:
    """Make `model` keep documents apart in the best way it can, and return which that is.

    `replace` says whether the device has a kernel for the attention of this module. The way is not
    believed but tried: the first document is changed, and the second must not move.
    """
    model.config.use_cache = False
    if replace and _replaceable(model):
        model.set_attn_implementation(NAME)
        if not trial or apart(model):
            return "documents"
    if getattr(model, "_supports_sdpa", False):
        model.set_attn_implementation("sdpa")
    return "mask" if not trial or apart(model) else "rows"


@torch.no_grad()
def apart(model: Any) -> bool:
    """Whether changing one document of a row leaves what is predicted in the next one unmoved."""
    length = 8
    device = next(model.parameters()).device
    ids = torch.arange(2 * length, device=device).unsqueeze(0) % model.config.vocab_size
    other = ids.clone()
    other[:, :length] = ids[:, :length].flip(1)
    borders = torch.tensor([0, length, 2 * length], dtype=torch.int32, device=device)
    positions = torch.arange(length, device=device).repeat(2).unsqueeze(0)
    training = model.training
    model.eval()
    inputs = {"position_ids": positions, "cu_seq_lens_q": borders, "max_length_q": 2 * length}
    try:
        first, second = (
            model(input_ids=row, use_cache=False, **inputs).logits[:, length:]
            for row in (ids, other)
        )
    except TypeError:  # it has never heard of positions
        return False
    finally:
        model.train(training)
    return bool(torch.equal(first, second))


def _replaceable(model: Any) -> bool:
    """Whether the model takes another attention, and needs nothing of it that this one lacks."""
    config = model.config.get_text_config()
    heads = getattr(config, "num_attention_heads", 0) or 1
    size = getattr(config, "head_dim", None) or config.hidden_size // heads
    return (
        bool(getattr(model, "_supports_attention_backend", False))
        and size % 8 == 0  # what the flash kernel asks of a head
        and size <= 256
        and not getattr(config, "sliding_window", None)
        and not getattr(config, "attn_logit_softcapping", None)
    )


def _flat(states: torch.Tensor) -> torch.Tensor:
    """Return the states of all rows after one another: (tokens, heads, size)."""
    return states.transpose(1, 2).flatten(0, 1)


def _varlen(
    states: States, borders: torch.Tensor, longest: int, scaling: float | None
) -> torch.Tensor:
    from torch.nn.attention.varlen import varlen_attn  # its operators are for CUDA

    query, key, value = states
    kind = query.dtype
    if kind not in _HALF:  # the kernel knows no other; a measurement without autocast is one case
        query, key, value = query.bfloat16(), key.bfloat16(), value.bfloat16()
    mixed = varlen_attn(
        query,
        key,
        value,
        borders,
        borders,
        longest,
        longest,
        scale=scaling,
        window_size=(-1, 0),  # causal
        enable_gqa=query.shape[1] != key.shape[1],
    )
    assert isinstance(mixed, torch.Tensor)  # noqa: S101 - else the log-sum-exp was asked for
    return mixed.to(kind)


def _one_by_one(states: States, borders: list[int], scaling: float | None) -> torch.Tensor:
    mixed = []
    for start, end in pairwise(borders):
        if end == start:
            continue
        query, key, value = (each[start:end].transpose(0, 1).unsqueeze(0) for each in states)
        part = scaled_dot_product_attention(query, key, value, is_causal=True, scale=scaling)
        mixed.append(part.squeeze(0).transpose(0, 1))
    return torch.cat(mixed)


AttentionInterface.register(NAME, documents_attention)
