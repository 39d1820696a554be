"""Define `grue train`: fine-tune a model on a corpus and write a model folder.

The result goes to standard output, progress and messages to standard error.
"""

import json
import math
import shlex
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from dungeon.cli.output_option import output_option
from dungeon.errors import INTERRUPTED, InputRefused
from training.cli import (
    data_dir_option,
    device_option,
    json_option,
    requires_train_extra,
    share_cores,
)
from training.cli.config_file import config_option
from training.cli.number_types import SEED, FiniteFloatRange
from training.cli.publishing import open_repository, push, push_options
from training.cli.signals import stop_on_signals
from training.data.documents import TrainOn
from training.models.record import format_duration
from training.preferences.objective import Objective
from training.trainer.config import StopSignal, TrainConfig, TrainResult
from training.trainer.options import HYPERPARAMETERS, Option, flag
from training.trainer.reporting import Tracker

if TYPE_CHECKING:
    from dungeon.models.progress import Progress
    from training.preferences.tune import PreferenceResult


def _hyperparameter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for name, option in reversed(HYPERPARAMETERS.items()):
        command = _click_option(name, option)(command)
    return command


def _click_option(name: str, option: Option) -> Callable[..., Any]:
    argument = option.argument
    bounds: dict[str, Any] = {
        "min": None if argument.minimum == -math.inf else argument.minimum,
        "max": None if argument.maximum == math.inf else argument.maximum,
    }
    kind: click.ParamType[Any]
    if argument.kind is bool:
        return click.option(f"{flag(name)}/--no-{flag(name)[2:]}", default=None, help=option.help)
    if argument.kind is int:
        metavar, kind = "N", click.IntRange(**bounds)
    elif argument.kind is float:
        metavar, kind = "X", FiniteFloatRange(**bounds, min_open=argument.open)
    elif argument.choices:
        metavar, kind = None, click.Choice(argument.choices)
    else:
        metavar, kind = "NAMES", click.STRING
    return click.option(flag(name), name, metavar=metavar, type=kind, help=option.help)


