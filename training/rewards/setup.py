"""Prepare the training of a reward model: divide the situations, load the base, make the plan."""

from functools import partial

from dungeon.text.counts import count
from training.models.loading import LoadedModel
from training.replies.setup import Setup, Task, begin, prepare
from training.rewards.encoding import EncodedSituation, encode_situations, score_ids
from training.rewards.objective import Objective
from training.rewards.plan import RULES
from training.rewards.scored_replies import ScoredFiles
from training.trainer.config import LoadModel, TrainConfig
from training.trainer.plan import describe_hyperparameter
from training.trainer.run_folder import RunFolder, RunRecord

RewardSetup = Setup[EncodedSituation]
"""Everything a run needs except the model."""


def set_up(
    files: ScoredFiles,
    folder: RunFolder,
    config: TrainConfig,
    objective: Objective,
    load: LoadModel,
) -> tuple[RewardSetup, LoadedModel]:
    """Return the setup of a new run or of the recorded one, and the base model.

    Raises InputRefused where the run cannot start, or cannot be resumed as it started.
    """
    task = Task(
        rules=RULES,
        name=files.name,
        sha256=files.sha256,
        split=files.split,
        objective=objective.asked(),
        objective_defaults=Objective().filled(),
    )
    start = prepare(task, folder, config, load)
    score_ids(start.base.tokenizer)  # refuses a base that cannot answer, before anything is written
    encode = partial(
        encode_situations,
        tokenizer=start.base.tokenizer,
        max_seq_length=start.run.plan.max_seq_length,
    )
    return begin(task, folder, start, encode), start.base


def objective_of(run: RunRecord) -> Objective:
    """Return the objective of a run."""
    return Objective(float(run.overrides["ranking_weight"]))


def describe(setup: RewardSetup, files: ScoredFiles) -> list[str]:
    """Return the plan as lines, with the reason for each hyperparameter."""
    run = setup.run
    replies = sum(len(each.scores) for each in (*setup.train, *setup.held_out))
    lines = [
        f"{setup.name}: {count(len(setup.train), 'situation')} to train on, "
        f"{len(setup.held_out)} held out, with {count(replies, 'scored reply', 'scored replies')}; "
        f"{setup.cut_rows} are longer than {run.plan.max_seq_length} tokens and are cut at the "
        "front."
    ]
    if files.unscored:
        lines.append(f"Left out: {count(files.unscored, 'reply', 'replies')} without a score.")
    lines += run.plan.describe()
    if run.freeze_layers:
        lines.append(
            describe_hyperparameter("freeze_layers", run.freeze_layers, "they get no adapter")
        )
    weight = objective_of(run).ranking_weight
    return [*lines, describe_hyperparameter("ranking_weight", weight, "of the order of replies")]
