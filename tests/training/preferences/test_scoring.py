"""Scoring the replies only gives what trl gives."""

from typing import Any

import torch
from trl.trainer.utils import add_fused_lm_head

from tests.rows import every_row
from tests.training import small_models
from training.preferences.scoring import score_replies_only

FIELDS = ("log_probs", "entropy", "mean_logits", "is_top1")


def replies_only(model: Any) -> None:
    score_replies_only(model, share_prompts=False)


@every_row("build", [small_models.llama, small_models.gpt2])
def test_the_scores_and_gradients_are_those_of_trl(build: Any) -> None:
    results = []
    for patch in (lambda model: None, replies_only, score_replies_only):
        model = build()
        add_fused_lm_head(model, outputs=FIELDS)
        patch(model)
        ids = torch.arange(24).reshape(2, 12)
        ids[1, :7] = ids[0, :7]  # two replies to one prompt
        labels = ids.masked_fill(torch.arange(12) < 7, -100)
        output = model(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            labels=labels,
            use_cache=False,
            fused_lm_head=True,
        )
        output.log_probs.sum().backward()
        gradient = model.get_input_embeddings().weight.grad
        results.append([*(getattr(output, name).detach().float() for name in FIELDS), gradient])
    for theirs, *ours in zip(*results, strict=True):
        for result in ours:
            torch.testing.assert_close(result, theirs, rtol=1e-4, atol=1e-5)


def test_a_model_that_scales_its_logits_is_left_to_trl() -> None:
    model = small_models.llama()
    model.config.final_logit_softcapping = 30.0
    add_fused_lm_head(model)
    forward = model.forward
    score_replies_only(model)
    assert model.forward == forward
