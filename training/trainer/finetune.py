"""Provides `finetune()`: from a corpus and a base to a model folder, from beginning to end.

It reads like the work goes: set out, learn, keep the best. Where memory does not suffice, the same
batch is taken in smaller parts. Knows nothing of the command line.
"""

import gc
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import TrainingArguments, set_seed

from dungeon.errors import GrueError
from training.data.corpus import Corpus
from training.models import model_folder
from training.trainer import checkpoints, hyperparameters
from training.trainer.attention import isolate
from training.trainer.config import Base, Load, StopSignal, TrainConfig, TrainResult
from training.trainer.console import ProgressReporter, SilentReporter
from training.trainer.flops import flop_per_token
from training.trainer.loop import GrueTrainer, lacks_memory
from training.trainer.model_setup import (
    PreparedModel,
    blocks,
    compile_blocks,
    pad_vocabulary,
    prepare_model,
)
from training.trainer.progress_callback import BITS, LOSS, RunState
from training.trainer.run_folder import RunFolder
from training.trainer.setup import TrainSetup, prepare_run


def finetune(
    corpus: Corpus,
    out: Path,
    order: TrainConfig,
    *,
    load: Load,
    progress: ProgressReporter | None = None,
    wish: StopSignal | None = None,
) -> TrainResult:
    """Train a base on `corpus` as `order` says, and leave a model folder at `out`.

    Raises InputRefused, with nothing written, where that cannot begin. `wish` may be told to stop
    at any time: the step is finished and saved, and an order with `resume` goes on from there.
    """
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    outset, base = prepare_run(corpus, RunFolder(out), order, load)
    hear = progress if progress and outset.device.is_first else SilentReporter()
    for line in told(outset):
        hear.note(line)
    loaded: Base | None = base
    del base
    while True:
        try:
            return _learned(outset, loaded or outset.loaded(), order, hear, wish or StopSignal())
        except RuntimeError as error:
            if not lacks_memory(error):
                raise
            loaded = None
            outset = _with_less(outset, hear, error)
        gc.collect()  # not before the error is gone, which holds what was tried
        if outset.device.kind == "cuda":
            torch.cuda.empty_cache()


def told(outset: TrainSetup) -> list[str]:
    """Return what is going to be done, in lines, with the reason for every number."""
    rows, held, plan = outset.train, outset.held_out, outset.run.plan
    lines = [
        f"{outset.corpus.name}: {rows.learned:,} tokens to learn in {len(rows):,} rows of "
        f"{rows.width} ({rows.filled:.0%} full); a look at what is held out reads "
        f"{held.learned:,} tokens."
    ]
    match outset.isolation:
        case "rows":
            lines.append(
                "This model's attention mixes what shares a row: each document has its own."
            )
        case "mask":
            lines.append("This model keeps its own attention; a mask keeps documents apart.")
    numbers = asdict(plan)
    for name, reason in plan.reasons.items():
        lines.append(f"  {name.replace('_', ' '):<23} {_shown(numbers[name]):<8} {reason}")
    return lines


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


# Learning -----------------------------------------------------------------------------------------


def _with_less(outset: TrainSetup, hear: ProgressReporter, error: RuntimeError) -> TrainSetup:
    """Return the outset with fewer rows at a time. Raises GrueError where that cannot help."""
    plan = outset.run.plan
    if plan.micro_rows == 1 or outset.device.world > 1:
        raise GrueError(
            f"The memory of {outset.device.name} does not hold {plan.micro_rows} rows of "
            f"{plan.width} tokens at a time. Begin again with fewer (--micro-rows), shorter rows "
            "(--width), or an adapter (--method lora)."
        ) from error
    less = replace(outset, run=replace(outset.run, plan=plan.with_less()))
    outset.folder.begin(less.run)
    hear.note(
        f"Out of memory with {plan.micro_rows} rows at a time: going on with "
        f"{less.run.plan.micro_rows}, {less.run.plan.accumulation} times a step. The batch stays "
        "the same."
    )
    return less


