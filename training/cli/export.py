"""Provides `grue export`: a model as a GGUF file, checked against the model it was written from.

What a script reads goes to standard output, messages go to standard error.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dungeon.errors import GrueError, InputRefused
from dungeon.models.location import models_dir
from training.cli import extra_needed

if TYPE_CHECKING:
    from dungeon.models.model_folder import ModelFolder
    from training.export.gguf import Kind
    from training.export.gguf_check import Check
    from training.models.loading import LoadedModel


@click.command()
@click.argument("model")
@click.option(
    "--gguf", "path", metavar="FILE", required=True, type=click.Path(path_type=Path),
    help="The file to write.",
)  # fmt: skip
@click.option(
    "--type", "kind", type=click.Choice(["F16", "Q8_0", "F32"]), default="F16", show_default=True,
    help="How the matrices are kept.",
)  # fmt: skip
@click.option("--adapter-only", is_flag=True, help="Write a LoRA adapter without its base.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
@click.option("--check/--no-check", default=True, help="Compare with the model, in the engine.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where models are kept.")
def export(
    model: str,
    path: Path,
    kind: "Kind",
    adapter_only: bool,
    force: bool,
    check: bool,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Write MODEL (a folder, an adapter's folder, smollm2, a name of the hub) as one GGUF file.

    An adapter is merged into its base, unless it is to stand alone. `grue play --model FILE` plays
    what was written.
    """
    if path.exists() and not force:
        raise InputRefused(f"{path} is there already. Say --force to replace it.")
    models = models_dir(data_dir)
    click.echo(f"Loading {model}", err=True)
    with extra_needed("export"):
        if adapter_only:
            checked = _adapter(model, path, models, check)
        else:
            checked = _whole(model, path, models, kind, check)
    _report(path, "adapter" if adapter_only else kind, checked, as_json)


def _whole(model: str, path: Path, models: Path, kind: "Kind", check: bool) -> "Check | None":
    from training.export import gguf as exporting
    from training.models.loading import load_causal_lm

    loaded = load_causal_lm(model, models=models)
    click.echo(f"Writing {path}", err=True)
    exporting.export_gguf(loaded, path, kind)
    return _checked(path, loaded, kind) if check else None


def _adapter(model: str, path: Path, models: Path, check: bool) -> "Check | None":
    from dungeon.models.model_folder import read_folder
    from training.export.gguf_adapter import export_adapter
    from training.models.loading import load_causal_lm

    folder = read_folder(Path(model).expanduser())
    if not folder.is_adapter:
        raise InputRefused(f"{model} holds whole weights and no adapter. Leave out --adapter-only.")
    base = load_causal_lm(folder.base, models=models)
    click.echo(f"Writing {path}", err=True)
    export_adapter(folder, base, path)
    return _checked_upon(folder, base, path, models) if check else None


def _checked(
    path: Path,
    loaded: "LoadedModel",
    kind: str,
    adapters: tuple[Path, ...] = (),
    remove: Path | None = None,
) -> "Check":
    """Compare the file with its model; one that is another model is not left lying about."""
    from training.export.gguf_check import check

    click.echo("Checking it against the model", err=True)
    try:
        return check(path, loaded, kind, adapters)
    except GrueError:
        (remove or path).unlink(missing_ok=True)
        raise


def _checked_upon(folder: "ModelFolder", base: "LoadedModel", path: Path, models: Path) -> "Check":
    """Compare the adapter, applied by the engine to its base, with the two merged here."""
    from tempfile import TemporaryDirectory

    from training.export import gguf as exporting
    from training.models.loading import load_causal_lm

    with TemporaryDirectory() as place:
        whole = Path(place) / "base.gguf"
        exporting.export_gguf(base, whole, "F16")
        merged = load_causal_lm(str(folder.path), models=models)
        return _checked(whole, merged, "F16", (path,), remove=path)


def _report(path: Path, kind: str, checked: "Check | None", as_json: bool) -> None:
    size = path.stat().st_size
    if as_json:
        distance = None if checked is None else {"mean": checked.mean, "largest": checked.largest}
        document = {"path": str(path), "type": kind, "bytes": size, "logprob_distance": distance}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    click.echo(f"{path}  {kind}  {size / 1e6:.1f} MB")
    if checked is not None:
        click.echo(
            f"It thinks as the model does: log-probabilities differ by {checked.mean:.4f} on "
            f"average, {checked.largest:.4f} at most, at {checked.places} places.",
            err=True,
        )
