"""Start a training on replies, or continue one: load the base, divide the rows, make the plan."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Generic, Protocol, TypeVar

from dungeon.errors import InputRefused
from dungeon.models.catalog import catalog
from training.models.loading import LoadedModel
from training.replies.plan import Rules, make_plan
from training.trainer.config import LoadModel, TrainConfig
from training.trainer.devices import Device, find_device
from training.trainer.model_setup import parameters_to_freeze, target_modules
from training.trainer.options import flag
from training.trainer.run_folder import RunFolder, RunRecord

Row = TypeVar("Row")


class Encoded(Protocol):
    """A row as token ids."""

    @property
    def tokens(self) -> int:
        """The tokens that are read for it."""
        ...

    @property
    def is_cut(self) -> bool:
        """Whether it was too long."""
        ...


EncodedRow = TypeVar("EncodedRow", bound=Encoded)

_OF_A_CORPUS = ("from_scratch", "train_on", "mix", "compile", "minutes")
"""Settings of a training on a corpus that mean nothing here."""


@dataclass(frozen=True, slots=True)
class Task(Generic[Row]):
    """What is trained on, and how."""

    rules: Rules
    name: str
    """Of the file, or of the files."""
    sha256: str
    split: Callable[[int], tuple[list[Row], list[Row]]]
    """Divide the rows by a seed: those to train on, and those that are held out."""
    objective: Mapping[str, float | None]
    """The settings of the loss that are asked for. The first one is no other training's."""
    objective_defaults: Mapping[str, float]
    not_applicable: tuple[str, ...] = ()
    """Settings of a corpus training that mean nothing here, beside those that never do."""


@dataclass(frozen=True, slots=True)
class Start(Generic[Row]):
    """A run that can begin, once its rows are encoded."""

    device: Device
    base: LoadedModel
    run: RunRecord
    train: list[Row]
    held_out: list[Row]


@dataclass(frozen=True, slots=True)
class Setup(Generic[EncodedRow]):
    """Everything a run needs except the model."""

    name: str
    """Of the file, or of the files, that are trained on."""
    unit: str
    folder: RunFolder
    device: Device
    run: RunRecord
    train: list[EncodedRow]
    held_out: list[EncodedRow]

    @property
    def tokens_per_row(self) -> float:
        """Tokens of a row to train on, in the mean."""
        return sum(row.tokens for row in self.train) / len(self.train)

    @property
    def cut_rows(self) -> int:
        """The rows that are too long."""
        return sum(row.is_cut for row in (*self.train, *self.held_out))


def prepare(task: Task[Row], folder: RunFolder, config: TrainConfig, load: LoadModel) -> Start[Row]:
    """Return the start of a new run, or of the recorded one.

    Raises InputRefused where the run cannot start, or cannot be resumed as it started.
    """
    option = task.rules.option
    for name in (*_OF_A_CORPUS, *task.not_applicable):
        if getattr(config, name) not in (None, False, 0):
            raise InputRefused(
                f"{flag(name)} does not apply to {option}, which trains an adapter on replies. "
                "Leave it out."
            )
    device = find_device(config.device)
    if device.world_size > 1:
        raise InputRefused(
            f"A training with {option} runs on one device. Start it without torchrun."
        )
    run = _resume_run(task, folder, config) if config.resume else None
    base = load(run.base if run else config.base or catalog().default)
    if run and run.base_sha256 != base.sha256:
        raise folder.has_changed("the base")
    train, held_out = task.split(run.seed if run else config.seed or 0)
    if run is None:
        run = _new_run(task, config, base, device, len(train), len(held_out))
    return Start(device, base, run, train, held_out)


def begin(
    task: Task[Row],
    folder: RunFolder,
    start: Start[Row],
    encode: Callable[[list[Row]], list[EncodedRow]],
) -> Setup[EncodedRow]:
    """Return the run with its rows encoded, and record it.

    Raises InputRefused where the base has not the modules or layers that the run needs.
    """
    plan, model = start.run.plan, start.base.model
    target_modules(model, plan.lora_target_modules)
    parameters_to_freeze(model, start.run.freeze_layers)
    train, held_out = encode(start.train), encode(start.held_out)
    try:
        folder.write_run(start.run)
    except OSError as error:
        raise folder.not_written(error) from error
    unit = task.rules.unit
    return Setup(task.name, unit, folder, start.device, start.run, train, held_out)


def _new_run(
    task: Task[Row],
    config: TrainConfig,
    base: LoadedModel,
    device: Device,
    rows: int,
    held_out: int,
) -> RunRecord:
    plan = make_plan(
        task.rules,
        rows,
        held_out,
        context_length=base.context_length,
        is_gpu=device.is_gpu,
        overrides=config.overrides,
    )
    return RunRecord(
        requested_base=config.base or catalog().default,
        base=base.reference,
        base_sha256=base.sha256,
        corpus_sha256=task.sha256,
        from_scratch=False,
        seed=config.seed or 0,
        freeze_layers=config.freeze_layers or 0,
        train_on="replies",
        mix=[],
        overrides={**config.overrides, **task.objective_defaults, **_given(task.objective)},
        plan=plan,
    )


def _resume_run(task: Task[Row], folder: RunFolder, config: TrainConfig) -> RunRecord:
    """Return the recorded run. Raises InputRefused where the data or the settings differ."""
    run = folder.read_run()
    if run.corpus_sha256 != task.sha256 or next(iter(task.objective_defaults)) not in run.overrides:
        raise folder.has_changed("what it is trained on")
    given = {"base": config.base, "seed": config.seed, "freeze_layers": config.freeze_layers}
    asked = _given({**given, **task.objective, **config.overrides})
    own = {"seed": run.seed, "freeze_layers": run.freeze_layers}
    recorded = {**task.objective_defaults, **asdict(run.plan), **run.overrides, **own}
    different = [
        flag(name)
        for name, value in asked.items()
        if value != recorded.get(name)
        and not (name == "base" and value in (run.base, run.requested_base))
    ]
    if different:
        raise folder.settings_differ(different)
    return run


def _given(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}
