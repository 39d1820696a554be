"""Run a training on replies: the arguments of its trainer, its steps, and what ends it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from transformers import TrainingArguments

from dungeon.errors import GrueError
from dungeon.text.counts import count
from training.models.loading import LoadedModel
from training.models.record import BaseModelInfo, HistoryPoint, ModelRecord, TrainingCost
from training.replies.progress import ReplyProgress
from training.replies.setup import EncodedRow, Setup
from training.replies.trainer import ReplyTrainer
from training.trainer import checkpoints, hyperparameters
from training.trainer.checkpointed import EVAL_LOSS, TrainingComplete, is_out_of_memory
from training.trainer.config import StopSignal, TrainConfig
from training.trainer.console import ProgressReporter
from training.trainer.flops import flops_per_token
from training.trainer.model_setup import PreparedModel
from training.trainer.plan import Plan
from training.trainer.reporting import direct_tensorboard, tracker_arguments


@dataclass(frozen=True, slots=True)
class ReplyResult:
    """The outcome of a training on replies."""

    folder: Path
    stopped: bool
    """Whether it was stopped before its end and can be resumed."""
    steps: int
    best_step: int
    seconds: float
    cost: float | None
    plan: Plan

    @property
    def is_main_process(self) -> bool:
        """Whether this process reports the result: it is the only one."""
        return True

    @property
    def is_reward_model(self) -> bool:
        """Whether the model scores replies, and writes none."""
        return False

    def describe(self) -> str:
        """Return what came of held-out rows; empty where that is not known yet."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return asdict(self) | {"folder": str(self.folder)}


@contextmanager
def explained_memory(setup: Setup[EncodedRow]) -> Iterator[None]:
    """Raise GrueError where memory runs out in this block."""
    try:
        yield
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        plan = setup.run.plan
        raise GrueError(
            f"The memory of {setup.device.name} does not hold "
            f"{count(plan.micro_batch_size, setup.unit)} of {plan.max_seq_length} tokens at a "
            "time. Start again with fewer (--micro-batch-size), or shorter ones "
            "(--max-seq-length)."
        ) from error


def trainer_arguments(setup: Setup[EncodedRow], config: TrainConfig) -> dict[str, Any]:
    """Return the plan as arguments of `TrainingArguments`."""
    plan, device = setup.run.plan, setup.device
    return {
        "output_dir": str(setup.folder.checkpoints),
        "per_device_train_batch_size": plan.micro_batch_size,
        "per_device_eval_batch_size": plan.micro_batch_size,
        "gradient_accumulation_steps": plan.gradient_accumulation_steps,
        "max_steps": plan.max_steps,
        "learning_rate": plan.learning_rate,
        "lr_scheduler_type": "linear",
        "warmup_steps": plan.warmup_steps,
        "weight_decay": plan.weight_decay,
        "adam_beta1": hyperparameters.BETAS[0],
        "adam_beta2": hyperparameters.BETAS[1],
        "optim": "adamw_torch_fused",
        "activation_checkpointing": False,
        "bf16": device.bf16,
        "use_cpu": device.kind == "cpu",
        "eval_strategy": "steps",
        "eval_steps": plan.eval_steps,
        "metric_for_best_model": EVAL_LOSS,
        "greater_is_better": False,
        "save_strategy": "steps",
        "save_steps": plan.eval_steps,
        "logging_steps": 1,
        "seed": setup.run.seed,
        "data_seed": setup.run.seed,
        "remove_unused_columns": False,
        "dataloader_pin_memory": device.kind == "cuda",
        "restore_callback_states_from_checkpoint": False,
        "disable_tqdm": True,
        "log_level": "error",
        **tracker_arguments(config.report_to, setup.folder.path),
    }


def on_one_device(arguments: TrainingArguments) -> TrainingArguments:
    """Let no DataParallel divide the batches among several GPUs."""
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1
    return arguments