@click.command()
@click.argument("corpus", required=False, type=click.Path(path_type=Path))
@click.option(
    "--base",
    metavar="MODEL",
    help="Model to start from: a Hugging Face id (default: gpt2), smollm2, a model folder or a "
    ".gguf file. With --from-scratch a size: gpt2-tiny, gpt2-3m, gpt2-10m, gpt2-30m, gpt2, "
    "gpt2-medium, gpt2-large, gpt2-xl.",
)
@output_option(
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to write the model to (output_dir).",
)
@click.option("--from-scratch", is_flag=True, help="Start from random weights.")
@click.option(
    "--freeze-layers",
    type=click.IntRange(min=0),
    metavar="N",
    help="Do not train the embeddings and the first N layers.",
)
@click.option(
    "--train-on",
    type=click.Choice(get_args(TrainOn)),
    help="Compute the loss on all text, or on replies only, masking the player's lines "
    "as assistant_only_loss does (default: all).",
)
@click.option(
    "--mix", multiple=True, metavar="NAME=WEIGHT",
    help="Repeat the documents of a work or source WEIGHT times, or take that share of them, such "
    "as stories=2 or novels=0.5. Repeatable.",
)  # fmt: skip
@click.option(
    "--preferences",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Pairs of replies from `grue saves preferences`, on which an adapter is tuned with DPO "
    "(default base: the game's own model); with a CORPUS, its loss is added (--lm-weight).",
)
@click.option(
    "--beta",
    type=FiniteFloatRange(min=0, min_open=True),
    metavar="X",
    help="With --preferences: how strongly the model is held to its base (default: 0.1).",
)
@click.option(
    "--sft-weight", type=FiniteFloatRange(min=0), metavar="X",
    help="With --preferences: weight of the likelihood of chosen replies in the loss, next to "
    "DPO's (default: 0).",
)  # fmt: skip
@click.option(
    "--lm-weight", type=FiniteFloatRange(min=0, min_open=True), metavar="X",
    help="With CORPUS and --preferences: weight of the loss of CORPUS next to that of the pairs, "
    "so that the model forgets less (default: 1).",
)  # fmt: skip
@click.option("--resume", is_flag=True, help="Continue the interrupted training in the folder.")
@click.option("--seed", type=SEED, metavar="N", help="Random seed (default: 0).")
@click.option(
    "--minutes",
    type=FiniteFloatRange(min=0, min_open=True),
    metavar="X",
    help="Plan steps and evaluations so that everything is over in X minutes, from now on.",
)
@click.option(
    "--cost-per-hour",
    type=FiniteFloatRange(min=0),
    metavar="X",
    help="Price of the machine per hour, to report the cost.",
)
@_hyperparameter_options
@click.option(
    "--compile/--no-compile", default=None,
    help="Compile layers with torch.compile (default: on CUDA).",
)  # fmt: skip
@device_option
@click.option(
    "--report-to", type=click.Choice(get_args(Tracker)), default="none", show_default=True,
    help="Experiment tracker that gets the metrics.",
)  # fmt: skip
@push_options
@config_option
@json_option
@data_dir_option
def train(
    corpus: Path | None,
    preferences: Path | None,
    beta: float | None,
    sft_weight: float | None,
    lm_weight: float | None,
    output: Path,
    push_to_hub: str | None,
    private: bool,
    as_json: bool,
    data_dir: Path | None,
    **options: Any,
) -> None:
    """Fine-tune a model on CORPUS: a folder from `grue corpus build`, a text file, or data; or tune
    it on pairs of replies.

    Data are rows of text, messages, or prompts and completions: JSON Lines, CSV, Parquet, Arrow.

    \b
      grue train corpus -o mine                          GPT-2, all settings chosen for you
      grue train corpus --base smollm2 --method lora -o mine
      grue train tales.txt --base gpt2-tiny --from-scratch -o trial
      grue train corpus -o mine --minutes 30             the best that half an hour can do
      grue train --preferences pairs.jsonl -o mine       on what you chose while playing
      grue train corpus --preferences pairs.jsonl -o mine    and on text that it is to keep
      grue train -o mine --resume                        after Ctrl-C or a power cut
      grue train --config mine/train.toml -o again       the same training again
      torchrun --nproc-per-node 4 -m dungeon.cli train corpus --base gpt2-xl -o mine

    Hyperparameters are chosen from the corpus, the model and the memory, and printed with the
    reason for each before training starts; options override them. Ctrl-C finishes the step and
    saves a checkpoint. The checkpoint that is best on held-out text becomes the model; play it with
    `grue play --model mine`.
    """
    started = time.monotonic()
    share_cores()
    overrides = {name: options.pop(name) for name in HYPERPARAMETERS}
    options["mix"] = options["mix"] or None
    config = TrainConfig(
        overrides={name: value for name, value in overrides.items() if value is not None},
        **options,
    )
    click.echo("Loading the libraries …", err=True)
    with requires_train_extra("train"):
        from dungeon.files.home import Home
        from training.models.loading import load_causal_lm
        from training.trainer.console import ConsoleReporter

        if corpus is None and preferences is None and config.resume:
            corpus = _recorded_corpus(output)
        source, run = _choose_run(
            corpus, preferences, Objective(beta, sft_weight, lm_weight), started
        )

        repository = open_repository(push_to_hub, private=private)

    reporter, stop_signal = ConsoleReporter(), StopSignal()
    load = partial(
        load_causal_lm, models=Home.find(data_dir).models, progress=_log_activities(reporter.log)
    )
    with stop_on_signals(stop_signal):
        try:
            result = run(output, config, load=load, reporter=reporter, stop_signal=stop_signal)
        except KeyboardInterrupt:
            _print_interrupted(source, output)
            click.get_current_context().exit(INTERRUPTED)
    if result.is_main_process:
        _print_result(result, source, as_json=as_json)
        if repository is not None and not result.stopped:
            push(repository, result.folder, result.folder)
    if result.stopped:
        click.get_current_context().exit(INTERRUPTED)


