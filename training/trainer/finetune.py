"""Fine-tune a base model on a corpus and write a model folder: the whole run, top to bottom.

    grue train corpus --base smollm2 -o mine
    grue train tales.txt --base gpt2-tiny --from-scratch -o trial
    torchrun --nproc-per-node 4 -m dungeon.cli train corpus --base gpt2-xl -o mine

Where memory runs out, the run continues from its last checkpoint with smaller micro-batches.
"""

import gc
import os
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
import transformers
from transformers import TrainingArguments, set_seed

from dungeon.errors import GrueError
from dungeon.text.counts import count
from training.data.corpus import Corpus
from training.models.loading import LoadedModel
from training.models.saving import save_model
from training.trainer import checkpoints, hyperparameters, sharding
from training.trainer.attention import isolate_documents
from training.trainer.checkpointed import TrainingComplete, is_out_of_memory
from training.trainer.config import LoadModel, StopSignal, TrainConfig, TrainResult
from training.trainer.console import ProgressReporter
from training.trainer.flops import flops_per_token
from training.trainer.loop import (
    EVAL_BITS_PER_BYTE,
    EvaluationInterrupted,
    GrueTrainer,
)
from training.trainer.model_setup import (
    PreparedModel,
    compile_layers,
    pad_vocabulary,
    prepare_model,
    transformer_layers,
)
from training.trainer.progress_callback import ProgressCallback
from training.trainer.reporting import (
    direct_tensorboard,
    explained_tracker_errors,
    tracker_arguments,
)
from training.trainer.results import model_record, train_result
from training.trainer.run_folder import RESUME_ADVICE, RunFolder
from training.trainer.schedule import LinearDecay
from training.trainer.setup import TrainSetup, prepare_run
from training.trainer.speed import measure_speed
from training.trainer.time_limit import TimeLimit
from training.trainer.timing import MeasureSpeed, time_run


def finetune(
    corpus: Corpus,
    out: Path,
    config: TrainConfig,
    *,
    load: LoadModel,
    reporter: ProgressReporter | None = None,
    stop_signal: StopSignal | None = None,
    started: float | None = None,
    measure: MeasureSpeed = measure_speed,
) -> TrainResult:
    """Train a base model on `corpus` as `config` says, and write a model folder at `out`.

    `stop_signal` may be set at any time: the step is finished and saved, and a config with `resume`
    continues from there. The minutes of `config` are counted from `started` on the monotonic clock,
    or from now. Raises InputRefused, with nothing written, where training cannot start; GrueError
    where it cannot go on.
    """
    started = time.monotonic() if started is None else started
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    folder = RunFolder(out)
    folder.check(resume=config.resume)
    with folder.lock(), folder.explained_full_disk():
        return _finetune(
            corpus,
            folder,
            config,
            load,
            reporter or ProgressReporter(),
            stop_signal or StopSignal(),
            partial(
                time_run,
                deadline=config.minutes and started + 60 * config.minutes,
                measure=measure,
            ),
        )


def _finetune(
    corpus: Corpus,
    folder: RunFolder,
    config: TrainConfig,
    load: LoadModel,
    reporter: ProgressReporter,
    stop_signal: StopSignal,
    plan_time: Callable[..., tuple[TrainSetup, TimeLimit | None]],
) -> TrainResult:
    """Prepare the run and train, with smaller micro-batches where memory runs out."""
    if int(os.environ.get("RANK", "0")):
        reporter = ProgressReporter()  # one process reports for all
    reporter.log("Loading the base and tokenizing the corpus …")
    setup, loaded = prepare_run(corpus, folder, config, load)
    base: LoadedModel | None = loaded
    prepared: PreparedModel | None
    del loaded  # the base must not outlive an attempt that ran out of memory
    while True:
        try:
            base = base or setup.load_base()
            prepared = _prepare(setup, base)
            setup, time_limit = plan_time(setup, prepared, base, reporter)
            return _train(setup, base, prepared, time_limit, reporter, stop_signal)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            base = prepared = None
            setup = _shrink_micro_batch(setup, reporter, error)
        gc.collect()  # only here: the error above holds the tensors of the attempt
        if setup.device.kind == "cuda":
            torch.cuda.empty_cache()


