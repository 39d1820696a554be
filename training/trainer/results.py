"""Put together what a training run reports: its result, and the record in the model folder."""

import math
from dataclasses import asdict, replace

from training.models.loading import LoadedModel
from training.models.record import (
    BaseModelInfo,
    CorpusInfo,
    HistoryPoint,
    ModelRecord,
    Sample,
    TrainingCost,
)
from training.trainer.checkpointed import EVAL_LOSS
from training.trainer.config import TrainConfig, TrainResult
from training.trainer.loop import EVAL_BITS_PER_BYTE, GrueTrainer
from training.trainer.setup import TrainSetup


def train_result(
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
        plan=replace(setup.run.plan, max_steps=trainer.state.max_steps),
        history=history,
        is_main_process=setup.device.is_main_process,
    )


def model_record(
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
        "mix": run.mix,
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
