"""Compare the speed of Grue's training loop with simpler loops and with the device's peak.

    python -m benchmarks.training [--shape gpt2-tiny] [--seconds 20] [--rounds 3] [--device cpu]
    python -m benchmarks.training --shape gpt2-xl --rows 16 --micro-batch-size 16 --seconds 60

Four loops train the same random weights on the same documents, alternating: Grue's; a bare PyTorch
loop over the same packed rows; the Trainer of transformers as its `run_clm` example uses it, with
concatenated documents; and the same with one padded document per row. Tokens are random, since
speed does not depend on them; documents are as long as those of our corpora. Speed is in useful
tokens per second: padding does not count. On a CPU, CPU seconds are measured, because a shared
machine is noisy; on a GPU, elapsed seconds.
"""

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from training.data.corpus import Corpus
from training.data.packing import IGNORE_INDEX, PackedRows, collate, pack, pad
from training.data.tokens import EncodedSplit
from training.models.loading import LoadedModel
from training.models.shapes import SHAPES
from training.trainer.attention import isolate_documents
from training.trainer.config import StopSignal, TrainConfig
from training.trainer.console import ProgressReporter, StepStats
from training.trainer.devices import Device, find_device
from training.trainer.finetune import training_arguments
from training.trainer.flops import flops_per_token
from training.trainer.hyperparameters import BETAS
from training.trainer.loop import GrueTrainer
from training.trainer.model_setup import compile_layers, pad_vocabulary, prepare_model
from training.trainer.plan import EMPTY_PLAN, Plan
from training.trainer.progress_callback import ProgressCallback
from training.trainer.run_folder import RunFolder, RunRecord
from training.trainer.schedule import LinearDecay
from training.trainer.setup import TrainSetup

WARM_UP = 0.25
"""Share of the time that is not measured: kernels are selected and compiled in it."""

DOCUMENTS = 4_000
MEDIAN_TOKENS = 180
"""Median tokens of a document; a few are ten times as long."""


class TimeUp(Exception):
    """The measurement is complete."""


@dataclass(slots=True)
class Stopwatch:
    """Counts useful tokens and seconds after the warm-up."""

    seconds: float
    clock: Callable[[], float]
    tokens: float = 0.0
    started: float = 0.0
    measured_from: float = 0.0
    first_reading: float = 0.0
    last_reading: float = 0.0
    step: int = 0

    def tick(self, step: int, tokens_per_step: float) -> None:
        """Record that `step` is finished. Raises TimeUp after `seconds`."""
        now = time.perf_counter()
        self.started = self.started or now
        if not self.measured_from:
            if now - self.started >= WARM_UP * self.seconds:
                self.measured_from, self.step, self.first_reading = now, step, self.clock()
            return
        self.tokens += (step - self.step) * tokens_per_step
        self.step, self.last_reading = step, self.clock()
        if now - self.measured_from >= (1 - WARM_UP) * self.seconds:
            raise TimeUp

    @property
    def speed(self) -> float:
        """Useful tokens per second."""
        return self.tokens / (self.last_reading - self.first_reading)


@dataclass(frozen=True, slots=True)
class Workload:
    """The model, the documents and the plan of a training."""

    model: Callable[[], Any]
    encoded: EncodedSplit
    plan: Plan
    device: Device
    seconds: float

    @property
    def rows(self) -> PackedRows:
        """The documents, packed."""
        return pack(self.encoded, self.plan.max_seq_length).pad_to_multiple(self.plan.batch_size)


def documents(vocabulary: int) -> EncodedSplit:
    """Return random documents of typical lengths: uint16 token ids below `vocabulary`."""
    rng = np.random.default_rng(1)
    lengths = np.clip(rng.lognormal(math.log(MEDIAN_TOKENS), 0.9, DOCUMENTS).astype(int), 16, 4_000)
    starts = np.concatenate([[0], lengths.cumsum()])
    ids = rng.integers(0, vocabulary - 1, starts[-1]).astype(np.uint16)
    return EncodedSplit(ids, np.ones(len(ids), dtype=np.bool_), starts, vocabulary - 1)


# The four loops -----------------------------------------------------------------------------------