def _shrink_micro_batch(
    setup: TrainSetup, reporter: ProgressReporter, error: RuntimeError
) -> TrainSetup:
    """Return the setup with smaller micro-batches. Raises GrueError where that cannot help."""
    plan = setup.run.plan
    if plan.micro_batch_size == 1 or setup.device.world_size > 1:
        raise GrueError(
            f"The memory of {setup.device.name} does not hold "
            f"{count(plan.micro_batch_size, 'row')} of "
            f"{plan.max_seq_length} tokens at a time. Start again with fewer "
            "(--micro-batch-size), shorter rows (--max-seq-length), or an adapter (--method lora)."
        ) from error
    smaller = plan.with_smaller_micro_batch()
    setup = replace(setup, run=replace(setup.run, plan=smaller))
    if not setup.is_new and setup.device.is_main_process:
        setup.write_record()
    reporter.log(
        f"Out of memory with micro-batches of {count(plan.micro_batch_size, 'row')}: continuing "
        "with "
        f"{count(smaller.micro_batch_size, 'row')}, {smaller.gradient_accumulation_steps} per "
        "step. The batch size stays the same."
    )
    return setup


# Train --------------------------------------------------------------------------------------------


def _prepare(setup: TrainSetup, base: LoadedModel) -> PreparedModel:
    """Return the base ready for training."""
    run, device, wanted = setup.run, setup.device, setup.config.compile
    set_seed(run.seed)
    if setup.isolation != "rows":
        isolate_documents(
            base.model, has_varlen_attention=device.has_varlen_attention, verify=False
        )
    if device.kind == "cuda":
        torch.set_float32_matmul_precision("high")
        pad_vocabulary(base.model)
    prepared = prepare_model(
        base.model,
        replace(run.plan, fsdp=setup.is_sharded),
        freeze_layers=run.freeze_layers,
        reference=base.reference,
        bf16=device.bf16,
    )
    if device.can_compile if wanted is None else wanted:
        compile_layers(base.model, prepared.chunked_loss)
        prepared = replace(prepared, is_compiled=True)
    return prepared


def _train(
    setup: TrainSetup,
    base: LoadedModel,
    prepared: PreparedModel,
    time_limit: TimeLimit | None,
    reporter: ProgressReporter,
    stop_signal: StopSignal,
) -> TrainResult:
    """Train from the latest checkpoint to the end, or until the stop signal; write the model."""
    plan, device, config = setup.run.plan, setup.device, setup.config

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
    if latest is not None:
        sharding.check_resumable(latest)
    trainer = GrueTrainer(
        prepared,
        training_arguments(setup, base, eval_on_start=latest is None),
        rows,
        setup.eval_rows,
        tokenizer=base.tokenizer,
        token_bytes=setup.token_bytes,
        callback=callback,
        reporter=reporter,
        stop_signal=stop_signal,
        bf16=device.bf16,
        isolation=setup.isolation,
        schedule=LinearDecay(plan.warmup_steps, plan.max_steps),
        sample_tokens=plan.sample_tokens,
    )
    if time_limit is not None:
        trainer.add_callback(time_limit)
    direct_tensorboard(trainer.callback_handler.callbacks, setup.folder.path)
    try:
        try:
            with explained_tracker_errors(config.report_to):
                trainer.train(resume_from_checkpoint=str(latest) if latest else None)
        except TrainingComplete:
            if not trainer.is_evaluated:
                trainer.evaluate_last_step()
        except EvaluationInterrupted:
            return train_result(setup, trainer, config, stopped=True)
        is_last = trainer.state.global_step >= trainer.state.max_steps
        is_complete = is_last and trainer.is_evaluated
        if stop_signal.stop and not is_complete:
            return train_result(setup, trainer, config, stopped=True)

        # the model folder, from the best checkpoint
        has_best = trainer.load_best()
        if not has_best:
            reporter.log("The best checkpoint is damaged or missing; the last weights are kept.")
        result = train_result(setup, trainer, config, stopped=False, has_best=has_best)
        state = trainer.gather_state_dict()  # every process contributes its shard
        if device.is_main_process:
            record = model_record(setup, base, result, config, callback.mfu)
            model = replace(prepared, full_state=state)
            save_model(setup.folder.path, model, base.tokenizer, record, advice=RESUME_ADVICE)
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
        # on a CPU one row at a time is as fast, and Ctrl-C is heard sooner
        per_device_eval_batch_size=plan.micro_batch_size if device.is_gpu else 1,
        gradient_accumulation_steps=plan.gradient_accumulation_steps,
        max_steps=max(setup.all_steps, plan.max_steps),  # the schedule says where it ends
        learning_rate=plan.learning_rate,
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
        bf16=setup.is_sharded and device.bf16,  # otherwise GrueTrainer enters autocast
        use_cpu=device.kind == "cpu",
        ddp_backend="gloo" if device.kind == "cpu" and device.world_size > 1 else None,
        ddp_find_unused_parameters=False,
        fsdp=setup.is_sharded or None,  # type: ignore[arg-type] # a string is deprecated
        fsdp_config={"version": 2, "transformer_layer_cls_to_wrap": [layer]}
        if setup.is_sharded
        else None,
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
