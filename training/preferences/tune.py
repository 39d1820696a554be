"""Tune a model on preference pairs and write a model folder: the whole run, top to bottom.

    grue saves preferences -o pairs.jsonl
    grue train --preferences pairs.jsonl --base grue-135m -o mine

The adapter is trained with DPO; the reference is the same model with the adapter disabled.
"""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import transformers
from transformers import set_seed
from trl.trainer.dpo_config import DPOConfig

from training.models.loading import LoadedModel
from training.models.record import CorpusInfo, ModelRecord
from training.models.saving import save_model
from training.preferences.objective import Objective, loss_arguments
from training.preferences.pairs import read_pairs
from training.preferences.progress import PreferenceProgress
from training.preferences.setup import TuneSetup, describe, objective_of, set_up
from training.preferences.trainer import (
    EVAL_ACCURACY,
    EVAL_MARGIN,
    Interrupted,
    PreferenceTrainer,
)
from training.replies.run import (
    ReplyResult,
    adapter_record,
    best_evaluation,
    explained_memory,
    on_one_device,
    outcome,
    progress_callback,
    train_to_end,
    trainer_arguments,
)
from training.trainer.config import LoadModel, StopSignal, TrainConfig
from training.trainer.console import ProgressReporter
from training.trainer.model_setup import PreparedModel, prepare_model
from training.trainer.run_folder import RESUME_ADVICE, RunFolder
from training.trainer.samples import generate_samples

PRIVATE = "private"
"""The licence of what a player wrote, as the model card states it."""


@dataclass(frozen=True, slots=True)
class PreferenceResult(ReplyResult):
    """The outcome of preference tuning."""

    pairs: int
    held_out_pairs: int
    accuracy: float | None
    """Share of held-out pairs whose chosen reply became likelier than the rejected one; a model
    that was not trained has 0.5. None where it was stopped before that was known."""
    margin: float | None
    """By how many nats, on average."""
    beta: float
    sft_weight: float

    def describe(self) -> str:
        """Return how many held-out pairs came out as chosen; empty where that is not known yet."""
        if self.accuracy is None:
            return ""
        return f"{self.accuracy:.1%} of {self.held_out_pairs} held-out pairs as chosen"


def tune(
    pairs: Path,
    out: Path,
    config: TrainConfig,
    *,
    load: LoadModel,
    objective: Objective | None = None,
    reporter: ProgressReporter | None = None,
    stop_signal: StopSignal | None = None,
) -> PreferenceResult:
    """Tune a base model on the file `pairs` as `config` says, and write a model folder at `out`.

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
        setup, base = set_up(file, folder, config, objective or Objective(), load)
        for line in describe(setup):
            reporter.log(line)
        with explained_memory(setup):
            return _train(setup, base, config, reporter, stop_signal or StopSignal())


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
    try:
        trainer = PreferenceTrainer(
            prepared.model,
            _arguments(setup, config),
            setup.train,
            setup.held_out,
            tokenizer=copy.deepcopy(base.tokenizer),  # trl gives it a padding token
            callback=progress_callback(
                PreferenceProgress, setup, prepared, config, reporter, stop_signal
            ),
            reporter=reporter,
            stop_signal=stop_signal,
        )
    except Interrupted:
        return _result(setup, [], 0, config, stopped=True)
    is_over = train_to_end(trainer, setup, reporter, stop_signal)
    history, steps = trainer.state.log_history, trainer.state.global_step
    result = _result(setup, history, steps, config, stopped=not is_over)
    if is_over:
        record = _record(setup, config, base, prepared, result, history)
        save_model(setup.folder.path, prepared, base.tokenizer, record, advice=RESUME_ADVICE)
        setup.folder.remove_work()
    return result


def _arguments(setup: TuneSetup, config: TrainConfig) -> DPOConfig:
    """Return the plan as arguments of trl's trainer."""
    objective = objective_of(setup.run).filled()
    arguments = DPOConfig(
        max_length=None,  # pairs have their length already
        precompute_ref_log_probs=True,
        **loss_arguments(**objective),
        **trainer_arguments(setup, config),
    )
    on_one_device(arguments)  # trl refuses DataParallel
    return arguments


# Results ------------------------------------------------------------------------------------------


def _result(
    setup: TuneSetup,
    history: list[dict[str, Any]],
    steps: int,
    config: TrainConfig,
    *,
    stopped: bool,
) -> PreferenceResult:
    best = best_evaluation(history)
    own: dict[str, Any] = objective_of(setup.run).filled()
    return PreferenceResult(
        **outcome(setup, config, history, steps, stopped=stopped),
        pairs=len(setup.train),
        held_out_pairs=len(setup.held_out),
        accuracy=best.get(EVAL_ACCURACY),
        margin=best.get(EVAL_MARGIN),
        **own,
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
    run = setup.run
    return adapter_record(
        setup,
        config,
        base,
        result,
        history,
        objective=objective_of(run).filled(),
        corpus=CorpusInfo(setup.name, run.corpus_sha256, {PRIVATE: len(setup.train)}),
        metrics={
            "held_out_pairs": result.held_out_pairs,
            "pair_accuracy": result.accuracy,
            "pair_margin": result.margin,
        },
        samples=generate_samples(prepared.model, base.tokenizer, seed=run.seed),
    )