def grue(workload: Workload, watch: Stopwatch, folder: Path) -> None:
    """Train as `grue train` does."""

    class Reporter(ProgressReporter):
        def log_step(self, stats: StepStats) -> None:
            watch.tick(stats.step, workload.plan.batch_size * rows.max_seq_length * rows.fill_ratio)

    rows, device, plan = workload.rows, workload.device, workload.plan
    model = workload.model()
    isolate_documents(model, verify=False)
    if device.kind == "cuda":
        pad_vocabulary(model)
    prepared = prepare_model(model, plan, bf16=device.bf16)
    if device.can_compile:
        compile_layers(model, prepared.chunked_loss)
    names = ("", "", "", "")
    run = RunRecord(
        *names,
        from_scratch=True,
        seed=0,
        freeze_layers=0,
        train_on="all",
        mix=[],
        overrides={},
        plan=plan,
    )
    corpus = Corpus(folder, "random", "", files={})
    sizes = np.ones(model.config.vocab_size, dtype=np.int32)
    setup = TrainSetup(
        corpus,
        RunFolder(folder),
        device,
        run,
        rows,
        rows,
        sizes,
        "documents",
        _never,
        TrainConfig(),
        is_new=True,
    )
    tokenizer: Any = None  # no text is encoded or generated
    base = LoadedModel(model, tokenizer, "random", "", "random")
    callback = ProgressCallback(
        reporter=Reporter(),
        stop_signal=StopSignal(),
        tokens_per_row=rows.max_seq_length * rows.fill_ratio,
        flops_per_token=1.0,
        peak_flops=None,
        cost_per_hour=None,
        early_stopping_patience=1,
        save_seconds=math.inf,
    )
    trainer = GrueTrainer(
        prepared,
        training_arguments(setup, base, eval_on_start=False),
        rows,
        rows,
        tokenizer=tokenizer,
        token_bytes=sizes,
        callback=callback,
        reporter=ProgressReporter(),
        stop_signal=callback.stop_signal,
        bf16=device.bf16,
        isolation="documents",
        schedule=LinearDecay(0, plan.max_steps),
    )
    trainer.train()


def bare(workload: Workload, watch: Stopwatch, _folder: Path) -> None:
    """Train with PyTorch alone."""
    rows, device, plan = workload.rows, workload.device, workload.plan
    model = workload.model()
    isolate_documents(model, verify=False)
    if device.kind == "cuda":
        pad_vocabulary(model)
    model.loss_type = "ForCausalLM"
    model.to(device.kind).train()
    if device.can_compile:
        compile_layers(model)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=plan.learning_rate, betas=BETAS, fused=True
    )
    data: Any = rows
    batches = DataLoader(data, plan.micro_batch_size, shuffle=True, collate_fn=collate)
    step = micro = 0
    while True:
        for batch in batches:
            inputs = {
                name: value.to(device.kind) if torch.is_tensor(value) else value
                for name, value in batch.items()
            }
            with torch.autocast(device.kind, torch.bfloat16, enabled=device.bf16):
                loss = model(**inputs, use_cache=False).loss / plan.gradient_accumulation_steps
            loss.backward()
            micro += 1
            if micro % plan.gradient_accumulation_steps:
                continue
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            if step % LOGGING_STEPS == 0:
                loss.item()  # as often as Grue's loop
                watch.tick(step, plan.batch_size * rows.max_seq_length * rows.fill_ratio)


def run_clm(workload: Workload, watch: Stopwatch, folder: Path) -> None:
    """Train with the plain Trainer, on concatenated documents."""
    width = workload.plan.max_seq_length
    ids = workload.encoded.ids.astype(np.int64)
    blocks = ids[: len(ids) // width * width].reshape(-1, width)
    rows = [
        {"input_ids": torch.from_numpy(block), "labels": torch.from_numpy(block)}
        for block in blocks
    ]
    _plain_trainer(workload, watch, folder, rows, workload.plan.batch_size * width, _stacked)


def padded(workload: Workload, watch: Stopwatch, folder: Path) -> None:
    """Train with the plain Trainer, on one document per row, padded to the longest of a batch."""
    made = pad(workload.encoded, workload.plan.max_seq_length)
    rows = [{"ids": made[n]["input_ids"][: made.segments[n][0].length]} for n in range(len(made))]
    useful = statistics.mean(len(row["ids"]) for row in rows)
    _plain_trainer(workload, watch, folder, rows, workload.plan.batch_size * useful, _padded)


def _plain_trainer(
    workload: Workload, watch: Stopwatch, folder: Path, rows: Any, tokens: float, collator: Any
) -> None:
    class Callback(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, **_rest: Any) -> None:
            watch.tick(state.global_step, tokens)

    plan, device = workload.plan, workload.device
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=plan.micro_batch_size,
        gradient_accumulation_steps=plan.gradient_accumulation_steps,
        max_steps=plan.max_steps,
        bf16=device.bf16,
        use_cpu=device.kind == "cpu",
        logging_steps=LOGGING_STEPS,
        remove_unused_columns=False,
        dataloader_pin_memory=device.kind == "cuda",
        save_strategy="no",
        disable_tqdm=True,
        report_to="none",
    )
    model = workload.model()
    model.loss_type = "ForCausalLM"
    trainer = Trainer(model, arguments, collator, rows, callbacks=[Callback()])
    trainer.remove_callback(PrinterCallback)
    trainer.train()


