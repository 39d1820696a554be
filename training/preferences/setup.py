"""Prepare preference tuning: read and divide the pairs, load the base, make the plan."""

from dataclasses import asdict, dataclass
from typing import Any

from dungeon.errors import InputRefused
from dungeon.models.catalog import catalog
from dungeon.text.counts import count
from training.models.loading import LoadedModel
from training.preferences.encoding import EncodedPair, encode_pairs
from training.preferences.objective import SFT_WEIGHT, Objective
from training.preferences.pairs import PairFile
from training.preferences.plan import make_plan
from training.trainer.config import LoadModel, TrainConfig
from training.trainer.devices import Device, find_device
from training.trainer.options import flag
from training.trainer.plan import describe_hyperparameter
from training.trainer.run_folder import RunFolder, RunRecord

_OF_A_CORPUS = ("from_scratch", "freeze_layers", "train_on", "mix", "compile", "minutes")
"""Settings of a training on a corpus that mean nothing here."""


@dataclass(frozen=True, slots=True)
class TuneSetup:
    """Everything a run needs except the model."""

    file: PairFile
    folder: RunFolder
    device: Device
    run: RunRecord
    train: list[EncodedPair]
    held_out: list[EncodedPair]

    @property
    def beta(self) -> float:
        """How strongly the model is held to its base."""
        return float(self.run.overrides["beta"])

    @property
    def sft_weight(self) -> float:
        """The weight of the chosen replies' likelihood in the loss."""
        return float(self.run.overrides.get("sft_weight", SFT_WEIGHT))


def set_up(
    file: PairFile, folder: RunFolder, config: TrainConfig, objective: Objective, load: LoadModel
) -> tuple[TuneSetup, LoadedModel]:
    """Return the setup of a new run or of the recorded one, and the base model.

    Raises InputRefused where the run cannot start, or cannot be resumed as it started.
    """
    for name in _OF_A_CORPUS:
        if getattr(config, name) not in (None, False, 0):
            raise InputRefused(
                f"{flag(name)} does not apply to --preferences, which trains an adapter on "
                "replies. Leave it out."
            )
    device = find_device(config.device)
    if device.world_size > 1:
        raise InputRefused("Preference tuning runs on one device. Start it without torchrun.")
    run = _resume_run(folder, config, objective, file) if config.resume else None
    base = load(run.base if run else config.base or catalog().default)
    if run and run.base_sha256 != base.sha256:
        raise folder.has_changed("the base")
    seed = run.seed if run else config.seed or 0
    train, held_out = file.split(seed)
    if run is None:
        plan = make_plan(
            len(train),
            len(held_out),
            context_length=base.context_length,
            is_gpu=device.is_gpu,
            overrides=config.overrides,
        )
        run = RunRecord(
            requested_base=config.base or catalog().default,
            base=base.reference,
            base_sha256=base.sha256,
            corpus_sha256=file.sha256,
            from_scratch=False,
            seed=seed,
            freeze_layers=0,
            train_on="replies",
            mix=[],
            overrides=config.overrides | objective.filled(),
            plan=plan,
        )
    length = run.plan.max_seq_length
    encoded = [
        encode_pairs(part, base.tokenizer, max_seq_length=length) for part in (train, held_out)
    ]
    try:
        folder.write_run(run)
    except OSError as error:
        raise folder.not_written(error) from error
    return TuneSetup(file, folder, device, run, *encoded), base


def _resume_run(
    folder: RunFolder, config: TrainConfig, objective: Objective, file: PairFile
) -> RunRecord:
    """Return the recorded run. Raises InputRefused where the file or the settings differ."""
    run = folder.read_run()
    if run.corpus_sha256 != file.sha256 or "beta" not in run.overrides:
        raise folder.has_changed("what it is trained on")
    asked: dict[str, Any] = {"base": config.base, "seed": config.seed, **objective.asked()}
    asked |= config.overrides
    recorded = {"sft_weight": SFT_WEIGHT} | asdict(run.plan) | run.overrides | {"seed": run.seed}
    different = [
        flag(name)
        for name, value in asked.items()
        if value is not None
        and value != recorded.get(name)
        and not (name == "base" and value in (run.base, run.requested_base))
    ]
    if different:
        raise folder.settings_differ(different)
    return run


def describe(setup: TuneSetup) -> list[str]:
    """Return the plan as lines, with the reason for each hyperparameter."""
    plan = setup.run.plan
    cut = sum(pair.is_cut for pair in (*setup.train, *setup.held_out))
    return [
        f"{setup.file.path.name}: {count(len(setup.train), 'pair')} to train on, "
        f"{len(setup.held_out)} held "
        f"out; {cut} are longer than {plan.max_seq_length} tokens and are cut at the front.",
        *plan.describe(),
        describe_hyperparameter("beta", setup.beta, "how strongly the model is held to its base"),
        describe_hyperparameter("sft_weight", setup.sft_weight, "of chosen replies in the loss"),
    ]
