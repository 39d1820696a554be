"""Extend the Trainer for rows of replies: their order, and evaluation that can be interrupted."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from transformers import TrainerCallback

from training.replies.prompt_order import PromptSampler
from training.trainer.checkpointed import CheckpointedTrainer
from training.trainer.config import StopSignal
from training.trainer.console import ProgressReporter


class ReplyTrainer(CheckpointedTrainer):
    """Trains an adapter on rows, of which those with one prompt come together.

    A subclass says what is measured of a batch, and what all of it means.
    """

    unit = "row"
    """What a row is, as messages say it."""
    _reporter: ProgressReporter
    _stop_signal: StopSignal

    def _report_through(self, callback: TrainerCallback) -> None:
        """Let `callback` report the training, and nobody else."""
        handler: Any = self.callback_handler
        handler.callbacks = [
            each for each in handler.callbacks if type(each).__name__ != "PrinterCallback"
        ]
        self.add_callback(callback)

    def _measure(self, batch: dict[str, Any]) -> Sequence[Any]:
        """Return a value for each row of a batch, which is on the device."""
        raise NotImplementedError

    def _summarise(self, measured: list[Any]) -> dict[str, float]:
        """Return the metrics of all held-out rows; the loss is among them."""
        raise NotImplementedError

    def _prompts(self, dataset: Any) -> Sequence[Hashable]:
        """Return what is equal where two rows have the same prompt."""
        raise NotImplementedError

    def _get_train_sampler(self, train_dataset: Any = None) -> PromptSampler:
        """Return the order of the rows; the same seed makes the same order."""
        dataset: Any = self.train_dataset if train_dataset is None else train_dataset
        seed = self.args.seed if self.args.data_seed is None else self.args.data_seed
        return PromptSampler(self._prompts(dataset), seed)

    def _batches(self, dataset: Any, batch_size: int) -> Iterator[dict[str, Any]]:
        for start in range(0, len(dataset), batch_size):
            rows = range(start, min(start + batch_size, len(dataset)))
            yield self.data_collator([dataset[row] for row in rows])

    def evaluate(self, *_args: Any, **_named: Any) -> dict[str, float]:
        """Return the metrics of the held-out rows; empty where the stop signal ends it."""
        model: Any = self.model
        model.eval()
        measured: list[Any] = []
        dataset: Any = self.eval_dataset
        for batch in self._batches(dataset, self.args.per_device_eval_batch_size):
            if self._stop_signal.stop:
                model.train()
                self.control.should_save = self.control.should_training_stop = True
                return {}
            measured += self._measure(self._prepare_inputs(batch))
            self._reporter.log_progress(
                f"Evaluating held-out {self.unit}s", len(measured), len(dataset)
            )
        metrics = self._summarise(measured)
        self.log(dict(metrics))
        model.train()
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics
