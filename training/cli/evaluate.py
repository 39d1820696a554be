"""Define `grue evaluate`: metrics of a model on held-out text and in play, next to a baseline's.

The result goes to standard output, progress and messages to standard error.
"""

import json
from collections.abc import Iterator
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
from training.trainer.console import StatusLine

if TYPE_CHECKING:
    from training.data.corpus import Corpus
    from training.evaluation.evaluate import Evaluation


@click.command()
@click.argument("model")
@click.option(
    "--corpus", required=True, type=click.Path(path_type=Path),
    help="Corpus folder with the held-out documents.",
)  # fmt: skip
@click.option("--baseline", metavar="MODEL", help="Evaluate this model, too, and compare.")
@click.option(
    "--split", type=click.Choice(["test", "validation"]), default="test", show_default=True,
    help="Split of the corpus to read.",
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
@seed_option
@device_option
@click.option("--record", is_flag=True, help="Write the metrics to MODEL/grue.json as well.")
@json_option
@data_dir_option
def evaluate(
    model: str,
    corpus: Path,
    baseline: str | None,
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
    if record and not (Path(model) / "grue.json").is_file():
        raise InputRefused(f"{model} has no grue.json to write to. Leave out --record.")
    with requires_train_extra("evaluate"):
        from training.data.corpus import read_corpus

    read = read_corpus(corpus)
    options = {name: value for name, value in options.items() if value is not None}
    evaluations = [
        _evaluate(reference, read, options, data_dir)
        for reference in (model, baseline)
        if reference is not None
    ]
    if record:
        from training.models.saving import add_metrics

        add_metrics(Path(model), {"evaluation": evaluations[0].metrics()})
    if as_json:
        names = ("model", "baseline")[: len(evaluations)]
        results = zip(names, (each.to_dict() for each in evaluations), strict=True)
        document = {"corpus": {"name": read.name, "sha256": read.sha256}, **dict(results)}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2).encode())
    else:
        click.echo("\n".join(_table(evaluations)))


def _evaluate(
    reference: str, corpus: "Corpus", options: dict[str, Any], data_dir: Path | None
) -> "Evaluation":
    from dungeon.home import Home
    from training.evaluation.evaluate import EvaluationConfig, evaluate
    from training.models.loading import load_causal_lm
    from training.trainer.devices import find_device

    click.echo(f"Loading {reference}", err=True)
    loaded = load_causal_lm(reference, models=Home.find(data_dir).models)
    device = find_device(options.get("device")).kind
    config = EvaluationConfig(**options | {"device": device})
    status = StatusLine()

    def on_progress(activity: str, done: int, total: int) -> None:
        status.update(f"{loaded.name}: {done} of {total} {activity}", is_last=done >= total)

    return evaluate(loaded, corpus, config, on_progress)


# The table ----------------------------------------------------------------------------------------


def _table(evaluations: "list[Evaluation]") -> Iterator[str]:
    """Yield the lines of a table: metric, value of the model, value of the baseline, difference."""
    head = ["", *(evaluation.name for evaluation in evaluations)]
    columns = [_metrics(evaluation) for evaluation in evaluations]
    if len(columns) > 1:
        head.append("difference")
    lines = [head]
    for name, value in columns[0].items():
        values = [value, *(column.get(name) for column in columns[1:])]
        lines.append([name, *map(_format_value, values), *_difference(values)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        first, *rest = zip(line, widths, strict=True)
        yield "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)])


def _metrics(evaluation: "Evaluation") -> dict[str, float | None]:
    held_out = evaluation.metrics()["held_out"]
    metrics: dict[str, float | None] = {
        f"{held_out['split']} documents": held_out["documents"],
        f"{held_out['split']} bytes": held_out["bytes"],
        "perplexity": held_out["perplexity"],
        "bits per byte": held_out["bits_per_byte"],
        "bits per byte, second person": held_out["second_person"]["bits_per_byte"],
    }
    return metrics | {name.replace("_", " "): value for name, value in evaluation.play.items()}


def _format_value(value: float | None) -> str:
    match value:
        case None:
            return "-"
        case int():
            return f"{value:,}"
        case _:
            return f"{value:.4f}"


def _difference(values: list[float | None]) -> list[str]:
    """Return the difference to the baseline: per cent for a ratio, points for a share."""
    match values:
        case [float(ours), float(theirs)] if theirs > 0 and (ours > 1 or theirs > 1):
            return [f"{ours / theirs - 1:+.1%}"]
        case [float(ours), float(theirs)]:
            return [f"{ours - theirs:+.4f}"]
        case [_, _]:
            return [""]
        case _:
            return []
