"""Read replies behind their prompt, and return the logits of the five scores.

Only the five rows of the output layer are computed, in float32: in bfloat16 a logit of 20 is exact
to an eighth.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import linear

from training.replies.shared_prompts import IGNORE_INDEX, can_share_prompts, read_shared
from training.rewards.encoding import EncodedSituation
from training.trainer.model_setup import PreparedModel


def collate(situations: Sequence[EncodedSituation]) -> dict[str, torch.Tensor]:
    """Return a batch: each reply behind its prompt, padded at the right.

    `input_ids`, `attention_mask` and `labels` are (replies, length); the labels begin where the
    reply does. `scores` are (replies,), `reply_counts` (situations,).
    """
    sequences = [(row.prompt_ids, ids) for row in situations for ids in row.reply_ids]
    length = max(len(prompt) + len(reply) for prompt, reply in sequences)
    input_ids = torch.zeros(len(sequences), length, dtype=torch.long)
    attention_mask = torch.zeros_like(input_ids)
    labels = torch.full_like(input_ids, IGNORE_INDEX)
    for row, (prompt, reply) in enumerate(sequences):
        ids = torch.tensor(prompt + reply)
        input_ids[row, : len(ids)] = ids
        attention_mask[row, : len(ids)] = 1
        labels[row, len(prompt) : len(ids)] = ids[len(prompt) :]
    return {
        "input_ids": input_ids,
        "attention_mask": attention_mask,
        "labels": labels,
        "scores": torch.tensor([score for row in situations for score in row.scores]),
        "reply_counts": torch.tensor([len(row.scores) for row in situations]),
    }


@dataclass(frozen=True, eq=False)
class Scorer:
    """Asks a model for the scores of replies."""

    prepared: PreparedModel
    score_ids: list[int]
    """The token of each score."""

    @functools.cached_property
    def _model(self) -> Any:
        return self.prepared.model.get_base_model()

    @functools.cached_property
    def _shares_prompts(self) -> bool:  # asked within autocast, where the types of weights fit
        return can_share_prompts(self._model)

    def logits(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """Return the logits of the scores after each reply of a batch: (replies, 5) float32."""
        mask = batch["attention_mask"]
        places = torch.arange(len(mask), device=mask.device), mask.sum(dim=1) - 1
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
        if self.prepared.chunked_loss is None:  # the model scales or caps its logits
            logits: torch.Tensor = self._model(**inputs, use_cache=False).logits
            return logits[places][:, self.score_ids].float()
        if self._shares_prompts:
            hidden = read_shared(self._model, **inputs, labels=batch["labels"])
        else:
            hidden = self._model.base_model(**inputs, use_cache=False).last_hidden_state
        head = self._model.get_output_embeddings()
        bias = None if head.bias is None else head.bias[self.score_ids].float()
        with torch.autocast(hidden.device.type, enabled=False):
            return linear(hidden[places].float(), head.weight[self.score_ids].float(), bias)
