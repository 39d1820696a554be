"""Extend trl's DPOTrainer: encoded pairs, text next to them, exact evaluation, safe checkpoints.

What differs from the base class, and why: pairs are encoded as the game builds its prompts, where
trl would end each reply with the end-of-text token; the log-probabilities of the reference are
computed once, with the adapter disabled, so that there is neither a second model in memory nor a
second forward pass per step; pairs of one prompt come together, which is then read once; the loss
of a corpus may be added, so that the model keeps what it knew; an evaluation counts pairs, not
means of batches; nothing is sent to anybody.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import torch
from datasets import Dataset
from torch.nn.functional import logsigmoid
from transformers import TrainerCallback
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer

from training.data.packing import IGNORE_INDEX
from training.preferences.encoding import EncodedPair
from training.preferences.pair_order import PromptSampler
from training.preferences.scoring import score_replies_only
from training.preferences.text import Text, TextBatch
from training.trainer.checkpointed import EVAL_LOSS, CheckpointedTrainer
from training.trainer.config import StopSignal
from training.trainer.console import ProgressReporter
from training.trainer.model_setup import PreparedModel, without_peft_warning

EVAL_ACCURACY = "eval_accuracy"
EVAL_MARGIN = "eval_margin"
EVAL_TEXT = "eval_text_bits_per_byte"
EVAL_TEXT_LOSS = "eval_text_loss"
"""The names of the held-out metrics in the Trainer's log."""

_COLUMNS = ("prompt_ids", "chosen_ids", "rejected_ids")


class Interrupted(Exception):
    """The stop signal came while the base read pairs, or in an evaluation."""


