"""Provides the outset of a training: everything loaded, encoded, packed and planned.

Nothing is learned here, and where something is wrong nothing is left behind. Knows nothing of the
loop.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from accelerate import PartialState

from dungeon.errors import GrueError, InputRefused
from training.data.corpus import Corpus
from training.data.packing import Rows, one_a_row, pack
from training.data.tokens import encode, token_bytes
from training.models import shapes
from training.trainer import hyperparameters
from training.trainer.attention import Isolation, isolate
from training.trainer.config import DEFAULT_BASE, Base, Load, TrainConfig
from training.trainer.devices import Device, find_device
from training.trainer.hyperparameters import Overrides, TaskFacts
from training.trainer.model_setup import frozen
from training.trainer.plan import NO_PLAN, plan
from training.trainer.run_folder import RunFolder, RunRecord


@dataclass(frozen=True, slots=True)
class TrainSetup:
    """Everything a training needs, but the model: that is changed by training, and loaded again."""

    corpus: Corpus
    folder: RunFolder
    device: Device
    run: RunRecord
    train: Rows
    held_out: Rows
    sizes: np.ndarray[Any, Any]
    """The bytes that each token stands for."""
    isolation: Isolation
    load: Load

    def loaded(self) -> Base:
        """Return the base as it was before anything was learned."""
        return _loaded(self.corpus, self.folder, self.run, self.load)


def prepare_run(
    corpus: Corpus, folder: RunFolder, order: TrainConfig, load: Load
) -> tuple[TrainSetup, Base]:
    """Return the outset, and the base that was loaded for it.

    Raises InputRefused where the training cannot begin, or cannot go on as it began.
    """
    folder.check(resume=order.resume)
    device = find_device(order.device)
    try:
        return _set_out(corpus, folder, order, load, device)
    except OSError as error:
        _withdraw(folder, device)
        raise InputRefused(
            f"The training cannot begin in {folder.path}: {error.strerror or error}. Make room "
            "there, or give another folder with -o."
        ) from error
    except GrueError:
        _withdraw(folder, device)
        raise


def _withdraw(folder: RunFolder, device: Device) -> None:
    if device.is_first:
        folder.withdraw()


def _set_out(
    corpus: Corpus, folder: RunFolder, order: TrainConfig, load: Load, device: Device
) -> tuple[TrainSetup, Base]:
    state = PartialState(cpu=device.kind == "cpu")
    run = _going_on(folder, order, corpus, device) if order.resume else _first_draft(order, corpus)
    base = _loaded(corpus, folder, run, load)
    if order.resume and run.base_sha256 != base.sha256:
        raise _changed(folder, "the base")
    isolation = isolate(base.model, replace=device.flash)
    kept = sum(each.numel() for each in frozen(base.model, run.freeze_layers))
    width = run.plan.width or _width(order, base, device)
    with state.main_process_first():  # one encodes, and the others find it encoded
        train = encode(corpus, "train", base.tokenizer, folder.tokens)
        held = encode(corpus, "validation", base.tokenizer, folder.tokens)
    packed = one_a_row if isolation == "rows" else pack
    rows, held_rows = packed(train, width), packed(held, width)
    if not rows.rows or not held_rows.rows:
        raise InputRefused(
            f"{corpus.path} holds nothing to learn: no document that is learned has more than its "
            "first token."
        )
    if not order.resume:
        task, reasons = _task(base, order, device, rows, held_rows, kept)
        run = replace(
            run,
            base=base.reference,
            base_sha256=base.sha256,
            plan=plan(task, order.wishes, reasons),
        )
    if device.is_first:
        folder.begin(run)
    sizes = token_bytes(base.tokenizer)
    looked = held_rows.spread(run.plan.look_rows)
    return TrainSetup(corpus, folder, device, run, rows, looked, sizes, isolation, load), base


def _first_draft(order: TrainConfig, corpus: Corpus) -> RunRecord:
    """Return what is known of a run before its base is loaded; its numbers are still to come."""
    asked = order.base or DEFAULT_BASE
    return RunRecord(
        asked=asked,
        base=asked,
        base_sha256="",
        corpus_sha256=corpus.sha256,
        scratch=order.scratch,
        seed=order.seed,
        freeze_layers=order.freeze_layers,
        wishes=order.wishes,
        plan=NO_PLAN,
    )


def _going_on(folder: RunFolder, order: TrainConfig, corpus: Corpus, device: Device) -> RunRecord:
    """Return the run that was begun, after a look at whether everything is as it was."""
    run = folder.read()
    if run.corpus_sha256 != corpus.sha256:
        raise _changed(folder, "the corpus")
    if others := _others(order, run):
        raise InputRefused(
            f"The training in {folder.path} goes on as it began; leave out "
            f"{', '.join(others)}, or begin another with -o."
        )
    if run.plan.sharded and device.world == 1:
        raise InputRefused(
            f"The weights of {folder.path} are divided over several devices. Resume it under "
            "torchrun, as it was begun."
        )
    each, left = divmod(run.plan.batch_rows, run.plan.micro_rows * device.world)
    if left:
        raise InputRefused(
            f"A step of {run.plan.batch_rows} rows, {run.plan.micro_rows} at a time, cannot be "
            f"divided over {device.world} devices. Resume with another number of them."
        )
    return replace(run, plan=replace(run.plan, accumulation=each))


def _others(order: TrainConfig, run: RunRecord) -> list[str]:
    """Return what is wanted otherwise than it was when the run began."""
    fixed = {
        "base": order.base not in (None, run.asked, run.base),
        "method": order.method not in (None, run.plan.method),
        "seed": order.seed not in (0, run.seed),
        "freeze layers": order.freeze_layers not in (0, run.freeze_layers),
    }
    numbers = (name for name, value in order.wishes.items() if run.wishes.get(name) != value)
    return [
        *(name for name, differs in fixed.items() if differs),
        *sorted(name.replace("_", " ") for name in numbers),
    ]


def _changed(folder: RunFolder, what: str) -> InputRefused:
    return InputRefused(
        f"The training in {folder.path} cannot go on: {what} changed since it began. Begin another "
        "with -o."
    )


def _loaded(corpus: Corpus, folder: RunFolder, run: RunRecord, load: Load) -> Base:
    if not run.scratch:
        return load(run.base)
    wanted = shapes.shape(run.base)
    with PartialState().main_process_first():  # one trains the tokenizer, and the others load it
        if not (folder.tokenizer / "tokenizer.json").is_file():
            texts = (document.text for document in corpus.documents("train"))
            shapes.new_tokenizer(texts, wanted.vocabulary).save_pretrained(folder.tokenizer)
        from training.models.loading import load_tokenizer

        tokenizer = load_tokenizer(folder.tokenizer)
    return shapes.load_from_scratch(run.base, tokenizer, seed=run.seed)


def _width(order: TrainConfig, base: Base, device: Device) -> int:
    """Return the tokens of a row. Raises InputRefused where the model has no positions for them."""
    wished = order.wishes.get("width")
    if wished is None:
        return hyperparameters.row_width(base.context_length, is_gpu=device.is_gpu).value
    if wished > base.context_length:
        raise InputRefused(
            f"{base.name} reads at most {base.context_length} tokens. Give no more with --width."
        )
    return int(wished)


def _task(
    base: Base, order: TrainConfig, device: Device, rows: Rows, held_out: Rows, kept: int
) -> tuple[TaskFacts, dict[str, str]]:
    """Return what is to be done, and the reasons for it; `kept` weights are frozen."""
    config = base.model.config.get_text_config()
    parameters = sum(parameter.numel() for parameter in base.model.parameters())
    task = TaskFacts(
        method="full",
        scratch=order.scratch,
        parameters=parameters,
        trained=parameters - kept,
        layers=config.num_hidden_layers,
        hidden=config.hidden_size,
        vocabulary=config.vocab_size,
        width=rows.width,
        rows=len(rows),
        learned=rows.learned,
        held_rows=len(held_out),
        memory=device.memory,
        is_gpu=device.is_gpu,
        devices=device.world,
        half=device.half,
    )
    said = "as you said"
    way = Overrides(order.method, said) if order.method else hyperparameters.method(task)
    width = hyperparameters.row_width(base.context_length, is_gpu=device.is_gpu)
    reasons = {"method": way.reason, "width": said if "width" in order.wishes else width.reason}
    task = replace(task, method=way.value, trained=hyperparameters.trained(task, way.value))
    return replace(task, sharded=_sharded(order, task)), reasons


def _sharded(order: TrainConfig, task: TaskFacts) -> bool:
    if task.devices == 1:
        return False
    if order.sharded is not None:
        return order.sharded
    return hyperparameters.state_bytes(task) > hyperparameters.USABLE * task.memory / 2
