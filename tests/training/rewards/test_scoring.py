"""Reading the prompt once for all replies gives the loss and gradients of reading each of them."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy, softplus

from dungeon.generator.reward_prompt import reward_prompt
from tests.rows import every_row
from tests.training import small_models
from training.replies.shared_prompts import can_share_prompts
from training.rewards.encoding import encode_situations, score_ids
from training.rewards.loss import reward_loss
from training.rewards.scored_replies import ScoredReply, Situation
from training.rewards.scoring import Scorer, collate
from training.trainer.model_setup import PreparedModel, prepare_model
from training.trainer.plan import EMPTY_PLAN

PLAN = replace(
    EMPTY_PLAN, method="lora", lora_rank=4, lora_alpha=8, lora_target_modules="all-linear"
)
SITUATIONS = [
    Situation(
        "You see a door.\n\n> You knock.",
        (ScoredReply("It opens.", 4), ScoredReply("Rain runs down it.", 0), ScoredReply("No.", 3)),
    ),
    Situation("A bell.\n\n> You wait.", (ScoredReply("It rings twice.", 2),)),
]


def prepare(build: Any) -> PreparedModel:
    """Return a model whose adapter changes something."""
    torch.manual_seed(1)
    prepared = prepare_model(build(), PLAN)
    for name, parameter in prepared.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.05)
    return prepared


def direct_loss(prepared: PreparedModel, words: Any) -> torch.Tensor:
    """Return the loss by the formula, each text read by itself and all logits computed."""
    losses = []
    for situation in SITUATIONS:
        logits = []
        for reply in situation.replies:
            ids = words(reward_prompt(situation.prompt, reply.text))["input_ids"]
            last = prepared.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1]
            logits.append(last[[words.encode(each)[0] for each in "01234"]])
        scores = torch.tensor([reply.score for reply in situation.replies])
        loss = cross_entropy(torch.stack(logits), scores)
        expected = torch.stack(logits).softmax(-1) @ torch.arange(5.0)
        pairs = [
            softplus(-2 * (expected[i] - expected[j])) * min(int(scores[i] - scores[j]), 2)
            for i in range(len(scores))
            for j in range(len(scores))
            if scores[i] > scores[j]
        ]
        losses.append(loss + (torch.stack(pairs).mean() if pairs else 0))
    return torch.stack(losses).mean()


def loss_of(scorer: Scorer, words: Any) -> torch.Tensor:
    batch = collate(encode_situations(SITUATIONS, words, max_seq_length=128))
    counts = batch["reply_counts"].tolist()
    parts = zip(scorer.logits(batch).split(counts), batch["scores"].split(counts), strict=True)
    return torch.stack([reward_loss(logits, scores, 1.0) for logits, scores in parts]).mean()


def gradients(prepared: PreparedModel, loss: torch.Tensor) -> list[torch.Tensor]:
    prepared.model.zero_grad()
    loss.backward()
    trained = (each for each in prepared.model.parameters() if each.requires_grad)
    return [each.grad.clone() for each in trained if each.grad is not None]


@every_row(("build", "pre"), [(small_models.llama, "smollm"), (small_models.gpt2, "gpt-2")])
@every_row("way", ["shared", "each", "whole"])
def test_loss_and_gradients_are_those_of_reading_each_text(
    build: Any, pre: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, prepared = small_models.tokenizer(pre), prepare(build)
    assert can_share_prompts(prepared.model.get_base_model())
    wanted = direct_loss(prepared, words)
    expected = gradients(prepared, wanted)
    if way == "whole":  # as a model is read that scales or caps its logits
        prepared = replace(prepared, chunked_loss=None)
    with monkeypatch.context() as patched:
        if way == "each":
            patched.setattr("training.rewards.scoring.can_share_prompts", lambda _model: False)
        found = loss_of(Scorer(prepared, score_ids(words)), words)
    assert float(found.detach()) == pytest.approx(float(wanted.detach()), rel=1e-4)
    for ours, theirs in zip(gradients(prepared, found), expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5)


def test_the_prompt_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    words, prepared = small_models.tokenizer("smollm"), prepare(small_models.llama)
    scorer = Scorer(prepared, score_ids(words))
    encoded = encode_situations(SITUATIONS, words, max_seq_length=128)
    loss_of(scorer, words)  # with the check whether prompts can be shared
    inner, lengths = prepared.model.get_base_model().model, []
    forward = inner.forward

    def recorded(**named: Any) -> Any:
        lengths.append(tuple(named["input_ids"].shape))
        return forward(**named)

    monkeypatch.setattr(inner, "forward", recorded)
    loss_of(scorer, words)
    assert lengths == [(1, each.tokens) for each in encoded]
