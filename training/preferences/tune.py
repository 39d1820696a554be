"""Tune a model on preference pairs and write a model folder: the whole run, top to bottom.

    grue saves preferences -o pairs.jsonl
    grue train --preferences pairs.jsonl --base grue-135m -o mine
    grue train corpus --preferences pairs.jsonl -o mine

The adapter is trained with DPO; the reference is the same model with the adapter disabled. The text
of a corpus may be trained on next to the pairs.
"""

import copy
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import transformers
from transformers import set_seed
from trl.trainer.dpo_config import DPOConfig

from dungeon.errors import GrueError
from dungeon.text.counts import count
from training.data.corpus import Corpus
from training.models.loading import LoadedModel
from training.models.record import (
    BaseModelInfo,
    CorpusInfo,
    HistoryPoint,
    ModelRecord,
    TrainingCost,
)
from training.models.saving import save_model
from training.preferences.objective import Objective, loss_arguments
from training.preferences.pairs import read_pairs
from training.preferences.progress import PreferenceProgress
from training.preferences.setup import TuneSetup, describe, set_up
from training.preferences.text import Text
from training.preferences.trainer import (
    EVAL_ACCURACY,
    EVAL_MARGIN,
    EVAL_TEXT,
    Interrupted,
    PreferenceTrainer,
)
from training.trainer import checkpoints, hyperparameters
from training.trainer.checkpointed import EVAL_LOSS, TrainingComplete, is_out_of_memory
from training.trainer.config import LoadModel, StopSignal, TrainConfig
from training.trainer.console import ProgressReporter
from training.trainer.flops import flops_per_token
from training.trainer.model_setup import PreparedModel, prepare_model
from training.trainer.plan import Plan
from training.trainer.reporting import direct_tensorboard, tracker_arguments
from training.trainer.run_folder import RESUME_ADVICE, RunFolder, RunRecord
from training.trainer.samples import generate_samples

PRIVATE = "private"
"""The licence of what a player wrote, as the model card states it."""


@dataclass(frozen=True, slots=True)
class PreferenceResult:
    """The outcome of preference tuning."""

    folder: Path
    stopped: bool
    """Whether it was stopped before its end and can be resumed."""
    steps: int
    best_step: int
    pairs: int
    held_out_pairs: int
    accuracy: float | None
    """Share of held-out pairs whose chosen reply became likelier than the rejected one; a model
    that was not trained has 0.5. None where it was stopped before that was known."""
    margin: float | None
    """By how many nats, on average."""
    text_bits_per_byte_before: float | None
    """Of the held-out text, of the base; None where there is none, or it is not known yet."""
    text_bits_per_byte: float | None
    seconds: float
    cost: float | None
    beta: float
    sft_weight: float
    lm_weight: float | None
    """None where there is no text."""
    plan: Plan

    is_main_process: bool = True

    def describe(self) -> str:
        """Return how many held-out pairs came out as chosen; empty where that is not known yet."""
        if self.accuracy is None:
            return ""
        before, after = self.text_bits_per_byte_before, self.text_bits_per_byte
        pairs = f"{self.accuracy:.1%} of {self.held_out_pairs} held-out pairs as chosen"
        if before is None or after is None:
            return pairs
        return f"{pairs}, held-out text {before:.4f} → {after:.4f} bits per byte"

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        document = asdict(self) | {"folder": str(self.folder)}
        del document["is_main_process"]
        return document


def tune(
    pairs: Path,
    out: Path,
    config: TrainConfig,
    *,
    load: LoadModel,
    corpus: Corpus | None = None,
    objective: Objective | None = None,
    reporter: ProgressReporter | None = None,
    stop_signal: StopSignal | None = None,
) -> PreferenceResult:
    """Tune a base model on the file `pairs` as `config` says, and write a model folder at `out`.

    The loss of `corpus` is added, so that the model keeps what it knows of such text.
    `stop_signal` may be set at any time: the step is finished and saved, and a config with `resume`
    continues from there. Raises InputRefused, with nothing written, where training cannot start;
    GrueError where it cannot go on.
    """
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    file, folder = read_pairs(pairs), RunFolder(out)
    reporter = reporter or ProgressReporter()
    folder.check(resume=config.resume)
    with folder.lock(), folder.explained_full_disk():
        setup, base = set_up(file, corpus, folder, config, objective or Objective(), load)
        for line in describe(setup):
            reporter.log(line)
        try:
            return _train(setup, base, config, reporter, stop_signal or StopSignal())
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            plan = setup.run.plan
            raise GrueError(
                f"The memory of {setup.device.name} does not hold "
                f"{count(plan.micro_batch_size, 'pair')} of "
                f"{plan.max_seq_length} tokens at a time{' and their text' if corpus else ''}. "
                "Start again with fewer (--micro-batch-size), or shorter ones (--max-seq-length)."
            ) from error