class PreferenceTrainer(CheckpointedTrainer, DPOTrainer):
    """Trains the adapter of a model on preference pairs."""

    def __init__(
        self,
        prepared: PreparedModel,
        args: DPOConfig,
        train: Sequence[EncodedPair],
        held_out: Sequence[EncodedPair],
        *,
        tokenizer: Any,
        callback: TrainerCallback,
        reporter: ProgressReporter,
        stop_signal: StopSignal,
        text: Text | None = None,
        lm_weight: float = 0.0,
    ) -> None:
        """`prepared` is a model of PEFT, whose adapter changes nothing yet; `lm_weight` is the
        weight of the loss of `text`. Raises Interrupted.
        """
        self._chunked_loss = prepared.chunked_loss
        self._text = text
        self._lm_weight = lm_weight
        self._text_place = (-1, 0)
        self._reporter = reporter
        self._stop_signal = stop_signal
        self._scores_replies_only = False
        with without_peft_warning():  # trl adds an adapter, too
            super().__init__(
                model=prepared.model,
                args=args,
                train_dataset=_to_dataset(train),
                eval_dataset=_to_dataset(held_out),
                processing_class=tokenizer,
            )
        self._peft_model.delete_adapter("ref")  # trl's copy of the new adapter: the base itself
        self.callback_handler.callbacks = [
            each
            for each in self.callback_handler.callbacks
            if type(each).__name__ != "PrinterCallback"
        ]
        self.add_callback(callback)

    @property
    def _seed(self) -> int:
        seed: int = self.args.seed if self.args.data_seed is None else self.args.data_seed
        return seed

    @property
    def _peft_model(self) -> Any:
        return self.model

    def _prepare_dataset(self, dataset: Any, *_args: Any, **_named: Any) -> Any:
        """Return the pairs as they are: encoded."""
        return dataset

    def _get_train_sampler(self, train_dataset: Any = None) -> PromptSampler:
        """Return the order of the pairs; the same seed makes the same order."""
        dataset: Any = self.train_dataset if train_dataset is None else train_dataset
        return PromptSampler([tuple(ids) for ids in dataset["prompt_ids"]], self._seed)

    def _send_telemetry(self) -> None:
        """Send nothing."""

    # The reference --------------------------------------------------------------------------------

    def _precompute_ref_logps(self, dataset: Any, name: str, batch_size: int) -> Any:
        """Return `dataset` with the log-probabilities that the base gives to the replies."""
        if not self._scores_replies_only:
            score_replies_only(self._peft_model.get_base_model())
            self._scores_replies_only = True
        columns: dict[str, list[float]] = {"ref_chosen_logps": [], "ref_rejected_logps": []}
        for batch in self._batches(dataset, batch_size):
            self._raise_if_stopped()
            logps = self.compute_ref_log_probs(  # type: ignore[no-untyped-call]
                self.model, self._prepare_inputs(batch)
            )
            for column, values in zip(columns.values(), logps, strict=True):
                column += values.tolist()
            done = len(columns["ref_chosen_logps"])
            self._reporter.log_progress(f"Reading {name} pairs with the base", done, len(dataset))
        return Dataset.from_dict({key: dataset[key] for key in _COLUMNS} | columns)

    def _batches(self, dataset: Any, batch_size: int) -> Iterator[dict[str, Any]]:
        for start in range(0, len(dataset), batch_size):
            rows = range(start, min(start + batch_size, len(dataset)))
            yield self.data_collator([dataset[row] for row in rows])

    # The text -------------------------------------------------------------------------------------

    def compute_loss(
        self,
        model: Any,
        inputs: Any,
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """Return the loss of a micro-batch of pairs and, where there is text, of its part of it."""
        loss = super().compute_loss(  # type: ignore[no-untyped-call]
            model, inputs, return_outputs=return_outputs, num_items_in_batch=num_items_in_batch
        )
        if self._text is None:
            return loss
        parts = self.args.gradient_accumulation_steps  # by which the Trainer divides each loss
        batch, tokens = self._text.step_part(self.state.global_step, self._take_part(), parts)
        if batch is None:
            return loss
        of_text = self._lm_weight * self._text_loss(batch) * parts / tokens
        return (loss[0] + of_text, loss[1]) if return_outputs else loss + of_text

    def _take_part(self) -> int:
        """Return which micro-batch of its step this is, counted from 0."""
        step, part = self._text_place
        now = self.state.global_step
        self._text_place = (now, part + 1 if step == now else 0)
        return self._text_place[1]

    def _text_loss(self, batch: TextBatch) -> torch.Tensor:
        """Return the negative log-likelihood of all labelled tokens, in nats."""
        inputs = self._prepare_inputs(dict(batch))
        chunked = self._chunked_loss
        with self.accelerator.autocast():
            if chunked is None:
                output = self._peft_model(**inputs, use_cache=False, fused_lm_head=True)
                return -torch.as_tensor(output.log_probs).sum()
            with chunked.active("sum"):
                output = self._peft_model(**inputs, use_cache=False, num_items_in_batch=1)
        return torch.as_tensor(output.loss)

    @torch.no_grad()
    def evaluate_text(self) -> dict[str, float]:
        """Return nats per token and bits per byte of the held-out text, where there is any.

        Raises Interrupted.
        """
        if self._text is None:
            return {}
        nats, tokens, size = 0.0, 0, 0
        self._peft_model.eval()  # each training step sets it back
        for done, batch in enumerate(self._text.held_out_batches(), 1):
            self._raise_if_stopped()
            nats += float(self._text_loss(batch))
            tokens += int((batch["labels"] != IGNORE_INDEX).sum())
            size += self._text.bytes_of(batch)
            total = len(self._text.held_out)
            self._reporter.log_progress("Evaluating held-out text", done, total)
        if not size:
            return {}
        return {EVAL_TEXT_LOSS: nats / tokens, EVAL_TEXT: nats / math.log(2) / size}

    # Evaluation -----------------------------------------------------------------------------------

    def evaluate(self, *_args: Any, **_named: Any) -> dict[str, float]:
        """Return loss, accuracy and margin over the held-out pairs, and bits per byte of the text.

        The accuracy is the share of pairs whose chosen reply the model has made likelier than the
        rejected one, both compared with the base; a tie counts half. The margin is the mean
        difference in nats. The loss is that of DPO and, weighted, of the held-out text. Empty where
        the stop signal ends it.
        """
        self._peft_model.eval()
        try:
            metrics = self._evaluate_pairs() | self.evaluate_text()
        except Interrupted:
            self.control.should_save = self.control.should_training_stop = True
            return {}
        finally:
            self._peft_model.train()
        metrics[EVAL_LOSS] += self._lm_weight * metrics.get(EVAL_TEXT_LOSS, 0.0)
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def _evaluate_pairs(self) -> dict[str, float]:
        """Return the metrics of the held-out pairs. Raises Interrupted."""
        margins: list[float] = []
        dataset: Any = self.eval_dataset
        for batch in self._batches(dataset, self.args.per_device_eval_batch_size):
            self._raise_if_stopped()
            margins += self._margins(self._prepare_inputs(batch)).tolist()
            self._reporter.log_progress("Evaluating held-out pairs", len(margins), len(dataset))
        found = torch.tensor(margins, dtype=torch.float64)
        return {
            EVAL_LOSS: float(-logsigmoid(self.beta * found).mean()),
            EVAL_ACCURACY: float(((found > 0).double() + (found == 0).double() / 2).mean()),
            EVAL_MARGIN: float(found.mean()),
        }

    def _raise_if_stopped(self) -> None:
        if self._stop_signal.stop:
            raise Interrupted

    @torch.no_grad()
    def _margins(self, batch: dict[str, Any]) -> torch.Tensor:
        """Return how much more the model prefers each chosen reply than the base does: (pairs,)."""
        labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, IGNORE_INDEX)
        inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
        with self.accelerator.autocast():
            output = self._peft_model(**inputs, labels=labels, use_cache=False, fused_lm_head=True)
        chosen, rejected = output.log_probs.sum(dim=1).chunk(2)
        reference = batch["ref_chosen_logps"] - batch["ref_rejected_logps"]
        margins: torch.Tensor = chosen - rejected - reference
        return margins


def _to_dataset(pairs: Sequence[EncodedPair]) -> Dataset:
    rows = [{name: asdict(pair)[name] for name in _COLUMNS} for pair in pairs]
    return Dataset.from_list(rows)