def _stacked(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}


def _padded(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return `input_ids`, `attention_mask` and `labels`, int64 of shape (rows, longest)."""
    each = [torch.from_numpy(row["ids"].astype(np.int64)) for row in rows]
    ids = pad_sequence(each, batch_first=True)
    mask = pad_sequence([torch.ones_like(row) for row in each], batch_first=True)
    labels = ids.masked_fill(mask == 0, IGNORE_INDEX)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


def _never(_reference: str) -> Any:
    raise NotImplementedError


LOOPS: dict[str, Callable[[Workload, Stopwatch, Path], None]] = {
    "Grue's loop, packed": grue,
    "a bare PyTorch loop, packed": bare,
    "a plain Trainer as in `run_clm`, documents concatenated": run_clm,
    "a plain Trainer, one padded document per row": padded,
}

LOGGING_STEPS = 10
"""Steps between two readings of the loss, as in Grue's loop."""


def measure(workload: Workload, loop: Callable[[Workload, Stopwatch, Path], None]) -> float:
    """Return the useful tokens per second of one loop."""
    torch.manual_seed(0)
    on_cpu = workload.device.kind == "cpu"
    watch = Stopwatch(workload.seconds, time.process_time if on_cpu else time.perf_counter)
    with tempfile.TemporaryDirectory() as folder, suppress(TimeUp):
        loop(workload, watch, Path(folder))
    if workload.device.kind == "cuda":
        torch.cuda.empty_cache()
    return watch.speed


# Results ------------------------------------------------------------------------------------------


def report(workload: Workload, speeds: dict[str, list[float]], per_hour: float) -> None:
    """Print the speeds."""
    ours = statistics.median(speeds["Grue's loop, packed"])
    flop = flops_per_token(workload.model(), workload.plan.max_seq_length)
    peak = workload.device.peak_flops
    print("| | tokens/s, without padding | MFU | Grue's loop is |\n|---|---|---|---|")
    for name, each in speeds.items():
        middle = statistics.median(each)
        share = f"{middle * flop / peak:.0%}" if peak else "–"
        print(f"| {name} | {middle:,.0f} | {share} | {ours / middle:.2f} times as fast |")
    minutes = 5 * 7_500_000 / ours / 60
    print(
        f"\nFive epochs of 30 MB of stories: {minutes:,.1f} minutes, "
        f"{minutes / 60 * per_hour:.2f} at --cost-per-hour (the game of 2019: 12 hours, 374.62)."
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Compare training loops.")
    parser.add_argument("--shape", choices=SHAPES, default="gpt2-tiny")
    parser.add_argument("--device", choices=["cuda", "mps", "cpu"])
    parser.add_argument("--rows", type=int, default=16, help="batch size")
    parser.add_argument("--micro-batch-size", type=int, default=8)
    parser.add_argument("--max-seq-length", type=int)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cost-per-hour", type=float, default=3.5)
    options = parser.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    shape = SHAPES[options.shape]
    width = options.max_seq_length or shape.positions
    plan = replace(
        EMPTY_PLAN,
        max_seq_length=width,
        batch_size=options.rows,
        micro_batch_size=options.micro_batch_size,
        gradient_accumulation_steps=options.rows // options.micro_batch_size,
        learning_rate=1e-4,
        max_steps=1_000_000,
        eval_steps=1_000_000,
    )
    config = GPT2Config(
        vocab_size=shape.vocabulary,
        n_positions=max(width, shape.positions),
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
    )
    device = find_device(options.device)
    torch.set_float32_matmul_precision("high")
    workload = Workload(
        lambda: GPT2LMHeadModel(config), documents(shape.vocabulary), plan, device, options.seconds
    )
    speeds: dict[str, list[float]] = {name: [] for name in LOOPS}
    for _ in range(options.rounds):
        for name, loop in LOOPS.items():
            speeds[name].append(measure(workload, loop))
    print(
        f"{options.shape}, {options.rows} rows of {width} ({workload.rows.fill_ratio:.0%} full) "
        f"per step, {options.micro_batch_size} at a time, on {device.name}:\n"
    )
    report(workload, speeds, options.cost_per_hour)


if __name__ == "__main__":
    main()
