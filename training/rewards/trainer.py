"""Extend the Trainer for situations: a loss over all replies to a prompt, exact evaluation."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import torch
from transformers import TrainerCallback, TrainingArguments

from training.replies.trainer import ReplyTrainer
from training.rewards.encoding import EncodedSituation
from training.rewards.loss import expected_scores, reward_loss
from training.rewards.metrics import ScoredSituation, summarise
from training.rewards.scoring import Scorer, collate
from training.trainer.config import StopSignal
from training.trainer.console import ProgressReporter


class RewardTrainer(ReplyTrainer):
    """Trains the adapter of a model on scored replies."""

    unit = "situation"

    def __init__(
        self,
        scorer: Scorer,
        args: TrainingArguments,
        train: Sequence[EncodedSituation],
        held_out: Sequence[EncodedSituation],
        *,
        ranking_weight: float,
        callback: TrainerCallback,
        reporter: ProgressReporter,
        stop_signal: StopSignal,
    ) -> None:
        """`scorer` asks the model that is trained, one of PEFT."""
        self._scorer = scorer
        self._ranking_weight = ranking_weight
        self._reporter = reporter
        self._stop_signal = stop_signal
        datasets: Any = {"train_dataset": train, "eval_dataset": held_out}
        super().__init__(model=scorer.prepared.model, args=args, data_collator=collate, **datasets)
        self.model_accepts_loss_kwargs = False  # the loss is a mean over the micro-batch
        self._report_through(callback)

    def _prompts(self, dataset: Any) -> Sequence[Hashable]:
        return [tuple(situation.prompt_ids) for situation in dataset]

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Return the mean loss of the situations of a micro-batch."""
        losses = [
            reward_loss(logits, scores, self._ranking_weight)
            for logits, scores in self._read(inputs)
        ]
        loss = torch.stack(losses).mean()
        return (loss, {}) if return_outputs else loss

    @torch.no_grad()
    def _measure(self, batch: dict[str, Any]) -> list[ScoredSituation]:
        """Return how the replies of each situation are scored."""
        return [
            ScoredSituation(
                float(reward_loss(logits, scores, self._ranking_weight)),
                expected_scores(logits).tolist(),
                scores.tolist(),
            )
            for logits, scores in self._read(batch)
        ]

    def _summarise(self, measured: list[ScoredSituation]) -> dict[str, float]:
        return summarise(measured)

    def _read(self, batch: dict[str, Any]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield logits, (replies, 5), and scores, (replies,), of each situation of a batch."""
        with self.accelerator.autocast():
            logits = self._scorer.logits(batch)
        counts = batch["reply_counts"].tolist()
        yield from zip(logits.split(counts), batch["scores"].split(counts), strict=True)
