"""Keep the documents of a packed row apart in attention, and check that a model does so.

`documents` is registered with transformers as an attention implementation. It builds no mask: on
CUDA a variable-length flash kernel handles all documents of a batch at once; on a CPU, which has no
such kernel, each document is attended to separately. A model whose attention cannot be replaced
gets a mask; where documents still mix, every document gets a row of its own.
"""

from itertools import pairwise
from typing import Any, Literal

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward

NAME = "documents"
"""The name of the attention implementation in a model's configuration."""

Isolation = Literal["documents", "mask", "rows"]
"""How documents are kept apart: by this attention, by a mask, or by separate rows."""

QKV = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Query, key and value of the flattened batch, each (tokens, heads, head_dim)."""

_HALF_PRECISION = (torch.float16, torch.bfloat16)


def document_attention(
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
    """Attend causally within each document.

    `query` is (batch, heads, length, head_dim), `key` and `value` are (batch, kv_heads, length,
    head_dim), all of one floating dtype; the result is (batch, length, heads, head_dim) in that
    dtype. `cu_seq_lens_q` is int32: where documents start in the flattened batch, then the total.

    Without `cu_seq_lens_q`, as in generation, this is ordinary causal attention. There is no
    attention dropout, which the kernels lack and a few epochs of fine-tuning do not need.
    """
    if cu_seq_lens_q is None or max_length_q is None or query.shape[2] != key.shape[2]:
        rest = {name: rest[name] for name in ("is_causal",) if name in rest}
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, **rest
        )
    batch, heads, length, head_dim = query.shape
    if query.is_cuda:
        qkv = _flatten(query), _flatten(key), _flatten(value)
        output = _varlen_attention(qkv, cu_seq_lens_q, max_length_q, scaling)
    else:
        groups = heads // key.shape[1]
        qkv = _flatten(query), _flatten(repeat_kv(key, groups)), _flatten(repeat_kv(value, groups))
        output = _uncompiled_attention(qkv, cu_seq_lens_q.tolist(), scaling)
    return output.view(batch, length, heads, head_dim), None


def isolate_documents(
    model: Any, *, has_varlen_attention: bool = True, verify: bool = True
) -> Isolation:
    """Set the attention of `model` so that documents do not mix, and return how that is done.

    `has_varlen_attention` says whether the device can run `document_attention`. With `verify` the
    model is tested by `is_isolated`.
    """
    model.config.use_cache = False
    if has_varlen_attention and _can_replace_attention(model):
        model.set_attn_implementation(NAME)
        if not verify or is_isolated(model):
            return "documents"
    if getattr(model, "_supports_sdpa", False):
        model.set_attn_implementation("sdpa")
    return "mask" if not verify or is_isolated(model) else "rows"


@torch.no_grad()
def is_isolated(model: Any) -> bool:
    """Whether changing a document leaves the logits of the next one in its row exactly equal.

    The test batch is (1, 2 · length) int64: two documents of `length` tokens.
    """
    length = 8
    device = next(model.parameters()).device
    ids = torch.arange(2 * length, device=device).unsqueeze(0) % model.config.vocab_size
    changed = ids.clone()
    changed[:, :length] = ids[:, :length].flip(1)
    cu_seq_lens = torch.tensor([0, length, 2 * length], dtype=torch.int32, device=device)
    positions = torch.arange(length, device=device).repeat(2).unsqueeze(0)
    was_training = model.training
    model.eval()
    inputs = {"position_ids": positions, "cu_seq_lens_q": cu_seq_lens, "max_length_q": 2 * length}
    try:
        before, after = (
            model(input_ids=row, use_cache=False, **inputs).logits[:, length:]
            for row in (ids, changed)
        )
    except TypeError:  # the model takes no position ids
        return False
    finally:
        model.train(was_training)
    return bool(torch.equal(before, after))


def _can_replace_attention(model: Any) -> bool:
    """Whether the model accepts another attention, and needs no feature that this one lacks."""
    config = model.config.get_text_config()
    heads = getattr(config, "num_attention_heads", 0) or 1
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // heads
    return (
        bool(getattr(model, "_supports_attention_backend", False))
        and head_dim % 8 == 0  # a requirement of the flash kernel
        and head_dim <= 256
        and not getattr(config, "sliding_window", None)
        and not getattr(config, "attn_logit_softcapping", None)
    )


def _flatten(states: torch.Tensor) -> torch.Tensor:
    """(batch, heads, length, head_dim) to (tokens, heads, head_dim), the rows one after another."""
    return states.transpose(1, 2).flatten(0, 1)


def _varlen_attention(
    qkv: QKV, cu_seq_lens: torch.Tensor, max_length: int, scaling: float | None
) -> torch.Tensor:
    """Return (tokens, heads, head_dim) in the query's dtype; the kernel runs in half precision."""
    from torch.nn.attention.varlen import varlen_attn  # its operators exist on CUDA only

    query, key, value = qkv
    dtype = query.dtype
    if dtype not in _HALF_PRECISION:  # in an evaluation without autocast, for one
        query, key, value = query.bfloat16(), key.bfloat16(), value.bfloat16()
    output = varlen_attn(
        query,
        key,
        value,
        cu_seq_lens,
        cu_seq_lens,
        max_length,
        max_length,
        scale=scaling,
        window_size=(-1, 0),  # causal
        enable_gqa=query.shape[1] != key.shape[1],
    )
    assert isinstance(output, torch.Tensor)  # noqa: S101 - it is a tuple only with return_aux
    return output.to(dtype)


def _attention_per_document(
    qkv: QKV, cu_seq_lens: list[int], scaling: float | None
) -> torch.Tensor:
    """Return (tokens, heads, head_dim), one call of SDPA per document.

    The tensors are split, not sliced: the gradient of a slice is a whole tensor of zeros.
    """
    lengths = [end - start for start, end in pairwise(cu_seq_lens)]
    documents = (each.transpose(0, 1).unsqueeze(0).split(lengths, dim=2) for each in qkv)
    outputs = [
        scaled_dot_product_attention(query, key, value, is_causal=True, scale=scaling)
        for query, key, value in zip(*documents, strict=True)
        if query.shape[2]
    ]
    return torch.cat(outputs, dim=2).squeeze(0).transpose(0, 1)


_uncompiled_attention: Any = torch.compiler.disable(_attention_per_document)
"""The lengths differ in every batch, and each would be compiled anew."""

AttentionInterface.register(NAME, document_attention)
