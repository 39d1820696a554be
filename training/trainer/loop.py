"""Extend the transformers Trainer with exact evaluation of packed rows.

What differs from the base class, and why: the evaluation loss is a sum over tokens, not a mean of
batch means; autocast is entered here, because Accelerate's converts all logits to float32 once
more.
"""

import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import LambdaLR, LRScheduler
from transformers import TrainerCallback, TrainingArguments

from training.data.packing import IGNORE_INDEX, PackedRows, collate
from training.trainer.attention import Isolation
from training.trainer.checkpointed import EVAL_LOSS, CheckpointedTrainer
from training.trainer.chunked_loss import Mode
from training.trainer.config import StopSignal
from training.trainer.console import ProgressReporter
from training.trainer.model_setup import PreparedModel
from training.trainer.samples import MAX_TOKENS, PROMPTS, generate_samples
from training.trainer.schedule import LinearDecay

EVAL_BITS_PER_BYTE = "eval_bits_per_byte"
"""The name of this metric in the Trainer's log."""

_DOCUMENT_BORDERS = ("cu_seq_lens_q", "max_length_q")
INPUTS: dict[Isolation, tuple[str, ...]] = {
    "documents": ("input_ids", "labels", "position_ids", *_DOCUMENT_BORDERS),
    "mask": ("input_ids", "labels", "position_ids"),  # transformers builds it from the positions
    "rows": ("input_ids", "labels"),
}
"""The parts of a batch that the model receives."""


class EvaluationInterrupted(Exception):
    """The evaluation before the first step was stopped."""