def _choose_run(
    corpus: Path | None, preferences: Path | None, objective: Objective, started: float
) -> "tuple[list[str], Callable[..., TrainResult | PreferenceResult]]":
    """Return the arguments that name what is trained on, and the function that trains on it."""
    if preferences is not None:
        return _choose_tuning(corpus, preferences, objective)
    if corpus is None:
        raise InputRefused("Give a CORPUS to train on, or --preferences FILE, or both.")
    for name in objective.asked():
        raise InputRefused(f"{flag(name)} is for --preferences. Leave it out.")
    from training.data.corpus import read_corpus
    from training.trainer.finetune import finetune

    def run(*args: Any, **named: Any) -> TrainResult:
        return finetune(read_corpus(corpus), *args, started=started, **named)

    return [str(corpus)], run


def _choose_tuning(
    corpus: Path | None, preferences: Path, objective: Objective
) -> "tuple[list[str], Callable[..., PreferenceResult]]":
    """Return the arguments that name pairs and text, and the function that tunes on them."""
    from training.data.corpus import read_corpus
    from training.preferences.tune import tune

    def run(*args: Any, **named: Any) -> "PreferenceResult":
        text = None if corpus is None else read_corpus(corpus, needs_validation=False)
        return tune(preferences, *args, corpus=text, objective=objective, **named)

    source = [] if corpus is None else [str(corpus)]
    return [*source, "--preferences", str(preferences)], run


def _recorded_corpus(out: Path) -> Path:
    """Return what the training in the folder, which is to be resumed, is trained on."""
    from training.trainer.run_folder import RunFolder

    folder = RunFolder(out)
    folder.check(resume=True)
    return folder.recorded_corpus()


def _log_activities(log: Callable[[str], None]) -> "Progress":
    """Return a callback that logs each activity of loading a model once."""
    logged: set[str] = set()

    def on_progress(activity: str, _done: int, total: int) -> None:
        if activity not in logged:
            logged.add(activity)
            log(f"{activity} the base ({total / 1e6:.0f} MB) …")

    return on_progress


def _print_interrupted(source: list[str], out: Path) -> None:
    """Say what is left of a training that was ended at once."""
    from training.trainer.run_folder import RunFolder

    if RunFolder(out).has_run:
        command = _resume_command(source, out)
        click.echo(f"Stopped at once. Continue from the last checkpoint with: {command}", err=True)
    else:
        click.echo("Stopped before the first step; nothing was written.", err=True)


def _resume_command(source: list[str], out: Path) -> str:
    return shlex.join(["grue", "train", *source, "-o", str(out), "--resume"])


def _print_result(
    result: "TrainResult | PreferenceResult", source: list[str], *, as_json: bool
) -> None:
    outcome = _describe_change(result) if isinstance(result, TrainResult) else result.describe()
    if as_json:
        click.echo(json.dumps(result.to_dict(), indent=2, ensure_ascii=False))
    elif result.stopped or not outcome:
        click.echo(
            f"Stopped after step {result.steps}; nothing is lost. Continue with: "
            f"{_resume_command(source, result.folder)}"
        )
    else:
        cost = "" if result.cost is None else f" for {result.cost:.2f}"
        click.echo(
            f"{result.folder}: {outcome}, best at step {result.best_step} of {result.steps}, "
            f"in {format_duration(result.seconds)}{cost}.\n"
            f"Play it: grue play --model {shlex.quote(str(result.folder))}"
        )


def _describe_change(result: TrainResult) -> str:
    """Return how the model changed on held-out text; empty where that is not known yet."""
    before, after = result.bits_per_byte_before, result.bits_per_byte
    if before is None or after is None:
        return ""
    if not before:  # such as where the end of a document is all there is
        return "held-out text too short to measure"
    change = f"{1 - after / before:.1%} less"
    if after >= before:
        change = f"{after / before - 1:.1%} more: no better than before"
    return f"held-out text {before:.4f} → {after:.4f} bits per byte ({change})"
