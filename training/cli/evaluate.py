"""Define `grue evaluate`: metrics of a model on held-out text and in play, next to a baseline's.

The result goes to standard output, progress and messages to standard error.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dungeon.errors import InputRefused
from training.cli import (
    data_dir_option,
    device_option,
    json_option,
    requires_train_extra,
    seed_option,
)
from training.cli.evaluation_table import contamination_lines, table
from training.cli.number_types import FiniteFloatRange
from training.cli.signals import interrupted_by_sigterm
from training.models.record import format_duration
from training.trainer.console import StatusLine

if TYPE_CHECKING:
    from training.data.documents import Document
    from training.evaluation.contamination import Contamination
    from training.evaluation.deadline import Deadline
    from training.evaluation.evaluate import Evaluation, EvaluationConfig, Task

_CONTAMINATION_SHARE = 0.2
"""Share of the time for reading the training text."""

_SECONDS_BEFORE_ESTIMATE = 5.0
_LEAST_DONE = 0.01


@click.command()
@click.argument("model")
@click.option(
    "--corpus", required=True, type=click.Path(path_type=Path),
    help="Corpus with the held-out documents: a folder from `grue corpus build`, or a file of "
    "text or data.",
)  # fmt: skip
@click.option("--baseline", metavar="MODEL", help="Evaluate this model, too, and compare.")
@click.option(
    "--split", type=click.Choice(["test", "validation", "train"]), default="test",
    show_default=True,
    help="Split of the corpus to read: `train` for a corpus that the model was not trained on.",
)  # fmt: skip
@click.option(
    "--documents", type=click.IntRange(min=0), default=0, metavar="N",
    help="Read N documents, spread over the split (default: all).",
)  # fmt: skip
@click.option(
    "--prompts", type=click.IntRange(min=0), metavar="N",
    help="Reply to N prompts, spread over all; 0 skips the reply metrics (default: all 216).",
)  # fmt: skip
@click.option(
    "--max-seq-length", type=click.IntRange(min=8), metavar="N",
    help="Context window in tokens for held-out text (default: the model's context length).",
)  # fmt: skip
@click.option(
    "--minutes", type=FiniteFloatRange(min=0), default=30, metavar="N", show_default=True,
    help="Stop after N minutes, with a random sample of what was asked for; 0 never stops.",
)  # fmt: skip
@click.option(
    "--contamination/--no-contamination", default=True, show_default=True,
    help="Search the training split for what is evaluated.",
)  # fmt: skip
@seed_option
@device_option
@click.option("--record", is_flag=True, help="Write the metrics to MODEL/grue.json as well.")
@json_option
@data_dir_option
def evaluate(
    model: str,
    corpus: Path,
    baseline: str | None,
    minutes: float,
    contamination: bool,
    record: bool,
    as_json: bool,
    data_dir: Path | None,
    **options: Any,
) -> None:
    """Measure how well MODEL predicts held-out text, and its replies to game prompts.

    MODEL is a model folder, an adapter folder, a .gguf file, smollm2, or a Hugging Face id.

    \b
      grue evaluate mine --corpus corpus --baseline smollm2
      grue evaluate mine --corpus corpus --prompts 36 --json

    docs/evaluation.md explains each metric and its limits.
    """
    with _interruptible(), interrupted_by_sigterm():
        folder = Path(model).expanduser() if record else None
        _check_names([model, *([baseline] if baseline else [])], corpus, folder)
        click.echo(f"Reading {corpus}", err=True)
        with requires_train_extra("evaluate"):
            from training.data.corpus import read_corpus
            from training.evaluation.deadline import Deadline
            from training.evaluation.evaluate import EvaluationConfig, select_task
            from training.trainer.devices import find_device

        read = read_corpus(corpus, needs_validation=options["split"] != "train")
        device = find_device(options.pop("device", None)).kind
        chosen = {name: value for name, value in options.items() if value is not None}
        config = EvaluationConfig(**chosen, device=device)
        task = select_task(read, config)
        deadline = Deadline(minutes * 60 or None)
        overlap = None
        if contamination and task.split != "train":
            overlap = _check(read.documents("train"), task, deadline.part(_CONTAMINATION_SHARE))
        evaluations = [
            _evaluate(model, task, config, deadline.part(0.5 if baseline else 1), data_dir)
        ]
        if baseline is not None:
            evaluations.append(_evaluate(baseline, task, config, deadline, data_dir))
    if folder is not None:
        from training.models.saving import add_metrics

        add_metrics(folder, {"evaluation": evaluations[0].metrics()})
    if as_json:
        name = {"name": read.name, "sha256": read.sha256}
        document = {"corpus": name} | _document(evaluations, overlap)
        click.echo(json.dumps(document, ensure_ascii=False, indent=2).encode())
    else:
        columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        lines = [*table(evaluations, columns), *(contamination_lines(overlap) if overlap else ())]
        click.echo("\n".join(lines))


def _check_names(references: list[str], corpus: Path, folder: Path | None) -> None:
    """Raise InputRefused where the corpus or a model is missing, or where the metrics cannot be
    written to `folder`, before anything is read; what is here first, then models of the hub.
    """
    from dungeon.models.resolver import resolve_local
    from training.data.corpus import missing_corpus
    from training.models.availability import check_available

    if not corpus.exists():
        raise missing_corpus(corpus)
    for reference in references:
        resolve_local(reference)
    if folder is not None and not (folder / "grue.json").is_file():
        raise InputRefused(
            f"{references[0]} has no grue.json on this machine to write to. Leave out --record."
        )
    for reference in references:
        check_available(reference, _say_download)


def _say_download(name: str) -> None:
    click.echo(f"Downloading {name} from the hub, unless it is here already", err=True)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Leave with a sentence when the user presses Ctrl-C in this block."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\nStopped. Nothing was recorded.", err=True)
        raise click.Abort from None


def _check(training: "Iterable[Document]", task: "Task", deadline: "Deadline") -> "Contamination":
    from training.evaluation.contamination import check_contamination

    status = StatusLine()
    found = check_contamination(
        training,
        task.documents,
        task.prompts,
        on_progress=lambda done: status.update(
            f"Searching the training text: {done:,} documents", is_last=False
        ),
        is_time_over=deadline.is_over,
    )
    status.write_line(f"Searched {found.training_documents:,} training documents")
    return found


def _evaluate(
    reference: str,
    task: "Task",
    config: "EvaluationConfig",
    deadline: "Deadline",
    data_dir: Path | None,
) -> "Evaluation":
    from dungeon.files.home import Home
    from training.evaluation.evaluate import evaluate
    from training.models.loading import load_causal_lm

    click.echo(f"Loading {reference}", err=True)
    loaded = load_causal_lm(reference, models=Home.find(data_dir).models)
    return evaluate(
        loaded,
        task,
        config,
        _progress(loaded.name),
        on_message=lambda text: click.echo(text, err=True),
        deadline=deadline,
    )


def _progress(name: str) -> Callable[[str, float, int], None]:
    """Return what shows the progress of a model's evaluation, with the time that is left."""
    status = StatusLine()
    started: dict[str, float] = {}

    def show(activity: str, done: float, total: int) -> None:
        now = time.monotonic()
        seconds = now - started.setdefault(activity, now)
        text = f"{name}: {int(done)} of {total} {activity}"
        is_last = done >= total
        if seconds > _SECONDS_BEFORE_ESTIMATE and not is_last:
            left = seconds / max(done, _LEAST_DONE) * (total - done)
            text += f", about {format_duration(left)} left"
        status.update(text, is_last=is_last)

    return show


def _document(evaluations: "list[Evaluation]", overlap: "Contamination | None") -> dict[str, Any]:
    """Return the result, JSON-ready."""
    ours, *others = evaluations
    document: dict[str, Any] = {"contamination": overlap.to_dict() if overlap else None}
    document["model"] = ours.to_dict()
    for theirs in others:
        document |= {"baseline": theirs.to_dict(), "difference": ours.differences(theirs)}
    return document
