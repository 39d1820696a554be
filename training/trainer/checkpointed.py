"""Extend the transformers Trainer with checkpoints that are complete or not there at all."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from safetensors import SafetensorError
from transformers import Trainer
from transformers.trainer import OPTIMIZER_NAME, SCHEDULER_NAME, TRAINER_STATE_NAME

from dungeon.errors import NotSaved
from dungeon.files.disk_room import write_advice, write_failure
from training.trainer import checkpoints, sharding
from training.trainer.run_folder import RESUME_ADVICE

EVAL_LOSS = "eval_loss"
"""The name of the held-out loss in the Trainer's log."""


class TrainingComplete(Exception):
    """The checkpoint is that of the last step; the Trainer would train one more."""


class CheckpointedTrainer(Trainer):
    """A Trainer whose checkpoints survive a power cut, need no unpickling, and are the same whether
    the weights are sharded or not.
    """

    @property
    def is_evaluated(self) -> bool:
        """Whether the last step that was trained has been evaluated."""
        step = self.state.global_step
        return any(e["step"] == step and EVAL_LOSS in e for e in self.state.log_history)

    def evaluate_last_step(self) -> None:
        """Evaluate a training that was stopped after its last step and before its evaluation."""
        self._determine_best_metric(self.evaluate(), None)

    def _determine_best_metric(self, metrics: dict[str, float], trial: Any) -> bool:
        """Return whether `metrics` are the best so far; there are none of an interrupted one."""
        return bool(metrics) and super()._determine_best_metric(metrics, trial)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Write a checkpoint. Raises NotSaved where it cannot be written; earlier ones stay."""
        root = Path(str(self.args.output_dir))
        try:
            self._write_checkpoint()
        except (OSError, RuntimeError, SafetensorError) as error:
            if isinstance(error, RuntimeError) and is_out_of_memory(error):
                raise
            step = self.state.global_step
            if self.args.should_save:
                checkpoints.abandon(checkpoints.checkpoint_path(root, step))
            raise NotSaved(
                f"The checkpoint of step {step} cannot be written to {root}: "
                f"{write_failure(error, root, needed=self._checkpoint_bytes())}. "
                f"{write_advice(error, RESUME_ADVICE)}"
            ) from error

    def _checkpoint_bytes(self) -> int:
        """Return about how large a checkpoint is: the weights, and two moments of each in AdamW."""
        model: Any = self.model
        trained = [each for each in model.parameters() if each.requires_grad]
        saved = trained if hasattr(model, "peft_config") else model.parameters()
        moments = sum(2 * int(each.numel()) * int(each.element_size()) for each in trained)
        return moments + sum(int(each.numel()) * int(each.element_size()) for each in saved)

    def _write_checkpoint(self) -> None:
        """Write everything that resuming needs, then rename it into place."""
        root = Path(str(self.args.output_dir))
        folder = checkpoints.checkpoint_path(root, self.state.global_step)
        part = checkpoints.partial_path(folder)
        self._in_main_process(lambda: checkpoints.begin(folder))
        self._save(str(part), self.gather_state_dict())
        self._save_optimizer_and_scheduler(str(part))
        self._save_rng_state(str(part))

        def commit() -> None:
            self.state.save_to_json(str(part / TRAINER_STATE_NAME))
            checkpoints.commit(part, folder)
            checkpoints.prune(root, best=self.state.best_global_step)

        self._in_main_process(commit)

    def _save(
        self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None
    ) -> None:
        """Write the weights as they are in memory, and nothing that needs unpickling."""
        if not self.args.should_save or output_dir is None:
            return
        options = {"save_embedding_layers": False} if hasattr(self.model, "peft_config") else {}
        self.accelerator.unwrap_model(self.model, keep_torch_compile=False).save_pretrained(
            output_dir, state_dict=state_dict, **options
        )

    # Sharded weights ------------------------------------------------------------------------------

    def gather_state_dict(self) -> dict[str, Any] | None:
        """Return all weights in the main process where they are sharded, else None."""
        if not self.is_fsdp_enabled:
            return None
        return sharding.gather_weights(self.model, keep=self.args.should_save)

    def create_accelerator_and_postprocess(self) -> None:
        """Shard on CPUs as well: Accelerate ignores there that it should, and says nothing."""
        super().create_accelerator_and_postprocess()
        options = self.args.fsdp_plugin_args
        if options is None or self.is_fsdp_enabled:
            return
        plugin, state = FullyShardedDataParallelPlugin(**options), self.accelerator.state
        if self.accelerator.mixed_precision != "no":
            plugin.set_mixed_precision(self.accelerator.mixed_precision)
        state.fsdp_plugin, state.distributed_type = plugin, DistributedType.FSDP
        self.is_fsdp_enabled = True

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        """Write the optimizer and the schedule into the files of an unsharded training."""
        if not self.is_fsdp_enabled:
            super()._save_optimizer_and_scheduler(output_dir)
            return
        is_main: bool = self.args.should_save
        state = sharding.gather_optimizer(self.optimizer, keep=is_main)
        if is_main:
            schedule: Any = self.lr_scheduler
            torch.save(state, Path(output_dir) / OPTIMIZER_NAME)
            torch.save(schedule.state_dict(), Path(output_dir) / SCHEDULER_NAME)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        """Load what `_save_optimizer_and_scheduler` writes, on any number of processes."""
        if not self.is_fsdp_enabled or checkpoint is None:
            super()._load_optimizer_and_scheduler(checkpoint)
            return
        optimizer, schedule = (
            torch.load(Path(checkpoint) / name, map_location="cpu", weights_only=True)
            for name in (OPTIMIZER_NAME, SCHEDULER_NAME)
        )
        sharding.shard_optimizer(self.optimizer, optimizer)
        scheduler: Any = self.lr_scheduler
        scheduler.load_state_dict(schedule)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Load the weights, or the adapter."""
        if self.is_fsdp_enabled:
            sharding.shard_weights(self.model, Path(resume_from_checkpoint))
        else:
            super()._load_from_checkpoint(resume_from_checkpoint, model)

    def _load_best_model(self) -> None:
        """Load the weights, or the adapter, of the best checkpoint."""
        if self.is_fsdp_enabled:
            sharding.shard_weights(self.model, Path(str(self.state.best_model_checkpoint)))
        else:
            super()._load_best_model()

    # ----------------------------------------------------------------------------------------------

    def _in_main_process(self, work: Callable[[], Any]) -> None:
        """Run `work` in the main process; the others wait before it and after it."""
        self.accelerator.wait_for_everyone()
        if self.args.should_save:
            work()
        self.accelerator.wait_for_everyone()

    def load_best(self) -> bool:
        """Load the best weights, and return whether there is a complete checkpoint of them."""
        best = self.state.best_global_step
        if best is None or best == self.state.global_step:
            return best is not None
        folder = checkpoints.checkpoint_path(Path(str(self.args.output_dir)), best)
        if not checkpoints.is_complete(folder):
            return False
        self.state.best_model_checkpoint = str(folder)
        self._load_best_model()
        return True


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether an error means that memory ran out; only CUDA's has a type of its own."""
    return isinstance(error, torch.OutOfMemoryError) or any(
        part in str(error) for part in ("MPS backend out of memory", "can't allocate memory")
    )