def _learned(
    outset: TrainSetup, base: Base, order: TrainConfig, hear: ProgressReporter, wish: StopSignal
) -> TrainResult:
    """Learn from the newest checkpoint to the end, or until it is wished to stop."""
    run, device = outset.run, outset.device
    set_seed(run.seed)
    if outset.isolation != "rows":
        isolate(base.model, replace=device.flash, trial=False)
    if device.kind == "cuda":
        torch.set_float32_matmul_precision("high")
        pad_vocabulary(base.model)
    fitted = prepare_model(
        base.model, run.plan, freeze_layers=run.freeze_layers, reference=base.reference
    )
    if device.compiles if order.compiled is None else order.compiled:
        compile_blocks(base.model)
    newest = checkpoints.newest(outset.folder.checkpoints)
    loop = GrueTrainer(
        fitted,
        arguments(outset, base, fresh=newest is None),
        outset.train.evened(run.plan.batch_rows),
        outset.held_out,
        outset.sizes,
        _watch(outset, base, fitted, order, hear),
        wish,
        half=device.half,
        isolation=outset.isolation,
    )
    try:
        loop.train(resume_from_checkpoint=str(newest) if newest else None)
        if wish.stop and loop.state.global_step < run.plan.steps:
            return _outcome(outset, loop, order, stopped=True)
        best = loop.load_best()
        if not best:
            hear.note("The best checkpoint is damaged or gone; the last weights are kept.")
        return _kept(outset, base, fitted, loop, order, best=best)
    finally:
        loop.callback_handler.callbacks = []  # they hold the loop, and the loop holds the memory


def _watch(
    outset: TrainSetup,
    base: Base,
    fitted: PreparedModel,
    order: TrainConfig,
    hear: ProgressReporter,
) -> RunState:
    return RunState(
        progress=hear,
        tokenizer=base.tokenizer,
        flop_per_token=flop_per_token(fitted.model, outset.run.plan.width),
        peak=outset.device.peak,
        per_hour=order.cost_per_hour,
        seed=outset.run.seed,
        patience=outset.run.plan.patience,
        save_seconds=order.save_seconds,
    )