# Train --------------------------------------------------------------------------------------------


def _train(
    setup: TuneSetup,
    base: LoadedModel,
    config: TrainConfig,
    reporter: ProgressReporter,
    stop_signal: StopSignal,
) -> PreferenceResult:
    """Train from the latest checkpoint to the end, or until the stop signal; write the model."""
    run, plan = setup.run, setup.run.plan
    set_seed(run.seed)
    prepared = prepare_model(base.model, plan, reference=base.reference, bf16=setup.device.bf16)
    callback = PreferenceProgress(
        reporter=reporter,
        stop_signal=stop_signal,
        tokens_per_row=setup.tokens_per_pair,
        flops_per_token=flops_per_token(prepared.model, plan.max_seq_length),
        peak_flops=setup.device.peak_flops,
        cost_per_hour=config.cost_per_hour,
        early_stopping_patience=plan.early_stopping_patience,
        save_seconds=config.save_seconds,
    )
    latest = checkpoints.find_latest(setup.folder.checkpoints)
    try:
        trainer = PreferenceTrainer(
            prepared,
            _arguments(setup, config),
            setup.train,
            setup.held_out,
            tokenizer=copy.deepcopy(base.tokenizer),  # trl gives it a padding token
            callback=callback,
            reporter=reporter,
            stop_signal=stop_signal,
            text=setup.text,
            lm_weight=setup.lm_weight or 0.0,
        )
        before = trainer.evaluate_text().get(EVAL_TEXT)  # the adapter changes nothing yet
    except Interrupted:
        return _result(setup, [], 0, config, stopped=True)
    result_of = partial(_result, setup, config=config, text_before=before)
    direct_tensorboard(trainer.callback_handler.callbacks, setup.folder.path)
    try:
        trainer.train(resume_from_checkpoint=str(latest) if latest else None)
    except TrainingComplete:
        if not trainer.is_evaluated:
            trainer.evaluate_last_step()
    history, steps = trainer.state.log_history, trainer.state.global_step
    if stop_signal.stop and not (steps >= plan.max_steps and trainer.is_evaluated):
        return result_of(history, steps, stopped=True)
    if not trainer.load_best():
        reporter.log("The best checkpoint is damaged or missing; the last weights are kept.")
    result = result_of(history, steps, stopped=False)
    record = _record(setup, config, base, prepared, result, history)
    save_model(setup.folder.path, prepared, base.tokenizer, record, advice=RESUME_ADVICE)
    setup.folder.remove_work()
    return result


def _arguments(setup: TuneSetup, config: TrainConfig) -> DPOConfig:
    """Return the plan as arguments of trl's trainer."""
    plan, device = setup.run.plan, setup.device
    arguments = DPOConfig(
        output_dir=str(setup.folder.checkpoints),
        max_length=None,  # pairs have their length already
        precompute_ref_log_probs=True,
        per_device_train_batch_size=plan.micro_batch_size,
        per_device_eval_batch_size=plan.micro_batch_size,
        gradient_accumulation_steps=plan.gradient_accumulation_steps,
        max_steps=plan.max_steps,
        learning_rate=plan.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=plan.warmup_steps,
        weight_decay=plan.weight_decay,
        adam_beta1=hyperparameters.BETAS[0],
        adam_beta2=hyperparameters.BETAS[1],
        optim="adamw_torch_fused",
        activation_checkpointing=False,
        bf16=device.bf16,
        use_cpu=device.kind == "cpu",
        eval_strategy="steps",
        eval_steps=plan.eval_steps,
        metric_for_best_model=EVAL_LOSS,
        greater_is_better=False,
        save_strategy="steps",
        save_steps=plan.eval_steps,
        logging_steps=1,
        seed=setup.run.seed,
        data_seed=setup.run.seed,
        remove_unused_columns=False,
        dataloader_pin_memory=device.kind == "cuda",
        restore_callback_states_from_checkpoint=False,
        disable_tqdm=True,
        log_level="error",
        **loss_arguments(setup.beta, setup.sft_weight),
        **tracker_arguments(config.report_to, setup.folder.path),
    )
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1  # trl refuses DataParallel
    return arguments


