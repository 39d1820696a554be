"""Prepare preference tuning: divide the pairs, load the base, encode the text, make the plan."""

import hashlib
from dataclasses import asdict, dataclass, replace
from typing import Any

from dungeon.errors import InputRefused
from dungeon.models.catalog import catalog
from dungeon.text.counts import count
from training.data.corpus import Corpus
from training.models.loading import LoadedModel
from training.preferences.encoding import EncodedPair, encode_pairs
from training.preferences.objective import LM_WEIGHT, SFT_WEIGHT, Objective
from training.preferences.pairs import PairFile
from training.preferences.plan import make_plan
from training.preferences.text import Text, read_text
from training.trainer.config import LoadModel, TrainConfig
from training.trainer.devices import Device, find_device
from training.trainer.options import flag
from training.trainer.plan import describe_hyperparameter
from training.trainer.run_folder import RunFolder, RunRecord

_OF_FINE_TUNING = ("from_scratch", "freeze_layers", "compile", "minutes")
"""Settings of a training on a corpus alone that mean nothing here."""

_MEANING = {
    "beta": "how strongly the model is held to its base",
    "sft_weight": "of chosen replies in the loss",
    "lm_weight": "of the text in the loss",
}

_OF_A_CORPUS = ("train_on", "mix")
"""Settings that say something about a corpus, where there is one."""


@dataclass(frozen=True, slots=True)
class TuneSetup:
    """Everything a run needs except the model."""

    file: PairFile
    folder: RunFolder
    device: Device
    run: RunRecord
    train: list[EncodedPair]
    held_out: list[EncodedPair]
    text: Text | None = None
    """What the model is to keep, where a corpus was given."""

    @property
    def beta(self) -> float:
        """How strongly the model is held to its base."""
        return float(self.run.overrides["beta"])

    @property
    def sft_weight(self) -> float:
        """The weight of the chosen replies' likelihood in the loss."""
        return float(self.run.overrides.get("sft_weight", SFT_WEIGHT))

    @property
    def lm_weight(self) -> float:
        """The weight of the text in the loss."""
        return float(self.run.overrides.get("lm_weight", LM_WEIGHT))

    @property
    def objective(self) -> dict[str, float]:
        """The weights by name, as far as they mean something."""
        weights = {"beta": self.beta, "sft_weight": self.sft_weight}
        return weights if self.text is None else weights | {"lm_weight": self.lm_weight}


def set_up(
    file: PairFile,
    corpus: Corpus | None,
    folder: RunFolder,
    config: TrainConfig,
    objective: Objective,
    load: LoadModel,
) -> tuple[TuneSetup, LoadedModel]:
    """Return the setup of a new run or of the recorded one, and the base model.

    Raises InputRefused where the run cannot start, or cannot be resumed as it started.
    """
    _refuse_what_does_not_apply(config, objective, has_corpus=corpus is not None)
    device = find_device(config.device)
    if device.world_size > 1:
        raise InputRefused("Preference tuning runs on one device. Start it without torchrun.")
    sha256 = _sha256(file, corpus)
    run = _resume_run(folder, config, objective, sha256) if config.resume else None
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
            corpus_sha256=sha256,
            from_scratch=False,
            seed=seed,
            freeze_layers=0,
            train_on=config.train_on or "all",
            mix=list(config.mix or ()),
            overrides=config.overrides | objective.filled(),
            plan=plan,
        )
    length = run.plan.max_seq_length
    encoded_train, encoded_held_out = (
        encode_pairs(part, base.tokenizer, max_seq_length=length) for part in (train, held_out)
    )
    try:
        folder.write_run(run)
    except OSError as error:
        raise folder.not_written(error) from error
    text = None
    if corpus is not None:
        text = read_text(
            replace(corpus, train_on=run.train_on),
            base.tokenizer,
            max_seq_length=length,
            weights=run.mix,
            cache=folder.tokens,
        )
    return TuneSetup(file, folder, device, run, encoded_train, encoded_held_out, text), base


def _refuse_what_does_not_apply(
    config: TrainConfig, objective: Objective, *, has_corpus: bool
) -> None:
    """Raise InputRefused for a setting that means nothing here."""
    for name in _OF_FINE_TUNING:
        if getattr(config, name) not in (None, False, 0):
            raise InputRefused(
                f"{flag(name)} does not apply to --preferences, which trains an adapter on "
                "replies. Leave it out."
            )
    settings: dict[str, Any] = {name: getattr(config, name) for name in _OF_A_CORPUS}
    settings["lm_weight"] = objective.lm_weight
    for name, value in settings.items():
        if value is not None and not has_corpus:
            raise InputRefused(
                f"{flag(name)} is for the text next to --preferences. Name a CORPUS, or leave it "
                "out."
            )


def _sha256(file: PairFile, corpus: Corpus | None) -> str:
    """Return the hash of everything that is trained on."""
    if corpus is None:
        return file.sha256
    return hashlib.sha256(f"{file.sha256} {corpus.sha256}".encode()).hexdigest()


def _resume_run(
    folder: RunFolder, config: TrainConfig, objective: Objective, sha256: str
) -> RunRecord:
    """Return the recorded run. Raises InputRefused where the files or the settings differ."""
    run = folder.read_run()
    if run.corpus_sha256 != sha256 or "beta" not in run.overrides:
        raise folder.has_changed("what it is trained on")
    asked: dict[str, Any] = {name: getattr(config, name) for name in ("base", "seed", "train_on")}
    asked |= {"mix": None if config.mix is None else list(config.mix), **objective.asked()}
    asked |= config.overrides
    recorded = Objective().filled() | asdict(run.plan) | run.overrides
    recorded |= {"seed": run.seed, "train_on": run.train_on, "mix": run.mix}
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
    text = setup.text
    of_text = []
    if text is not None:
        of_text = [
            f"{text.corpus.name}: {count(len(text.train), 'row')} of text next to them, "
            f"{len(text.held_out)} held out.",
        ]
    return [
        f"{setup.file.path.name}: {count(len(setup.train), 'pair')} to train on, "
        f"{len(setup.held_out)} held "
        f"out; {cut} are longer than {plan.max_seq_length} tokens and are cut at the front.",
        *of_text,
        *plan.describe(),
        *(
            describe_hyperparameter(name, value, _MEANING[name])
            for name, value in setup.objective.items()
        ),
    ]
