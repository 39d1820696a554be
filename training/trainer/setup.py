"""Prepare a training run: load the base, encode and pack the corpus, make the plan.

Nothing is trained here. Where something is wrong, the folder's lock removes what was written.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from accelerate import PartialState

from dungeon.errors import InputRefused
from dungeon.models.hub import is_hub_id
from dungeon.text.counts import count
from training.data.corpus import Corpus, nothing_to_train_on
from training.data.mixture import Mixture, mix_as_asked
from training.data.packing import PackedRows, pack, pad
from training.data.tokens import encode, token_bytes
from training.models import shapes
from training.models.loading import LoadedModel, load_tokenizer
from training.trainer import hyperparameters as rules
from training.trainer.attention import Isolation, isolate_documents
from training.trainer.chunked_loss import can_chunk_loss
from training.trainer.config import DEFAULT_BASE, LoadModel, TrainConfig
from training.trainer.devices import Device, find_device
from training.trainer.effective_config import render_config
from training.trainer.hyperparameters import TaskFacts
from training.trainer.model_setup import parameters_to_freeze, target_modules
from training.trainer.options import flag
from training.trainer.plan import EMPTY_PLAN, FSDP_NEEDS_DEVICES, SET_BY_USER, Plan, make_plan
from training.trainer.run_folder import RunFolder, RunRecord


@dataclass(frozen=True, slots=True)
class TrainSetup:
    """Everything a run needs except the model, which training changes and a retry loads again."""

    corpus: Corpus
    folder: RunFolder
    device: Device
    run: RunRecord
    train: PackedRows
    held_out: PackedRows
    """All of them; `eval_rows` are those that an evaluation reads."""
    token_bytes: np.ndarray[Any, Any]
    """Shape (vocab_size,), int32: the bytes of text that each token stands for."""
    isolation: Isolation
    load: LoadModel
    config: TrainConfig
    is_new: bool
    """Whether its time is still to be planned, and it is not recorded yet."""

    mixture: Mixture | None = None
    """How often each training document is in an epoch; None stands for once."""

    @property
    def eval_rows(self) -> PackedRows:
        """The held-out rows that an evaluation reads, the same ones every time."""
        return self.held_out.take_evenly(self.run.plan.eval_rows)

    @property
    def is_sharded(self) -> bool:
        """Whether the weights are sharded: where it is planned, and there are several devices."""
        return self.run.plan.fsdp and self.device.world_size > 1

    @property
    def all_steps(self) -> int:
        """The steps of all epochs, at most those that the user allows."""
        plan = self.run.plan
        steps = math.ceil(len(self.train) / plan.batch_size) * plan.epochs
        return min(self.run.overrides.get("max_steps") or steps, steps)

    def write_record(self) -> None:
        """Record the run, to be resumed, and its effective configuration, to be repeated."""
        self.folder.write_run(self.run)
        self.folder.write_config(render_config(self.run, self.config, self.corpus.path))

    def load_base(self) -> LoadedModel:
        """Return the base model, untrained."""
        return _load_base(self.corpus, self.folder, self.run, self.load)


def prepare_run(
    corpus: Corpus, folder: RunFolder, config: TrainConfig, load: LoadModel
) -> tuple[TrainSetup, LoadedModel]:
    """Return the setup of a run, and the base model that was loaded for it.

    Raises InputRefused where the run cannot start, or cannot be resumed as it started.
    """
    device = find_device(config.device)
    try:
        return _prepare_run(corpus, folder, config, load, device)
    except OSError as error:
        raise folder.not_written(error) from error


def _prepare_run(
    corpus: Corpus, folder: RunFolder, config: TrainConfig, load: LoadModel, device: Device
) -> tuple[TrainSetup, LoadedModel]:
    state = PartialState(cpu=device.kind == "cpu")

    # the run, and its base model
    resume = config.resume
    run = _resume_run(folder, config, corpus, device) if resume else _new_run(config, corpus)
    corpus = replace(corpus, train_on=run.train_on)
    base = _load_base(corpus, folder, run, load)
    if resume and run.base_sha256 != base.sha256:
        raise folder.has_changed("the base")
    isolation = isolate_documents(base.model, has_varlen_attention=device.has_varlen_attention)
    frozen = sum(p.numel() for p in parameters_to_freeze(base.model, run.freeze_layers))

    # the corpus as rows
    length = run.plan.max_seq_length or _max_seq_length(config, base, device)
    with state.main_process_first():  # one process encodes, the others find the cache
        train = encode(corpus, "train", base.tokenizer, folder.tokens)
        validation = encode(corpus, "validation", base.tokenizer, folder.tokens)
    make_rows = pad if isolation == "rows" else pack
    mixture = mix_as_asked(train.names, train.starts, run.mix)
    rows = make_rows(train, length, mixture.copies if mixture else None)
    held_out = make_rows(validation, length)
    if not len(rows) or not len(held_out):
        raise nothing_to_train_on(corpus.path)

    # the plan
    task = _task_facts(base, config, device, rows, held_out, frozen)
    if run.plan.fsdp and device.world_size == 1:
        check_memory(task, run.plan, device, folder)
    if not resume:
        plan = make_plan(task, config.overrides)
        if plan.method == "lora":
            target_modules(base.model, plan.lora_target_modules)  # refused before anything is kept
        run = replace(run, base=base.reference, base_sha256=base.sha256, plan=plan)
    setup = TrainSetup(
        corpus=corpus,
        folder=folder,
        device=device,
        run=run,
        train=rows,
        held_out=held_out,
        token_bytes=token_bytes(base.tokenizer),
        isolation=isolation,
        load=load,
        config=config,
        is_new=not resume,
        mixture=mixture,
    )
    return setup, base


# The run ------------------------------------------------------------------------------------------


def _new_run(config: TrainConfig, corpus: Corpus) -> RunRecord:
    """Return what is known of a run before its base is loaded and its plan is made."""
    base = config.base or DEFAULT_BASE
    return RunRecord(
        requested_base=base,
        base=base,
        base_sha256="",
        corpus_sha256=corpus.sha256,
        from_scratch=config.from_scratch,
        seed=config.seed or 0,
        freeze_layers=config.freeze_layers or 0,
        train_on=config.train_on or "all",
        mix=list(config.mix or ()),
        overrides=config.overrides,
        plan=EMPTY_PLAN,
    )


def _resume_run(
    folder: RunFolder, config: TrainConfig, corpus: Corpus, device: Device
) -> RunRecord:
    """Return the recorded run, divided among the devices of today.

    Raises InputRefused where corpus, configuration or devices do not fit to it.
    """
    run = folder.read_run()
    plan = run.plan
    if run.corpus_sha256 != corpus.sha256:
        raise folder.has_changed("the corpus")
    if differences := _differences(config, run):
        raise folder.settings_differ(differences)
    fsdp = config.overrides.get("fsdp")
    if fsdp and device.world_size == 1:
        raise InputRefused(FSDP_NEEDS_DEVICES)
    share, rest = divmod(plan.batch_size, device.world_size)
    if rest:
        raise InputRefused(
            f"A batch of {count(plan.batch_size, 'row')} cannot be divided among "
            f"{device.world_size} devices. Resume on another number of devices."
        )
    micro = rules.largest_divisor(share, plan.micro_batch_size)
    plan = replace(plan, micro_batch_size=micro, gradient_accumulation_steps=share // micro)
    if fsdp is not None:
        plan = replace(plan, fsdp=fsdp, reasons={**plan.reasons, "fsdp": SET_BY_USER})
    return replace(run, plan=plan)


def check_memory(task: TaskFacts, plan: Plan, device: Device, folder: RunFolder) -> None:
    """Raise InputRefused where weights that were sharded do not fit on a single GPU."""
    task = replace(task, method=plan.method)
    if plan.method == "lora":
        task = replace(task, trainable_parameters=task.parameters // rules.LORA_SHARE)
    needed, usable = rules.state_bytes(task), rules.USABLE_MEMORY * task.memory
    if device.is_gpu and needed > usable:
        raise InputRefused(
            f"The weights in {folder.path} were sharded over several devices: with their optimizer "
            f"state they take {needed / 1e9:.1f} GB, and {device.name} has {usable / 1e9:.1f} GB "
            "for them. Resume on more devices, under torchrun."
        )


def _differences(config: TrainConfig, run: RunRecord) -> list[str]:
    """Return the names of settings that differ from those of the recorded run."""
    differs = {
        "base": config.base not in (None, run.requested_base, run.base),
        "from_scratch": config.from_scratch and not run.from_scratch,
        "seed": config.seed not in (None, run.seed),
        "freeze_layers": config.freeze_layers not in (None, run.freeze_layers),
        "train_on": config.train_on not in (None, run.train_on),
        "mix": config.mix is not None and list(config.mix) != run.mix,
    }
    changed = (
        name
        for name, value in config.overrides.items()
        if name != "fsdp"  # a matter of the devices of today
        and value not in (run.overrides.get(name), getattr(run.plan, name, None))
    )
    names = [*(name for name, is_different in differs.items() if is_different), *sorted(changed)]
    return [flag(name) for name in names]


# The base model -----------------------------------------------------------------------------------


def _load_base(corpus: Corpus, folder: RunFolder, run: RunRecord, load: LoadModel) -> LoadedModel:
    if not run.from_scratch:
        if run.base in shapes.SHAPES and not is_hub_id(run.base):
            raise InputRefused(
                f"{run.base} is a shape for random weights. Add --from-scratch, or give a model "
                "with --base."
            )
        return load(run.base)
    shape = shapes.get_shape(run.base)
    with PartialState().main_process_first():  # one trains the tokenizer, the others load it
        if not (folder.tokenizer / "tokenizer.json").is_file():
            texts = (document.text for document in corpus.documents("train"))
            shapes.train_tokenizer(texts, shape.vocabulary).save_pretrained(folder.tokenizer)
        tokenizer = load_tokenizer(folder.tokenizer)
    return shapes.create_from_scratch(run.base, tokenizer, seed=run.seed)


def _max_seq_length(config: TrainConfig, base: LoadedModel, device: Device) -> int:
    """Return the tokens of a row. Raises InputRefused beyond the model's context length."""
    override = config.overrides.get("max_seq_length")
    if override is None:
        return rules.choose_max_seq_length(base.context_length, is_gpu=device.is_gpu).value
    if override > base.context_length:
        raise InputRefused(
            f"The context length of {base.name} is {base.context_length} tokens. Give no more with "
            "--max-seq-length."
        )
    return int(override)


# What the plan depends on -------------------------------------------------------------------------


def _task_facts(
    base: LoadedModel,
    config: TrainConfig,
    device: Device,
    rows: PackedRows,
    held_out: PackedRows,
    frozen: int,
) -> TaskFacts:
    """Return the facts; `frozen` is the number of parameters that are not trained."""
    model: Any = base.model
    shape = model.config.get_text_config()
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return TaskFacts(
        from_scratch=config.from_scratch,
        parameters=parameters,
        trainable_parameters=parameters - frozen,
        num_layers=shape.num_hidden_layers,
        hidden_size=shape.hidden_size,
        vocab_size=shape.vocab_size,
        context_length=base.context_length,
        max_seq_length=rows.max_seq_length,
        rows=len(rows),
        trained_tokens=rows.trained_tokens,
        held_out_rows=len(held_out),
        memory=device.memory,
        is_gpu=device.is_gpu,
        devices=device.world_size,
        bf16=device.bf16,
        chunked_loss=can_chunk_loss(model),
    )