# Results ------------------------------------------------------------------------------------------


def _result(
    setup: TuneSetup,
    history: list[dict[str, Any]],
    steps: int,
    config: TrainConfig,
    *,
    stopped: bool,
    text_before: float | None = None,
) -> PreferenceResult:
    evaluations = [entry for entry in history if EVAL_LOSS in entry]
    best = min(evaluations, key=lambda entry: float(entry[EVAL_LOSS]), default={})
    seconds = max((entry["seconds"] for entry in history if "seconds" in entry), default=0.0)
    return PreferenceResult(
        folder=setup.folder.path,
        stopped=stopped,
        steps=steps,
        best_step=int(best.get("step", 0)),
        pairs=len(setup.train),
        held_out_pairs=len(setup.held_out),
        accuracy=best.get(EVAL_ACCURACY),
        margin=best.get(EVAL_MARGIN),
        text_bits_per_byte_before=text_before,
        text_bits_per_byte=best.get(EVAL_TEXT),
        seconds=seconds,
        cost=None if config.cost_per_hour is None else seconds / 3600 * config.cost_per_hour,
        beta=setup.beta,
        sft_weight=setup.sft_weight,
        lm_weight=setup.lm_weight,
        plan=setup.run.plan,
    )


def _record(
    setup: TuneSetup,
    config: TrainConfig,
    base: LoadedModel,
    prepared: PreparedModel,
    result: PreferenceResult,
    history: list[dict[str, Any]],
) -> ModelRecord:
    """Return what the model folder says about the model."""
    run, plan = setup.run, setup.run.plan
    recipe = {name: value for name, value in asdict(plan).items() if name != "reasons"}
    recipe |= {"beta": setup.beta, "sft_weight": setup.sft_weight}
    recipe |= {"seed": run.seed, "best_step": result.best_step}
    metrics = {
        "held_out_pairs": result.held_out_pairs,
        "pair_accuracy": result.accuracy,
        "pair_margin": result.margin,
    }
    licences = {PRIVATE: len(setup.train)}
    if setup.text is not None:
        recipe |= _recipe_of_text(setup.text, run, setup.lm_weight)
        metrics |= _metrics_of_text(result)
        licences |= setup.text.corpus.licences()
    tokens_per_step = round(setup.tokens_per_pair * plan.batch_size)
    losses = {entry["step"]: entry["loss"] for entry in history if "loss" in entry}
    return ModelRecord(
        name=setup.folder.path.resolve().name,
        method="lora",
        base=BaseModelInfo(base.reference, base.sha256, base.licence, base.hub_id),
        corpus=CorpusInfo(setup.file.path.name, setup.file.sha256, licences),
        context_length=base.context_length,
        recipe=recipe,
        metrics=metrics,
        cost=TrainingCost(
            seconds=result.seconds,
            tokens=result.steps * tokens_per_step,
            device=f"1 x {setup.device.name}",
            per_hour=config.cost_per_hour,
        ),
        history=[
            HistoryPoint(step, step * tokens_per_step, loss=losses[step]) for step in sorted(losses)
        ],
        samples=generate_samples(prepared.model, base.tokenizer, seed=run.seed),
    )


def _recipe_of_text(text: Text, run: RunRecord, lm_weight: float | None) -> dict[str, Any]:
    """Return what was trained on next to the pairs, and how."""
    return {
        "text": {"name": text.corpus.name, "sha256": text.corpus.sha256},
        "lm_weight": lm_weight,
        "train_on": run.train_on,
        "mix": run.mix,
    }


def _metrics_of_text(result: PreferenceResult) -> dict[str, Any]:
    before, after = result.text_bits_per_byte_before, result.text_bits_per_byte
    if before is None or after is None:
        return {}
    return {"text_bits_per_byte_before": before, "text_bits_per_byte": after}