def progress_callback(
    kind: Callable[..., ReplyProgress],
    setup: Setup[EncodedRow],
    prepared: PreparedModel,
    config: TrainConfig,
    reporter: ProgressReporter,
    stop_signal: StopSignal,
) -> ReplyProgress:
    """Return what reports the training."""
    plan = setup.run.plan
    return kind(
        reporter=reporter,
        stop_signal=stop_signal,
        tokens_per_row=setup.tokens_per_row,
        flops_per_token=flops_per_token(prepared.model, plan.max_seq_length),
        peak_flops=setup.device.peak_flops,
        cost_per_hour=config.cost_per_hour,
        early_stopping_patience=plan.early_stopping_patience,
        save_seconds=config.save_seconds,
    )


def train_to_end(
    trainer: ReplyTrainer,
    setup: Setup[EncodedRow],
    reporter: ProgressReporter,
    stop_signal: StopSignal,
) -> bool:
    """Train from the latest checkpoint on, and return whether all of it is done.

    The model then has the best weights; otherwise the run can be resumed.
    """
    latest = checkpoints.find_latest(setup.folder.checkpoints)
    direct_tensorboard(trainer.callback_handler.callbacks, setup.folder.path)
    try:
        trainer.train(resume_from_checkpoint=str(latest) if latest else None)
    except TrainingComplete:
        if not trainer.is_evaluated:
            trainer.evaluate_last_step()
    is_over = trainer.state.global_step >= setup.run.plan.max_steps and trainer.is_evaluated
    if stop_signal.stop and not is_over:
        return False
    if not trainer.load_best():
        reporter.log("The best checkpoint is damaged or missing; the last weights are kept.")
    return True


# Results ------------------------------------------------------------------------------------------


def best_evaluation(history: list[dict[str, Any]]) -> Mapping[str, Any]:
    """Return the entry of the evaluation with the lowest loss; empty where there was none."""
    evaluations = (entry for entry in history if EVAL_LOSS in entry)
    return min(evaluations, key=lambda entry: float(entry[EVAL_LOSS]), default={})


def outcome(
    setup: Setup[EncodedRow],
    config: TrainConfig,
    history: list[dict[str, Any]],
    steps: int,
    *,
    stopped: bool,
) -> dict[str, Any]:
    """Return the fields of `ReplyResult`."""
    seconds = max((entry["seconds"] for entry in history if "seconds" in entry), default=0.0)
    return {
        "folder": setup.folder.path,
        "stopped": stopped,
        "steps": steps,
        "best_step": int(best_evaluation(history).get("step", 0)),
        "seconds": seconds,
        "cost": None if config.cost_per_hour is None else seconds / 3600 * config.cost_per_hour,
        "plan": setup.run.plan,
    }


def adapter_record(
    setup: Setup[EncodedRow],
    config: TrainConfig,
    base: LoadedModel,
    result: ReplyResult,
    history: list[dict[str, Any]],
    *,
    objective: Mapping[str, float],
    **content: Any,
) -> ModelRecord:
    """Return what the model folder says about the adapter.

    `content` are the fields of the record that only a kind of training knows.
    """
    run, plan = setup.run, setup.run.plan
    recipe = {name: value for name, value in asdict(plan).items() if name != "reasons"}
    recipe |= {**objective, "seed": run.seed, "best_step": result.best_step}
    tokens_per_step = round(setup.tokens_per_row * plan.batch_size)
    losses = {entry["step"]: entry["loss"] for entry in history if "loss" in entry}
    return ModelRecord(
        name=setup.folder.path.resolve().name,
        method="lora",
        base=BaseModelInfo(base.reference, base.sha256, base.licence, base.hub_id),
        context_length=base.context_length,
        recipe=recipe,
        cost=TrainingCost(
            seconds=result.seconds,
            tokens=result.steps * tokens_per_step,
            device=f"1 x {setup.device.name}",
            per_hour=config.cost_per_hour,
        ),
        history=[
            HistoryPoint(step, step * tokens_per_step, loss=losses[step]) for step in sorted(losses)
        ],
        **content,
    )
