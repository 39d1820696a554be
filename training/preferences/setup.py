"""Prepare preference tuning: read and divide the pairs, load the base, make the plan."""

from functools import partial

from dungeon.text.counts import count
from training.models.loading import LoadedModel
from training.preferences.encoding import EncodedPair, encode_pairs
from training.preferences.objective import SFT_WEIGHT, Objective
from training.preferences.pairs import PairFile
from training.preferences.plan import RULES
from training.replies.setup import Setup, Task, begin, prepare
from training.trainer.config import LoadModel, TrainConfig
from training.trainer.plan import describe_hyperparameter
from training.trainer.run_folder import RunFolder, RunRecord

TuneSetup = Setup[EncodedPair]
"""Everything a run needs except the model."""


def set_up(
    file: PairFile, folder: RunFolder, config: TrainConfig, objective: Objective, load: LoadModel
) -> tuple[TuneSetup, LoadedModel]:
    """Return the setup of a new run or of the recorded one, and the base model.

    Raises InputRefused where the run cannot start, or cannot be resumed as it started.
    """
    task = Task(
        rules=RULES,
        name=file.path.name,
        sha256=file.sha256,
        split=file.split,
        objective=objective.asked(),
        objective_defaults=Objective().filled(),
        not_applicable=("freeze_layers",),
    )
    start = prepare(task, folder, config, load)
    encode = partial(
        encode_pairs,
        tokenizer=start.base.tokenizer,
        max_seq_length=start.run.plan.max_seq_length,
    )
    return begin(task, folder, start, encode), start.base


def objective_of(run: RunRecord) -> Objective:
    """Return the objective of a run."""
    recorded = run.overrides
    return Objective(float(recorded["beta"]), float(recorded.get("sft_weight", SFT_WEIGHT)))


def describe(setup: TuneSetup) -> list[str]:
    """Return the plan as lines, with the reason for each hyperparameter."""
    plan, objective = setup.run.plan, objective_of(setup.run)
    return [
        f"{setup.name}: {count(len(setup.train), 'pair')} to train on, "
        f"{len(setup.held_out)} held out; {setup.cut_rows} are longer than {plan.max_seq_length} "
        "tokens and are cut at the front.",
        *plan.describe(),
        describe_hyperparameter(
            "beta", objective.beta, "how strongly the model is held to its base"
        ),
        describe_hyperparameter(
            "sft_weight", objective.sft_weight, "of chosen replies in the loss"
        ),
    ]
