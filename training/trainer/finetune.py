"""Fine-tune a base model on a corpus and write a model folder: the whole run, top to bottom.

    grue train corpus --base smollm2 -o mine
    grue train tales.txt --base gpt2-tiny --from-scratch -o trial
    torchrun --nproc-per-node 4 -m dungeon.cli train corpus --base gpt2-xl -o mine

Where memory runs out, the run continues from its last checkpoint with smaller micro-batches.
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
from training.models.loading import LoadedModel
from training.models.record import (
    BaseModelInfo,
    CorpusInfo,
    HistoryPoint,
    ModelRecord,
    Sample,
    TrainingCost,
)
from training.models.saving import save_model
from training.trainer import checkpoints, hyperparameters
from training.trainer.attention import isolate_documents
from training.trainer.checkpointed import is_out_of_memory
from training.trainer.config import LoadModel, StopSignal, TrainConfig, TrainResult
from training.trainer.console import ProgressReporter
from training.trainer.flops import flops_per_token
from training.trainer.loop import (
    EVAL_BITS_PER_BYTE,
    EVAL_LOSS,
    EvaluationInterrupted,
    GrueTrainer,
    TrainingComplete,
)
from training.trainer.model_setup import (
    compile_layers,
    pad_vocabulary,
    prepare_model,
    transformer_layers,
)
from training.trainer.progress_callback import ProgressCallback
from training.trainer.reporting import direct_tensorboard, tracker_arguments
from training.trainer.run_folder import RunFolder
from training.trainer.setup import TrainSetup, prepare_run


def finetune(
    corpus: Corpus,
    out: Path,
    config: TrainConfig,
    *,
    load: LoadModel,
    reporter: ProgressReporter | None = None,
    stop_signal: StopSignal | None = None,
) -> TrainResult:
    """Train a base model on `corpus` as `config` says, and write a model folder at `out`.

    `stop_signal` may be set at any time: the step is finished and saved, and a config with `resume`
    continues from there. Raises InputRefused, with nothing written, where training cannot start;
    GrueError where it cannot go on.
    """
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    folder = RunFolder(out)
    folder.check(resume=config.resume)
    with folder.lock():
        return _finetune(
            corpus,
            folder,
            config,
            load,
            reporter or ProgressReporter(),
            stop_signal or StopSignal(),
        )


def _finetune(
    corpus: Corpus,
    folder: RunFolder,
    config: TrainConfig,
    load: LoadModel,
    reporter: ProgressReporter,
    stop_signal: StopSignal,
) -> TrainResult:
    """Prepare the run and train, with smaller micro-batches where memory runs out."""
    setup, loaded = prepare_run(corpus, folder, config, load)
    if not setup.device.is_main_process:
        reporter = ProgressReporter()
    for line in describe_setup(setup):
        reporter.log(line)
    base: LoadedModel | None = loaded
    del loaded  # the base must not outlive an attempt that ran out of memory
    while True:
        try:
            return _train(setup, base or setup.load_base(), config, reporter, stop_signal)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            base = None
            setup = _shrink_micro_batch(setup, reporter, error)
        gc.collect()  # only here: the error above holds the tensors of the attempt
        if setup.device.kind == "cuda":
            torch.cuda.empty_cache()


def describe_setup(setup: TrainSetup) -> list[str]:
    """Return the plan as lines, with the reason for each hyperparameter."""
    rows, plan = setup.train, setup.run.plan
    lines = [
        f"{setup.corpus.name}: {rows.trained_tokens:,} tokens to train on in {len(rows):,} rows of "
        f"{rows.max_seq_length} ({rows.fill_ratio:.0%} full); an evaluation reads "
        f"{setup.held_out.trained_tokens:,} held-out tokens.",
        *setup.corpus.notes,
        *rows.encoded.left_out.describe(),
    ]
    match setup.isolation:
        case "rows":
            lines.append("This model's attention mixes documents in a row: each has its own row.")
        case "mask":
            lines.append("This model keeps its own attention; a mask keeps documents apart.")
    values = asdict(plan)
    for name, reason in plan.reasons.items():
        label = name.replace("_", " ")
        lines.append(f"  {label:<23} {_format_value(values[name]):<8} {reason}")
    return lines


def _format_value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _shrink_micro_batch(
    setup: TrainSetup, reporter: ProgressReporter, error: RuntimeError
) -> TrainSetup:
    """Return the setup with smaller micro-batches. Raises GrueError where that cannot help."""
    plan = setup.run.plan
    if plan.micro_batch_size == 1 or setup.device.world_size > 1:
        raise GrueError(
            f"The memory of {setup.device.name} does not hold {plan.micro_batch_size} rows of "
            f"{plan.max_seq_length} tokens at a time. Start again with fewer "
            "(--micro-batch-size), shorter rows (--max-seq-length), or an adapter (--method lora)."
        ) from error
    smaller = plan.with_smaller_micro_batch()
    setup = replace(setup, run=replace(setup.run, plan=smaller))
    setup.write_record()
    reporter.log(
        f"Out of memory with micro-batches of {plan.micro_batch_size} rows: continuing with "
        f"{smaller.micro_batch_size} rows, {smaller.gradient_accumulation_steps} per step. The "
        "batch size stays the same."
    )
    return setup


# Train --------------------------------------------------------------------------------------------


def _train(
    setup: TrainSetup,
    base: LoadedModel,
    config: TrainConfig,
    reporter: ProgressReporter,
    stop_signal: StopSignal,
) -> TrainResult:
    """Train from the latest checkpoint to the end, or until the stop signal; write the model."""
    run, plan, device = setup.run, setup.run.plan, setup.device
    set_seed(run.seed)

    # the model
    if setup.isolation != "rows":
        isolate_documents(
            base.model, has_varlen_attention=device.has_varlen_attention, verify=False
        )
    if device.kind == "cuda":
        torch.set_float32_matmul_precision("high")
        pad_vocabulary(base.model)
    prepared = prepare_model(
        base.model,
        plan,
        freeze_layers=run.freeze_layers,
        reference=base.reference,
        bf16=device.bf16,
    )
    if device.can_compile if config.compile is None else config.compile:
        compile_layers(base.model, prepared.chunked_loss)

    # the trainer
    rows = setup.train.pad_to_multiple(plan.batch_size)
    callback = ProgressCallback(
        reporter=reporter,
        stop_signal=stop_signal,
        tokens_per_row=rows.max_seq_length * rows.fill_ratio,
        flops_per_token=flops_per_token(prepared.model, plan.max_seq_length),
        peak_flops=device.peak_flops,
        cost_per_hour=config.cost_per_hour,
        early_stopping_patience=plan.early_stopping_patience,
        save_seconds=config.save_seconds,
    )
    latest = checkpoints.find_latest(setup.folder.checkpoints)
    trainer = GrueTrainer(
        prepared,
        training_arguments(setup, base, eval_on_start=latest is None),
        rows,
        setup.held_out,
        tokenizer=base.tokenizer,
        token_bytes=setup.token_bytes,
        callback=callback,
        reporter=reporter,
        stop_signal=stop_signal,
        bf16=device.bf16,
        isolation=setup.isolation,
    )
    direct_tensorboard(trainer.callback_handler.callbacks, setup.folder.path)
    try:
        try:
            trainer.train(resume_from_checkpoint=str(latest) if latest else None)
        except TrainingComplete:
            if not trainer.is_evaluated:
                trainer.evaluate_last_step()
        except EvaluationInterrupted:
            return _result(setup, trainer, config, stopped=True)
        is_complete = trainer.state.global_step >= plan.max_steps and trainer.is_evaluated
        if stop_signal.stop and not is_complete:
            return _result(setup, trainer, config, stopped=True)

        # the model folder, from the best checkpoint
        has_best = trainer.load_best()
        if not has_best:
            reporter.log("The best checkpoint is damaged or missing; the last weights are kept.")
        result = _result(setup, trainer, config, stopped=False, has_best=has_best)
        state = trainer.gather_state_dict()  # every process contributes its shard
        if device.is_main_process:
            record = _model_record(setup, base, result, config, callback.mfu)
            model = replace(prepared, full_state=state)
            save_model(setup.folder.path, model, base.tokenizer, record)
            setup.folder.remove_work()
        trainer.accelerator.wait_for_everyone()
        return result
    finally:
        trainer.callback_handler.callbacks = []  # break the reference cycle that holds the memory


def training_arguments(
    setup: TrainSetup, base: LoadedModel, *, eval_on_start: bool
) -> TrainingArguments:
    """Return the plan as arguments of the Trainer."""
    plan, device = setup.run.plan, setup.device
    layer = type(transformer_layers(base.model)[0]).__name__
    arguments = TrainingArguments(
        output_dir=str(setup.folder.checkpoints),
        per_device_train_batch_size=plan.micro_batch_size,
        per_device_eval_batch_size=plan.micro_batch_size,
        gradient_accumulation_steps=plan.gradient_accumulation_steps,
        max_steps=plan.max_steps,
        learning_rate=plan.learning_rate,
        lr_scheduler_type="linear",  # to zero is best (Bergsma et al. 2025, arXiv 2502.15938)
        warmup_steps=plan.warmup_steps,
        weight_decay=plan.weight_decay,
        adam_beta1=hyperparameters.BETAS[0],
        adam_beta2=hyperparameters.BETAS[1],
        optim="adamw_torch_fused",
        activation_checkpointing=plan.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False},
        eval_strategy="steps",
        eval_steps=plan.eval_steps,
        eval_on_start=eval_on_start,
        metric_for_best_model=EVAL_BITS_PER_BYTE,
        greater_is_better=False,
        save_strategy="steps",
        save_steps=plan.eval_steps,
        logging_steps=max(1, min(10, plan.max_steps // 100)),
        logging_nan_inf_filter=False,  # it synchronises with the device at every micro-batch
        seed=setup.run.seed,
        data_seed=setup.run.seed,
        bf16=plan.fsdp and device.bf16,  # otherwise GrueTrainer enters autocast
        use_cpu=device.kind == "cpu",
        ddp_backend="gloo" if device.kind == "cpu" and device.world_size > 1 else None,
        ddp_find_unused_parameters=False,
        fsdp=plan.fsdp or None,  # type: ignore[arg-type] # a string is deprecated
        fsdp_config={"version": 2, "transformer_layer_cls_to_wrap": [layer]} if plan.fsdp else None,
        remove_unused_columns=False,
        dataloader_pin_memory=device.kind == "cuda",
        restore_callback_states_from_checkpoint=False,
        disable_tqdm=True,
        log_level="error",
        log_level_replica="error",
        **tracker_arguments(setup.config.report_to, setup.folder.path),
    )
    if arguments.n_gpu > 1:
        arguments._n_gpu = 1  # otherwise DataParallel splits batches, and documents, over all GPUs
    return arguments


# Results ------------------------------------------------------------------------------------------


def _result(
    setup: TrainSetup,
    trainer: GrueTrainer,
    config: TrainConfig,
    *,
    stopped: bool,
    has_best: bool = True,
) -> TrainResult:
    """Return the result; of the last evaluation where the best weights are lost."""
    history = trainer.state.log_history
    bits: list[tuple[float, float | None]] = [
        (e["step"], e[EVAL_BITS_PER_BYTE]) for e in history if EVAL_BITS_PER_BYTE in e
    ]
    evaluated = bits[1:] or bits or [(0, None)]
    best = min(evaluated, key=lambda each: each[1] or math.inf) if has_best else evaluated[-1]
    seconds = max((entry["seconds"] for entry in history if "seconds" in entry), default=0.0)
    cost = None if config.cost_per_hour is None else seconds / 3600 * config.cost_per_hour
    return TrainResult(
        folder=setup.folder.path,
        stopped=stopped,
        steps=trainer.state.global_step,
        best_step=int(best[0]),
        bits_per_byte_before=bits[0][1] if bits else None,
        bits_per_byte=best[1],
        seconds=seconds,
        cost=cost,
        plan=setup.run.plan,
        history=history,
        is_main_process=setup.device.is_main_process,
    )


def _model_record(
    setup: TrainSetup,
    base: LoadedModel,
    result: TrainResult,
    config: TrainConfig,
    mfu: float | None,
) -> ModelRecord:
    """Return what the model folder says about the model."""
    run, corpus = setup.run, setup.corpus
    plan, history = result.plan, result.history
    losses = {e["step"]: e["loss"] for e in history if "loss" in e}
    bits = {e["step"]: e[EVAL_BITS_PER_BYTE] for e in history if EVAL_BITS_PER_BYTE in e}
    best = next(e for e in history if e["step"] == result.best_step and EVAL_BITS_PER_BYTE in e)
    recipe = {name: value for name, value in asdict(plan).items() if name != "reasons"}
    steps_per_epoch = math.ceil(len(setup.train) / plan.batch_size)
    recipe |= {
        "freeze_layers": run.freeze_layers,
        "train_on": run.train_on,
        "seed": run.seed,
        "steps": result.steps,
        "epochs_trained": round(result.steps / steps_per_epoch, 3),
        "best_step": result.best_step,
        "best_epoch": round(result.best_step / steps_per_epoch, 3),
    }
    tokens_per_step = setup.train.trained_tokens / steps_per_epoch
    return ModelRecord(
        name=setup.folder.path.resolve().name,
        method="scratch" if run.from_scratch else plan.method,
        base=BaseModelInfo(
            base.reference,
            "" if run.from_scratch else base.sha256,
            base.licence,
            base.hub_id,
        ),
        corpus=CorpusInfo(corpus.name, corpus.sha256, corpus.licences()),
        context_length=plan.max_seq_length if run.from_scratch else base.context_length,
        recipe=recipe,
        metrics={
            "bits_per_byte": best[EVAL_BITS_PER_BYTE],
            "bits_per_byte_before": bits[min(bits)],
            "perplexity": math.exp(min(best[EVAL_LOSS], 700.0)),
        },
        cost=TrainingCost(
            seconds=result.seconds,
            tokens=round(result.steps * tokens_per_step),
            device=f"{setup.device.world_size} x {setup.device.name}",
            per_hour=config.cost_per_hour,
            mfu=mfu,
        ),
        history=[
            HistoryPoint(
                step,
                round(step * tokens_per_step),
                loss=losses.get(step),
                bits_per_byte=bits.get(step),
            )
            for step in sorted(losses | bits)
        ],
        samples=[Sample(prompt, text) for prompt, text in best["samples"]],
    )
