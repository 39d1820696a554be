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
from training.preferences.objective import SFT_WEIGHT, Objective
from training.preferences.pairs import PairFile
from training.preferences.plan import make_plan
from training.preferences.text import Text, read_text
from training.trainer.config import LoadModel, TrainConfig
from training.trainer.devices import Device, find_device
from training.trainer.options import flag
from training.trainer.plan import Plan, describe_hyperparameter
from training.trainer.run_folder import RunFolder, RunRecord

_OF_FINE_TUNING = ("from_scratch", "freeze_layers", "compile", "minutes")
"""Settings of a training on a corpus alone that mean nothing here."""

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
    def lm_weight(self) -> float | None:
        """The weight of the text in the loss; None where there is none."""
        found: float | None = self.run.overrides.get("lm_weight")
        return found

    @property
    def tokens_per_pair(self) -> float:
        """Tokens that are read for a pair on average, those of the text next to it included."""
        of_pairs = sum(pair.tokens for pair in self.train) / len(self.train)
        of_text = self.text.tokens_per_step if self.text else 0.0
        return of_pairs + of_text / self.run.plan.batch_size


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
    run = None
    if config.resume:
        run = _resume_run(folder, config, objective, sha256, has_text=corpus is not None)
    base = load(run.base if run else config.base or catalog().default)
    if run and run.base_sha256 != base.sha256:
        raise folder.has_changed("the base")
    train, held_out = file.split(run.seed if run else config.seed or 0)
    if run is None:
        plan = make_plan(
            len(train),
            len(held_out),
            context_length=base.context_length,
            is_gpu=device.is_gpu,
            overrides=config.overrides,
        )
        run = _new_run(config, objective, base, plan, sha256, has_text=corpus is not None)
    encoded = [
        encode_pairs(part, base.tokenizer, max_seq_length=run.plan.max_seq_length)
        for part in (train, held_out)
    ]
    setup = TuneSetup(file, folder, device, run, train=encoded[0], held_out=encoded[1])
    try:
        if corpus is not None:
            setup = replace(setup, text=_read_text(corpus, run, base, folder))
        folder.write_run(run)
    except OSError as error:
        raise folder.not_written(error) from error
    return setup, base


def _new_run(
    config: TrainConfig,
    objective: Objective,
    base: LoadedModel,
    plan: Plan,
    sha256: str,
    *,
    has_text: bool,
) -> RunRecord:
    return RunRecord(
        requested_base=config.base or catalog().default,
        base=base.reference,
        base_sha256=base.sha256,
        corpus_sha256=sha256,
        from_scratch=False,
        seed=config.seed or 0,
        freeze_layers=0,
        train_on=(config.train_on or "all") if has_text else "replies",
        mix=list(config.mix or ()),
        overrides=config.overrides | objective.filled(has_text=has_text),
        plan=plan,
    )


def _read_text(corpus: Corpus, run: RunRecord, base: LoadedModel, folder: RunFolder) -> Text:
    return read_text(
        replace(corpus, train_on=run.train_on),
        base.tokenizer,
        max_seq_length=run.plan.max_seq_length,
        pairs_per_step=run.plan.batch_size,
        weights=run.mix,
        seed=run.seed,
        cache=folder.tokens,
    )


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
    folder: RunFolder, config: TrainConfig, objective: Objective, sha256: str, *, has_text: bool
) -> RunRecord:
    """Return the recorded run. Raises InputRefused where the files or the settings differ."""
    run = folder.read_run()
    if run.is_on_pairs and run.has_text != has_text:
        raise folder.text_differs(has_text=has_text)
    if run.corpus_sha256 != sha256 or not run.is_on_pairs:
        raise folder.has_changed("what it is trained on")
    asked: dict[str, Any] = {name: getattr(config, name) for name in ("base", "seed", "train_on")}
    asked |= {"mix": None if config.mix is None else list(config.mix), **objective.asked()}
    asked |= config.overrides
    recorded = Objective().filled(has_text=has_text) | asdict(run.plan) | run.overrides
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
    lines = [
        f"{setup.file.path.name}: {count(len(setup.train), 'pair')} to train on, "
        f"{len(setup.held_out)} held "
        f"out; {cut} are longer than {plan.max_seq_length} tokens and are cut at the front.",
        *(setup.text.describe() if setup.text else ()),
        *plan.describe(),
        describe_hyperparameter("beta", setup.beta, "how strongly the model is held to its base"),
        describe_hyperparameter("sft_weight", setup.sft_weight, "of chosen replies in the loss"),
    ]
    if setup.text:
        lines.append(
            describe_hyperparameter("lm_weight", setup.lm_weight, "of the text in the loss")
        )
    return lines
