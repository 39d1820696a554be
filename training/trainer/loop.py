"""Provides the loop: the Trainer of transformers, with whole checkpoints, exact measures and speed.

What is changed and why: checkpoints appear at once or not at all; the held-out loss is a sum over
tokens, where the Trainer's own is a mean of means of batches; autocast is entered here, because
Accelerate's would turn all logits into full precision once more. Knows nothing of corpora, plans or
folders of models.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from torch.nn.functional import cross_entropy
from transformers import Trainer, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME

from dungeon.errors import GrueError
from dungeon.text import clean_line
from training.data.packing import IGNORED, Rows, collate
from training.trainer import checkpoints
from training.trainer.attention import Isolation
from training.trainer.config import StopSignal
from training.trainer.model_setup import PreparedModel
from training.trainer.progress_callback import BITS, LOSS, ProgressCallback, RunState


class GrueTrainer(Trainer):
    """The Trainer with rows of documents in it."""

    def __init__(
        self,
        fitted: PreparedModel,
        args: TrainingArguments,
        train: Rows,
        held_out: Rows,
        sizes: np.ndarray[Any, Any],
        watch: RunState,
        wish: StopSignal,
        *,
        half: bool,
        isolation: Isolation,
    ) -> None:
        """`sizes` are the bytes of each token; `half` says whether activations have two bytes."""
        super().__init__(
            model=fitted.model,
            args=args,
            data_collator=partial(_batch, _WANTED[isolation]),
            train_dataset=train,
            eval_dataset=held_out,
        )
        self.callback_handler.callbacks = [
            callback
            for callback in self.callback_handler.callbacks
            if type(callback).__name__ != "PrinterCallback"
        ]
        self.add_callback(ProgressCallback(self, watch, wish))
        self._fitted = fitted
        self.mfu: float | None = None
        """The share of the devices' best, over the last stretch that was measured."""
        self._half = half
        self._collate = self.data_collator
        self._sizes = torch.from_numpy(sizes).to(args.device)

    # Speed ----------------------------------------------------------------------------------------

    def autocast_smart_context_manager(
        self, cache_enabled: bool | None = True
    ) -> AbstractContextManager[Any]:
        """Return the context of a forward pass."""
        if not self._half or self.is_fsdp_enabled:
            return nullcontext()
        return torch.autocast(self.args.device.type, torch.bfloat16)

    @property
    def called(self) -> Any:
        """The model to call: itself, or what gathers its parts where they are sharded."""
        return self.model_wrapped if self.is_fsdp_enabled else self.model

    # Measures -------------------------------------------------------------------------------------

    def evaluate(self, *_args: Any, **_named: Any) -> dict[str, float]:
        """Return the loss of the held-out text in nats a token and in bits a byte.

        Bits are counted over tokens that stand for text; the end of a text is none.
        """
        model = self.called
        training = model.training
        model.eval()
        sums = torch.zeros(4, dtype=torch.float64, device=self.args.device)
        for batch in self._held_batches():
            sums += self._measured(model, batch)
        model.train(training)
        if self.args.world_size > 1:
            sums = self.accelerator.reduce(sums, reduction="sum")
        nats, tokens, text_nats, text_bytes = sums.tolist()
        metrics = {
            LOSS: nats / max(tokens, 1),
            BITS: text_nats / math.log(2) / max(text_bytes, 1),
        }
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    @torch.no_grad()
    def _measured(self, model: Any, batch: dict[str, Any]) -> torch.Tensor:
        batch = self._prepare_inputs(batch)
        labels = batch.pop("labels")[:, 1:]
        with self.compute_loss_context_manager():
            logits = model(**batch, use_cache=False).logits[:, :-1]
        learned = labels != IGNORED
        nats = cross_entropy(logits[learned].float(), labels[learned], reduction="none").double()
        size = self._sizes[labels[learned]]
        told = size > 0
        return torch.stack([nats.sum(), learned.sum(), nats[told].sum(), size.sum()]).double()

    def _held_batches(self) -> Iterator[dict[str, Any]]:
        """Yield this process's part of the held-out rows, as many batches as any other's."""
        rows: Any = self.eval_dataset
        world, at_once = self.args.world_size, self.args.per_device_eval_batch_size
        rows = rows.evened(world)  # sharded weights have to be called equally often everywhere
        mine = range(self.args.process_index, len(rows), world)
        for start in range(0, len(mine), at_once):
            yield self._collate([rows[place] for place in mine[start : start + at_once]])

    # Checkpoints ----------------------------------------------------------------------------------

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Write a checkpoint. Raises GrueError where it cannot be written."""
        try:
            self._write_checkpoint()
        except (OSError, RuntimeError, SafetensorError) as error:
            if isinstance(error, RuntimeError) and lacks_memory(error):
                raise
            raise GrueError(
                f"The checkpoint of step {self.state.global_step} cannot be written to "
                f"{self.args.output_dir}: {clean_line(str(error))}. Make room there, and go on "
                "with --resume."
            ) from error

    def _write_checkpoint(self) -> None:
        """Write everything that going on needs, and let it appear at once."""
        root = Path(str(self.args.output_dir))
        folder = root / checkpoints.name_of(self.state.global_step)
        part = checkpoints.part_of(folder)
        self._first(lambda: checkpoints.begun(folder))
        self.save_model(str(part), _internal_call=True)
        self._save_optimizer_and_scheduler(str(part))
        self._save_rng_state(str(part))

        def finish() -> None:
            self.state.save_to_json(str(part / TRAINER_STATE_NAME))
            checkpoints.finish(part, folder)
            checkpoints.prune(root, best=self.state.best_global_step)

        self._first(finish)

    def _save(
        self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None
    ) -> None:
        """Write the weights as they are in memory, and nothing that would have to be unpickled."""
        if not self.args.should_save or output_dir is None:
            return
        options = {"save_embedding_layers": False} if self._fitted.is_adapter else {}
        self.accelerator.unwrap_model(self.model, keep_torch_compile=False).save_pretrained(
            output_dir, state_dict=state_dict, **options
        )

    def _first(self, work: Callable[[], Any]) -> None:
        """Do `work` in the first process, while the others wait before it and after it."""
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            work()
        self.accelerator.wait_for_everyone()

    def load_best(self) -> bool:
        """Take back the best weights, where a whole checkpoint of them is there."""
        best = self.state.best_global_step
        if best is None or best == self.state.global_step:
            return best is not None
        folder = Path(str(self.args.output_dir)) / checkpoints.name_of(best)
        if not checkpoints.is_whole(folder):
            return False
        self.state.best_model_checkpoint = str(folder)
        self._load_best_model()
        return True

    def whole_state(self) -> dict[str, Any] | None:
        """Return all weights in one process where they are sharded; None where they are whole."""
        return self.accelerator.get_state_dict(self.model) if self.is_fsdp_enabled else None


def lacks_memory(error: RuntimeError) -> bool:
    """Whether an error says that memory ran out; only CUDA's has a type of its own."""
    return isinstance(error, torch.OutOfMemoryError) or any(
        said in str(error) for said in ("MPS backend out of memory", "can't allocate memory")
    )


_BORDERS = ("cu_seq_lens_q", "max_length_q")
_WANTED: dict[Isolation, tuple[str, ...]] = {
    "documents": ("input_ids", "labels", "position_ids", *_BORDERS),
    "mask": ("input_ids", "labels", "position_ids"),  # it is built from where positions restart
    "rows": ("input_ids", "labels"),
}
"""What a model is told of a batch, by how it keeps documents apart."""


def _batch(wanted: tuple[str, ...], rows: list[dict[str, Any]]) -> dict[str, Any]:
    batch = collate(rows)
    return {name: batch[name] for name in wanted}
