"""Provides `grue train`: fine-tune a model on a corpus, and leave a folder that can be played.

The result goes to standard output, progress and messages go to standard error. Knows nothing of how
training works; everything heavy is imported when the arguments are known.
"""

import json
import shlex
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from training.cli import extra_needed
from training.trainer.console import format_duration

if TYPE_CHECKING:
    from dungeon.models.progress import Progress
    from training.trainer.config import StopSignal, TrainResult

_WISHES = (
    "width",
    "epochs",
    "steps",
    "batch_rows",
    "micro_rows",
    "learning_rate",
    "warmup_steps",
    "look_rows",
    "evaluate_every",
    "weight_decay",
    "rank",
    "patience",
    "checkpoint_activations",
)
"""The numbers of the plan that options may set."""

_POSITIVE = click.IntRange(min=1)


@click.command()
@click.argument("corpus", type=click.Path(path_type=Path))
@click.option(
    "--base",
    metavar="REF",
    help="What to begin from: a hub name (gpt2, the default), smollm2, a model folder, a .gguf "
    "file; with --from-scratch a shape: gpt2-tiny, gpt2, gpt2-medium, gpt2-large, gpt2-xl.",
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, help="The model's new folder."
)
@click.option(
    "--method",
    type=click.Choice(["lora", "full"]),
    help="Train an adapter or all weights. By itself: all weights where a GPU holds them.",
)
@click.option("--from-scratch", "scratch", is_flag=True, help="Begin from random weights.")
@click.option(
    "--freeze-layers",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Leave the first N layers, and the embeddings, as they are.",
)
@click.option(
    "--resume", is_flag=True, help="Go on with the training that was begun in the folder."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--cost-per-hour",
    type=click.FloatRange(min=0),
    metavar="X",
    help="What the machine costs an hour, to tell the cost so far.",
)
@click.option(
    "--epochs", type=_POSITIVE, metavar="N", help="How often the corpus is read, at most."
)
@click.option("--steps", type=_POSITIVE, metavar="N", help="End after so many steps.")
@click.option("--width", type=click.IntRange(min=8), metavar="N", help="Tokens in a row.")
@click.option("--batch-rows", type=_POSITIVE, metavar="N", help="Rows a step learns from.")
@click.option("--micro-rows", type=_POSITIVE, metavar="N", help="Rows a device takes at a time.")
@click.option("--learning-rate", type=click.FloatRange(min=0, min_open=True), metavar="X")
@click.option("--warmup-steps", type=click.IntRange(min=0), metavar="N")
@click.option("--look-rows", type=_POSITIVE, metavar="N", help="Held-out rows that a look reads.")
@click.option("--evaluate-every", type=_POSITIVE, metavar="N", help="Steps between two looks.")
@click.option("--weight-decay", type=click.FloatRange(min=0), metavar="X")
@click.option("--rank", type=_POSITIVE, metavar="N", help="Of the adapter.")
@click.option("--patience", type=_POSITIVE, metavar="N", help="End after N looks without a gain.")
@click.option(
    "--checkpoint-activations/--keep-activations",
    default=None,
    help="Save memory for time, or not. By itself: where too few rows would fit.",
)
@click.option("--compile/--no-compile", "compiled", default=None, help="By itself: on CUDA.")
@click.option(
    "--shard/--no-shard",
    "sharded",
    default=None,
    help="Divide the weights over several GPUs (FSDP2). By itself: where one cannot hold them.",
)
@click.option("--device", type=click.Choice(["cuda", "mps", "cpu"]), help="By itself: the best.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where models are kept.")
def train(
    corpus: Path,
    base: str | None,
    out: Path,
    resume: bool,
    as_json: bool,
    data_dir: Path | None,
    **options: Any,
) -> None:
    """Fine-tune a model on CORPUS, a folder of `grue corpus build` or a text file.

    \b
      grue train corpus -o mine                          GPT-2, every number from a rule
      grue train corpus --base smollm2 --method lora -o mine
      grue train tales.txt --base gpt2-tiny --from-scratch -o trial
      grue train corpus -o mine --resume                 go on after Ctrl-C or a power cut
      torchrun --nproc-per-node 4 -m dungeon.cli train corpus --base gpt2-xl -o mine

    Every number is derived from the corpus, the model and the memory, and told with its reason
    before anything begins; the options below set them yourself. Ctrl-C finishes the step and saves.
    The best checkpoint by held-out text is what stays in the folder: `grue play --model mine`.
    """
    with extra_needed("train"):
        from dungeon.models.location import models_dir
        from training.data.corpus import read_corpus
        from training.models.loading import load_causal_lm
        from training.trainer.config import StopSignal, TrainConfig
        from training.trainer.console import ConsoleReporter
        from training.trainer.finetune import finetune

    wishes = {name: options.pop(name) for name in _WISHES}
    order = TrainConfig(
        base=base,
        resume=resume,
        wishes={name: value for name, value in wishes.items() if value is not None},
        **options,
    )
    progress, wish = ConsoleReporter(), StopSignal()
    fetched = partial(load_causal_lm, models=models_dir(data_dir), progress=_once(progress.note))
    with _stoppable(wish):
        outcome = finetune(
            read_corpus(corpus), out, order, load=fetched, progress=progress, wish=wish
        )
    _report(outcome, corpus, as_json=as_json)
    if outcome.stopped:
        click.get_current_context().exit(130)  # as a program does that Ctrl-C ended


def _once(tell: Callable[[str], None]) -> "Progress":
    """Return a callback that tells what is being done with a model, once each, and not how far."""
    told: set[str] = set()

    def hear(what: str, _done: int, total: int) -> None:
        if what not in told:
            told.add(what)
            tell(f"{what} the base ({total / 1e6:.0f} MB) …")

    return hear


@contextmanager
def _stoppable(wish: "StopSignal") -> Iterator[None]:
    """Let the first Ctrl-C wish for an end, and a second one end at once."""

    def heard(number: int, frame: FrameType | None) -> None:
        if wish.stop:
            signal.default_int_handler(number, frame)
        wish.stop = True
        click.echo(
            "\nStopping once this step is finished and saved. Ctrl-C again ends now.", err=True
        )

    before = signal.signal(signal.SIGINT, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _report(outcome: "TrainResult", corpus: Path, *, as_json: bool) -> None:
    """Print what came of it; of several processes, only in the first."""
    if not outcome.first:
        return
    if as_json:
        click.echo(json.dumps(outcome.document(), indent=2, ensure_ascii=False))
    elif outcome.stopped:
        again = shlex.join(["grue", "train", str(corpus), "-o", str(outcome.folder), "--resume"])
        click.echo(f"Stopped after step {outcome.steps}; nothing is lost. Go on with: {again}")
    else:
        gain = 1 - outcome.after / outcome.before
        click.echo(
            f"{outcome.folder}: held-out text {outcome.before:.4f} → {outcome.after:.4f} bits per "
            f"byte ({gain:.1%} less), the best of step {outcome.best_step} of {outcome.steps}, in "
            f"{format_duration(outcome.seconds)}{_priced(outcome.cost)}.\n"
            f"Play it: grue play --model {shlex.quote(str(outcome.folder))}"
        )


def _priced(cost: float | None) -> str:
    return "" if cost is None else f" for {cost:.2f}"