def arguments(outset: TrainSetup, base: Base, *, fresh: bool) -> TrainingArguments:
    """Return the plan as the Trainer wants to hear it."""
    plan, device = outset.run.plan, outset.device
    block = type(blocks(base.model)[0]).__name__
    arguments = TrainingArguments(
        output_dir=str(outset.folder.checkpoints),
        per_device_train_batch_size=plan.micro_rows,
        per_device_eval_batch_size=plan.micro_rows,
        gradient_accumulation_steps=plan.accumulation,
        max_steps=plan.steps,
        learning_rate=plan.learning_rate,
        lr_scheduler_type="linear",  # to zero is best (Bergsma et al. 2025, arXiv 2502.15938)
        warmup_steps=plan.warmup_steps,
        weight_decay=plan.weight_decay,
        adam_beta1=hyperparameters.BETAS[0],
        adam_beta2=hyperparameters.BETAS[1],
        optim="adamw_torch_fused",
        activation_checkpointing=plan.checkpoint_activations,
        activation_checkpointing_kwargs={"use_reentrant": False},
        eval_strategy="steps",
        eval_steps=plan.evaluate_every,
        eval_on_start=fresh,
        metric_for_best_model=BITS,
        greater_is_better=False,
        save_strategy="steps",
        save_steps=plan.evaluate_every,
        logging_steps=max(1, min(10, plan.steps // 100)),
        logging_nan_inf_filter=False,  # it would wait for the device at every micro-batch
        seed=outset.run.seed,
        data_seed=outset.run.seed,
        bf16=plan.sharded and device.half,  # else autocast is entered in the loop
        use_cpu=device.kind == "cpu",
        ddp_backend="gloo" if device.kind == "cpu" and device.world > 1 else None,
        ddp_find_unused_parameters=False,
        fsdp=plan.sharded or None,  # type: ignore[arg-type] # a string is deprecated
        fsdp_config={"version": 2, "transformer_layer_cls_to_wrap": [block]}
        if plan.sharded
        else None,
        remove_unused_columns=False,
        dataloader_pin_memory=device.kind == "cuda",
        restore_callback_states_from_checkpoint=False,
        disable_tqdm=True,
        log_level="error",
        log_level_replica="error",
        report_to="none",
    )
    if (
        arguments.n_gpu > 1
    ):  # else the Trainer divides batches over all GPUs, and documents with them
        arguments._n_gpu = 1
    return arguments


# Keeping ------------------------------------------------------------------------------------------


def _kept(
    outset: TrainSetup,
    base: Base,
    fitted: PreparedModel,
    loop: GrueTrainer,
    order: TrainConfig,
    *,
    best: bool,
) -> TrainResult:
    """Write the model folder, and return what came of it all."""
    state = loop.whole_state()  # every process gives its part
    outcome = _outcome(outset, loop, order, stopped=False, best=best)
    if outset.device.is_first:
        record = _record(outset, base, outcome, loop, order)
        model_folder.write(outset.folder.path, fitted.with_state(state), base.tokenizer, record)
        outset.folder.finish()
    loop.accelerator.wait_for_everyone()
    return outcome


def _record(
    outset: TrainSetup, base: Base, outcome: TrainResult, loop: GrueTrainer, order: TrainConfig
) -> model_folder.Record:
    """Return what is said of the model in its folder."""
    run, plan = outset.run, outcome.plan
    losses = {e["step"]: e["loss"] for e in outcome.history if "loss" in e}
    bits = {e["step"]: e[BITS] for e in outcome.history if BITS in e}
    best = next(e for e in outcome.history if e["step"] == outcome.best_step and BITS in e)
    recipe = {name: value for name, value in asdict(plan).items() if name != "reasons"}
    recipe |= {"freeze_layers": run.freeze_layers, "seed": run.seed, "kept_step": outcome.best_step}
    a_step = outset.train.learned / math.ceil(len(outset.train) / plan.batch_rows)
    return model_folder.Record(
        name=outset.folder.path.resolve().name,
        method="scratch" if run.scratch else plan.method,
        base=model_folder.Base(base.reference, "" if run.scratch else base.sha256, base.licence),
        corpus=model_folder.Learned.of(outset.corpus),
        context_length=plan.width if run.scratch else base.context_length,
        recipe=recipe,
        measures={
            "bits_per_byte": outcome.after,
            "bits_per_byte_before": outcome.before,
            "perplexity": math.exp(min(best[LOSS], 700.0)),
        },
        cost=model_folder.Cost(
            seconds=outcome.seconds,
            tokens=round(outcome.steps * a_step),
            device=f"{outset.device.world} x {outset.device.name}",
            per_hour=order.cost_per_hour,
            mfu=loop.mfu,
        ),
        history=[
            model_folder.Point(
                step, round(step * a_step), loss=losses.get(step), bits_per_byte=bits.get(step)
            )
            for step in sorted(losses | bits)
        ],
        samples=[model_folder.Sample(prompt, text) for prompt, text in best["samples"]],
    )


def _outcome(
    outset: TrainSetup, loop: GrueTrainer, order: TrainConfig, *, stopped: bool, best: bool = True
) -> TrainResult:
    """Return what came of it; of the last look where the `best` weights are not the ones kept."""
    history = loop.state.log_history
    looks = [(entry["step"], entry[BITS]) for entry in history if BITS in entry]
    kept = min(looks[1:] or looks, key=lambda look: look[1]) if best else looks[-1]
    seconds = max((entry["seconds"] for entry in history if "seconds" in entry), default=0.0)
    rate = order.cost_per_hour
    return TrainResult(
        folder=outset.folder.path,
        stopped=stopped,
        steps=loop.state.global_step,
        best_step=int(kept[0]),
        before=looks[0][1],
        after=kept[1],
        seconds=seconds,
        cost=seconds / 3600 * rate if rate is not None else None,
        plan=outset.run.plan,
        history=history,
        first=outset.device.is_first,
    )
