"""Provides `grue evaluate`: a model's measures on held-out text and in play, beside a baseline's.

The result goes to standard output, progress and messages go to standard error. Knows nothing of how
anything is measured.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dungeon.errors import InputRefused
from training.cli import extra_needed

if TYPE_CHECKING:
    from training.evaluation.evaluate import Evaluation

_SPLITS = ("test", "validation")


@click.command()
@click.argument("model")
@click.option(
    "--corpus", required=True, type=click.Path(path_type=Path),
    help="A corpus folder, whose held-out documents are read.",
)  # fmt: skip
@click.option("--baseline", metavar="REF", help="Measure this model, too, and compare.")
@click.option("--split", type=click.Choice(_SPLITS), default="test", show_default=True)
@click.option(
    "--documents", type=click.IntRange(min=0), default=0, metavar="N",
    help="Read N documents of the split, evenly spread; 0 means all.",
)  # fmt: skip
@click.option(
    "--prompts", type=click.IntRange(min=0), metavar="N",
    help="Play N of the fixed prompts; 0 leaves playing out. By itself: all.",
)  # fmt: skip
@click.option("--width", type=click.IntRange(min=8), metavar="N", help="Tokens read at once.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--device", type=click.Choice(["cuda", "mps", "cpu"]), help="By itself: the best.")
@click.option("--record", is_flag=True, help="Write the measures into MODEL's grue.json.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where models are kept.")
def evaluate(
    model: str,
    corpus: Path,
    baseline: str | None,
    record: bool,
    as_json: bool,
    data_dir: Path | None,
    **options: Any,
) -> None:
    """Measure MODEL: a folder, an adapter's folder, a .gguf file, smollm2, or a name of the hub.

    It reads the corpus's held-out documents, and plays 216 fixed prompts. docs/measuring.md says
    what each number means, and what it does not.
    """
    if record and not (Path(model) / "grue.json").is_file():
        raise InputRefused(f"{model} has no grue.json to write into. Leave out --record.")
    with extra_needed("evaluate"):
        from training.data.corpus import read_corpus

    found = read_corpus(corpus)
    options = {name: value for name, value in options.items() if value is not None}
    measured = [
        _measured(reference, found, options, data_dir)
        for reference in (model, baseline)
        if reference is not None
    ]
    if record:
        from training.models.model_folder import add_measures

        add_measures(Path(model), {"evaluation": measured[0].measures()})
    if as_json:
        documents = [evaluation.document() for evaluation in measured]
        whole = {"corpus": {"name": found.name, "sha256": found.sha256}, "model": documents[0]}
        whole |= {"baseline": documents[1]} if baseline else {}
        click.echo(json.dumps(whole, ensure_ascii=False, indent=2).encode())
    else:
        click.echo("\n".join(_table(measured)))


def _measured(
    reference: str, corpus: Any, options: dict[str, Any], data_dir: Path | None
) -> "Evaluation":
    from dungeon.models.location import models_dir
    from training.evaluation.evaluate import Plan, evaluate
    from training.models.loading import load_causal_lm
    from training.trainer.devices import find_device

    click.echo(f"Loading {reference}", err=True)
    loaded = load_causal_lm(reference, models=models_dir(data_dir))
    device = find_device(options.get("device")).kind
    return evaluate(loaded, corpus, Plan(**options | {"device": device}), _Progress(loaded.name))


class _Progress:
    """How far it is, on standard error: one line that changes on a terminal, else ten in all."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lively = sys.stderr.isatty()
        self._tenth = -1

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show it where it is worth a line."""
        tenth = 10 * done // max(total, 1)
        if self._lively:
            end = "\n" if done >= total else ""
            click.echo(f"\r{self._name}: {what} {done} of {total}{end}", err=True, nl=False)
        elif tenth != self._tenth:
            click.echo(f"{self._name}: {what} {done} of {total}", err=True)
        self._tenth = -1 if done >= total else tenth


def _table(measured: "list[Evaluation]") -> Iterator[str]:
    """Yield the lines of a table: a measure, the model's value, the baseline's, the difference."""
    head = ["", *(evaluation.name for evaluation in measured)]
    rows = [_rows(evaluation) for evaluation in measured]
    if len(measured) > 1:
        head.append("difference")
    lines = [head]
    for name, value in rows[0].items():
        values = [value, *(other.get(name) for other in rows[1:])]
        lines.append([name, *map(_shown, values), *_differences(values)])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        first, *rest = zip(line, widths, strict=True)
        yield "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)])


def _rows(evaluation: "Evaluation") -> dict[str, float | None]:
    document = evaluation.document()
    held = document["held_out"]
    rows: dict[str, float | None] = {
        f"{held['split']} documents": held["documents"],
        f"{held['split']} bytes": held["bytes"],
        "perplexity": held["perplexity"],
        "bits per byte": held["bits_per_byte"],
        "bits per byte, second person": held["second_person"]["bits_per_byte"],
    }
    return rows | {name.replace("_", " "): value for name, value in evaluation.play.items()}


def _shown(value: float | None) -> str:
    match value:
        case None:
            return "-"
        case int():
            return f"{value:,}"
        case _:
            return f"{value:.4f}"


def _differences(values: list[float | None]) -> list[str]:
    """Return the difference to the baseline in per cent for a ratio, in points for a share."""
    match values:
        case [float(ours), float(theirs)] if theirs > 0 and (ours > 1 or theirs > 1):
            return [f"{ours / theirs - 1:+.1%}"]
        case [float(ours), float(theirs)]:
            return [f"{ours - theirs:+.4f}"]
        case [_, _]:
            return [""]
        case _:
            return []
