"""Train a reward model on scored replies and write a model folder: the whole run, top to bottom.

    grue train --scores stories/scored/*.jsonl --base grue-135m -o judge

The adapter makes the model's next token behind a reply a score from 0 to 4. The reply with the
highest expected score is the one to keep of several (best-of-n sampling, rejection sampling).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import transformers
from transformers import TrainingArguments, set_seed

from dungeon.models.model_folder import REWARD_MODEL
from training.models.licences import UNKNOWN
from training.models.loading import LoadedModel
from training.models.record import CorpusInfo, ModelRecord
from training.models.saving import save_model
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
from training.rewards.encoding import score_ids
from training.rewards.metrics import EVAL_ACCURACY, EVAL_BEST_OF_N, EVAL_POSSIBLE, EVAL_RANDOM
from training.rewards.metrics import describe as describe_metrics
from training.rewards.objective import Objective
from training.rewards.progress import RewardProgress
from training.rewards.scored_replies import read_scored
from training.rewards.scoring import Scorer
from training.rewards.setup import RewardSetup, describe, objective_of, set_up
from training.rewards.trainer import RewardTrainer
from training.trainer.config import LoadModel, StopSignal, TrainConfig
from training.trainer.console import ProgressReporter
from training.trainer.model_setup import prepare_model
from training.trainer.run_folder import RESUME_ADVICE, RunFolder

_METRICS = {
    EVAL_ACCURACY: "pair_accuracy",
    EVAL_BEST_OF_N: "good_best_of_n",
    EVAL_RANDOM: "good_random",
    EVAL_POSSIBLE: "good_possible",
}
"""The metrics by their names in the Trainer's log, and how results and records call them."""


@dataclass(frozen=True, slots=True)
class RewardResult(ReplyResult):
    """The outcome of training a reward model; each metric is None where it is not known yet."""

    situations: int
    held_out_situations: int
    pair_accuracy: float | None
    """Share of the pairs of replies to a held-out prompt, of different scores, in which the model
    gives the better one the higher score; chance is 0.5."""
    good_best_of_n: float | None
    """Share of held-out situations in which the reply that it likes best is good."""
    good_random: float | None
    """The same for a random reply."""
    good_possible: float | None
    """Share of held-out situations with a good reply: no choice does better."""
    ranking_weight: float

    @property
    def is_reward_model(self) -> bool:
        """Whether the model scores replies, and writes none."""
        return True

    def describe(self) -> str:
        """Return what it chooses of held-out replies; empty where that is not known yet."""
        known = {name: getattr(self, field) for name, field in _METRICS.items()}
        found = {name: value for name, value in known.items() if value is not None}
        return describe_metrics(found) if found else ""


def train_reward_model(
    scores: Sequence[Path],
    out: Path,
    config: TrainConfig,
    *,
    load: LoadModel,
    objective: Objective | None = None,
    reporter: ProgressReporter | None = None,
    stop_signal: StopSignal | None = None,
) -> RewardResult:
    """Train on the files `scores` as `config` says, and write a model folder at `out`.

    `stop_signal` may be set at any time: the step is finished and saved, and a config with `resume`
    continues from there. Raises InputRefused, with nothing written, where training cannot start;
    GrueError where it cannot go on.
    """
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    files, folder = read_scored(scores), RunFolder(out)
    reporter = reporter or ProgressReporter()
    folder.check(resume=config.resume)
    with folder.lock(), folder.explained_full_disk():
        setup, base = set_up(files, folder, config, objective or Objective(), load)
        for line in describe(setup, files):
            reporter.log(line)
        with explained_memory(setup):
            return _train(setup, base, config, reporter, stop_signal or StopSignal())


def _train(
    setup: RewardSetup,
    base: LoadedModel,
    config: TrainConfig,
    reporter: ProgressReporter,
    stop_signal: StopSignal,
) -> RewardResult:
    """Train from the latest checkpoint to the end, or until the stop signal; write the model."""
    run = setup.run
    set_seed(run.seed)
    prepared = prepare_model(
        base.model,
        run.plan,
        freeze_layers=run.freeze_layers,
        reference=base.reference,
        bf16=setup.device.bf16,
    )
    trainer = RewardTrainer(
        Scorer(prepared, score_ids(base.tokenizer)),
        on_one_device(TrainingArguments(**trainer_arguments(setup, config))),
        setup.train,
        setup.held_out,
        **objective_of(run).filled(),
        callback=progress_callback(RewardProgress, setup, prepared, config, reporter, stop_signal),
        reporter=reporter,
        stop_signal=stop_signal,
    )
    is_over = train_to_end(trainer, setup, reporter, stop_signal)
    history, steps = trainer.state.log_history, trainer.state.global_step
    result = _result(setup, history, steps, config, stopped=not is_over)
    if is_over:
        record = _record(setup, config, base, result, history)
        save_model(setup.folder.path, prepared, base.tokenizer, record, advice=RESUME_ADVICE)
        setup.folder.remove_work()
    return result


# Results ------------------------------------------------------------------------------------------


def _result(
    setup: RewardSetup,
    history: list[dict[str, Any]],
    steps: int,
    config: TrainConfig,
    *,
    stopped: bool,
) -> RewardResult:
    best = best_evaluation(history)
    metrics: dict[str, Any] = {field: best.get(name) for name, field in _METRICS.items()}
    own: dict[str, Any] = metrics | objective_of(setup.run).filled()
    return RewardResult(
        **outcome(setup, config, history, steps, stopped=stopped),
        situations=len(setup.train),
        held_out_situations=len(setup.held_out),
        **own,
    )


def _record(
    setup: RewardSetup,
    config: TrainConfig,
    base: LoadedModel,
    result: RewardResult,
    history: list[dict[str, Any]],
) -> ModelRecord:
    """Return what the model folder says about the model."""
    names = ("held_out_situations", *_METRICS.values())
    freeze_layers, objective = setup.run.freeze_layers, objective_of(setup.run).filled()
    return adapter_record(
        setup,
        config,
        base,
        result,
        history,
        objective={"freeze_layers": freeze_layers, **objective},
        kind=REWARD_MODEL,
        corpus=CorpusInfo(setup.name, setup.run.corpus_sha256, {UNKNOWN: len(setup.train)}),
        metrics={name: getattr(result, name) for name in names},
    )