class GrueTrainer(CheckpointedTrainer):
    """A Trainer for packed rows of documents."""

    def __init__(
        self,
        prepared: PreparedModel,
        args: TrainingArguments,
        train: PackedRows,
        held_out: PackedRows,
        *,
        tokenizer: Any,
        token_bytes: np.ndarray[Any, Any],
        callback: TrainerCallback,
        reporter: ProgressReporter,
        stop_signal: StopSignal,
        bf16: bool,
        isolation: Isolation,
        schedule: LinearDecay,
        sample_tokens: int = MAX_TOKENS,
    ) -> None:
        """`token_bytes` is (vocab_size,) int32, the bytes of text that each token stands for."""
        super().__init__(
            model=prepared.model,
            args=args,
            data_collator=partial(_collate, INPUTS[isolation]),
            train_dataset=train,
            eval_dataset=held_out,
        )
        self.callback_handler.callbacks = [
            each
            for each in self.callback_handler.callbacks
            if type(each).__name__ != "PrinterCallback"
        ]
        self.add_callback(callback)
        self._reporter = reporter
        self._stop_signal = stop_signal
        self._prepared = prepared
        self._held_out = held_out
        self._schedule = schedule
        self._sample_tokens = sample_tokens
        self._bf16 = bf16
        self._collate = self.data_collator
        self._tokenizer = tokenizer
        self._token_bytes = torch.from_numpy(token_bytes).to(args.device)

    def autocast_smart_context_manager(
        self, cache_enabled: bool | None = True
    ) -> AbstractContextManager[Any]:
        """Return the context of a forward pass."""
        if not self._bf16 or self.is_fsdp_enabled:
            return nullcontext()
        return torch.autocast(self.args.device.type, torch.bfloat16)

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> LRScheduler:
        """Return the scheduler of the learning rate, whose end may change."""
        if self.lr_scheduler is None:
            optimized: Any = self.optimizer if optimizer is None else optimizer
            self.lr_scheduler = LambdaLR(optimized, self._schedule)
            self._created_lr_scheduler = True
        return self.lr_scheduler

    def _prepare_for_training(self, *args: Any, **named: Any) -> Any:
        """Prepare as the Trainer does; the schedule, that of a checkpoint too, has the steps."""
        prepared = super()._prepare_for_training(*args, **named)  # type: ignore[no-untyped-call]
        state: Any = self.state
        state.max_steps = self._schedule.max_steps
        state.eval_steps = state.save_steps = self.args.eval_steps
        return prepared

    def compute_loss(self, *args: Any, **named: Any) -> Any:
        """Return the loss of a micro-batch as the Trainer does, computed in chunks."""
        with self._loss("sum"):
            return super().compute_loss(*args, **named)

    # Evaluation -----------------------------------------------------------------------------------

    def evaluate(self, *_args: Any, **_named: Any) -> dict[str, float]:
        """Return the loss on held-out text in nats per token and in bits per byte.

        Bits per byte count tokens that stand for text, which end-of-text does not. Samples are
        generated and logged as well. Empty where the stop signal ends it: the training is saved and
        stopped then. Raises EvaluationInterrupted before the first step, where nothing is to save.
        """
        model: Any = self.model_wrapped if self.is_fsdp_enabled else self.model
        was_training = model.training
        model.eval()
        sums = torch.zeros(4, dtype=torch.float64, device=self.args.device)
        done = self._written_tokens = 0
        for batch in self._eval_batches():
            if self._is_interrupted():
                break
            sums += self._sum_losses(model, batch)
            done = min(done + len(batch["labels"]) * self.args.world_size, len(self._held_out))
            self._reporter.log_progress("Evaluating held-out rows", done, len(self._held_out))
        model.train(was_training)
        if self._is_interrupted():
            return self._interrupt_evaluation()
        if self.args.world_size > 1:
            sums = self.accelerator.reduce(sums, reduction="sum")
        nats, tokens, text_nats, text_bytes = sums.tolist()
        metrics = {
            EVAL_LOSS: nats / max(tokens, 1),
            EVAL_BITS_PER_BYTE: text_nats / math.log(2) / max(text_bytes, 1),
        }
        with self.compute_loss_context_manager():
            samples = generate_samples(
                model,
                self._tokenizer,
                seed=self.args.seed,
                max_tokens=self._sample_tokens,
                is_interrupted=self._show_token,
            )
        if self._is_interrupted():
            return self._interrupt_evaluation()
        self.log(dict(metrics))
        entry: dict[str, Any] = self.state.log_history[-1]
        entry["samples"] = [[s.prompt, s.text] for s in samples]  # no metric that trackers plot
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def _show_token(self) -> bool:
        """Show that the samples grow by another token, and return whether they should end."""
        self._written_tokens += 1
        total = len(PROMPTS) * (self._sample_tokens + 1)
        self._reporter.log_progress("Writing samples", min(self._written_tokens, total), total)
        return self._is_interrupted()

    def _is_interrupted(self) -> bool:
        """Whether the evaluation should end at once; several processes finish theirs together."""
        return self._stop_signal.stop and self.args.world_size == 1

    def _interrupt_evaluation(self) -> dict[str, float]:
        if self.state.global_step == 0:
            raise EvaluationInterrupted
        self.control.should_save = self.control.should_training_stop = True
        return {}

    @torch.no_grad()
    def _sum_losses(self, model: Any, batch: dict[str, Any]) -> torch.Tensor:
        """Return (4,) float64: nats and tokens, then nats and bytes of tokens that stand for text.

        `labels` are (batch, length) int64; a model that cannot compute its loss in chunks returns
        logits, (batch, length, vocab_size) in bfloat16 or float32.
        """
        batch = self._prepare_inputs(batch)
        labels = batch["labels"][:, 1:]
        targets = labels[labels != IGNORE_INDEX]
        with self.compute_loss_context_manager(), self._loss("each") as is_chunked:
            if is_chunked:
                nats = model(**batch, use_cache=False).loss.double()
            else:
                del batch["labels"]
                logits = model(**batch, use_cache=False).logits[:, :-1]
                logits = logits[labels != IGNORE_INDEX].float()
                nats = cross_entropy(logits, targets, reduction="none").double()
        size = self._token_bytes[targets]
        tokens = torch.tensor(len(targets), device=nats.device)
        is_text = size > 0
        return torch.stack([nats.sum(), tokens, nats[is_text].sum(), size.sum()]).double()

    @contextmanager
    def _loss(self, mode: Mode) -> Iterator[bool]:
        """Let the model compute its loss in chunks where it can, and return whether it can."""
        chunked = self._prepared.chunked_loss
        with nullcontext() if chunked is None else chunked.active(mode):
            yield chunked is not None

    def _eval_batches(self) -> Iterator[dict[str, Any]]:
        """Yield this process's share of the held-out rows, as many batches as any other's."""
        world_size, batch_size = self.args.world_size, self.args.per_device_eval_batch_size
        # every process must call sharded weights as often
        rows = self._held_out.pad_to_multiple(world_size)
        own = range(self.args.process_index, len(rows), world_size)
        for start in range(0, len(own), batch_size):
            yield self._collate([rows[index] for index in own[start : start + batch_size]])


def _collate(names: tuple[str, ...], rows: list[dict[str, Any]]) -> dict[str, Any]:
    batch = collate(rows)
    return {name: batch[name] for name in names}
