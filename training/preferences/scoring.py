"""Score only the replies of a batch, not their prompts, where trl scores every token.

trl projects each token of prompt and padding onto the vocabulary where there is no Triton, as on a
CPU. Where the model allows it, each prompt is read once for all of its replies, too
(docs/benchmarks.md has the times).
"""

import functools
from typing import Any

import torch
from trl.trainer.utils import FusedCausalLMOutput

from training.preferences.shared_prompts import IGNORE_INDEX, can_share_prompts, read_shared

_SCALED = (
    "final_logit_softcapping",
    "logit_scale",
    "logits_scaling",
    "output_multiplier",
    "lm_head_multiplier",
)
"""Settings of models that change their logits, which is left to trl."""


def score_replies_only(model: Any, *, share_prompts: bool = True) -> None:
    """Let `model`, which trl has given a fused head, score labelled tokens only, except on CUDA.

    Where `share_prompts` is true, and the model allows it, each prompt of a batch is read once.
    """
    config = model.config.get_text_config()
    if any(getattr(config, name, None) is not None for name in _SCALED):
        return
    fused_forward = model.forward

    @functools.cache
    def is_shared() -> bool:  # asked within the Trainer's autocast, where the types of weights fit
        return share_prompts and can_share_prompts(model)

    @functools.wraps(fused_forward)
    def forward(*args: Any, fused_lm_head: bool = False, labels: Any = None, **named: Any) -> Any:
        if not fused_lm_head or model.device.type == "cuda":
            return fused_forward(*args, fused_lm_head=fused_lm_head, labels=labels, **named)
        if not args and is_shared() and named.get("attention_mask") is not None:
            hidden = read_shared(model, named["input_ids"], named["attention_mask"], labels)
        else:
            hidden = model.base_model(*args, **named).last_hidden_state
        return _score(model.get_output_embeddings(), hidden[:, :-1], labels[:, 1:])

    model.forward = forward


def _score(lm_head: Any, hidden: torch.Tensor, labels: torch.Tensor) -> FusedCausalLMOutput:
    """Return the log-probabilities of `labels`, and what trl logs of them; 0 at ignored places.

    hidden is (batch, length, hidden_size), labels and every result are (batch, length).
    """
    mask = labels != IGNORE_INDEX
    logits = lm_head(hidden[mask]).float()  # (labelled, vocab_size)
    log_softmax = torch.log_softmax(logits, dim=-1)
    targets = labels[mask]
    log_probs = log_softmax.gather(-1, targets[:, None])[:, 0]
    with torch.no_grad():
        entropy = -(log_softmax.exp() * log_softmax).sum(dim=-1)
        is_top1 = logits.argmax(dim=-1) == targets

    def place(values: torch.Tensor) -> torch.Tensor:
        return values.new_zeros(mask.shape).masked_scatter(mask, values)

    return FusedCausalLMOutput(
        loss=-log_probs.sum() / max(len(targets), 1),
        log_probs=place(log_probs),
        entropy=place(entropy),
        mean_logits=place(logits.detach().mean(dim=-1)),
        is_top1=place(is_top1),
        label_mask=mask,
    )
