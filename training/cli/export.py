"""Define `grue export`: write a model as a GGUF file and compare it with the original.

The result goes to standard output, messages to standard error.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from dungeon.errors import GrueError, InputRefused
from dungeon.home import Home
from training.cli import data_dir_option, json_option, requires_train_extra

if TYPE_CHECKING:
    from dungeon.models.model_folder import ModelFolder
    from training.export.gguf import OutputType
    from training.export.gguf_check import CheckResult
    from training.models.loading import LoadedModel


@click.command()
@click.argument("model")
@click.option(
    "--gguf", "path", metavar="FILE", required=True, type=click.Path(path_type=Path),
    help="File to write.",
)  # fmt: skip
@click.option(
    "--type", "output_type", type=click.Choice(["F16", "Q8_0", "F32"]), default="F16",
    show_default=True,
    help="Data type of the weight matrices; Q8_0 is the smallest.",
)  # fmt: skip
@click.option(
    "--adapter-only", is_flag=True, help="Write a LoRA adapter by itself, without its base."
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@click.option(
    "--check/--no-check", default=True, show_default=True,
    help="Load FILE in llama.cpp and compare its predictions with the model's.",
)  # fmt: skip
@json_option
@data_dir_option
def export(
    model: str,
    path: Path,
    output_type: "OutputType",
    adapter_only: bool,
    force: bool,
    check: bool,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Write MODEL as a single GGUF file for llama.cpp.

    MODEL is a model folder, an adapter folder, smollm2, or a Hugging Face id. An adapter is merged
    into its base, unless --adapter-only is given.

    \b
      grue export mine --gguf mine.gguf --type Q8_0
      grue play --model mine.gguf
    """
    if path.exists() and not force:
        raise InputRefused(f"{path} exists already. Add --force to overwrite it.")
    models = Home.find(data_dir).models
    click.echo(f"Loading {model}", err=True)
    with requires_train_extra("export"):
        if adapter_only:
            result = _export_adapter(model, path, models, check)
        else:
            result = _export_model(model, path, models, output_type, check)
    _print_result(path, "adapter" if adapter_only else output_type, result, as_json)


def _export_model(
    model: str, path: Path, models: Path, output_type: "OutputType", check: bool
) -> "CheckResult | None":
    from training.export.gguf import export_gguf
    from training.models.loading import load_causal_lm

    loaded = load_causal_lm(model, models=models)
    click.echo(f"Writing {path}", err=True)
    export_gguf(loaded, path, output_type)
    return _check(path, loaded, output_type) if check else None


def _export_adapter(model: str, path: Path, models: Path, check: bool) -> "CheckResult | None":
    from dungeon.models.model_folder import read_folder
    from training.export.gguf import export_adapter
    from training.models.loading import load_causal_lm

    folder = read_folder(Path(model).expanduser())
    if not folder.is_adapter:
        raise InputRefused(
            f"{model} contains a whole model and no adapter. Leave out --adapter-only."
        )
    base = load_causal_lm(folder.base, models=models)
    click.echo(f"Writing {path}", err=True)
    export_adapter(folder, base, path)
    return _check_adapter(folder, base, path, models) if check else None


def _check(
    path: Path,
    loaded: "LoadedModel",
    output_type: str,
    adapters: tuple[Path, ...] = (),
    output: Path | None = None,
) -> "CheckResult":
    """Compare the file with the model; where they differ, remove `output`, by default the file."""
    from training.export.gguf_check import check

    click.echo("Comparing it with the model", err=True)
    try:
        return check(path, loaded, output_type, adapters)
    except GrueError:
        (output or path).unlink(missing_ok=True)
        raise


def _check_adapter(
    folder: "ModelFolder", base: "LoadedModel", path: Path, models: Path
) -> "CheckResult":
    """Compare the adapter, as llama.cpp applies it to its base, with the two merged here."""
    from training.export.gguf import export_gguf
    from training.models.loading import load_causal_lm

    with TemporaryDirectory() as temporary:
        base_path = Path(temporary) / "base.gguf"
        export_gguf(base, base_path, "F16")
        merged = load_causal_lm(str(folder.path), models=models)
        return _check(base_path, merged, "F16", (path,), output=path)


def _print_result(
    path: Path, output_type: str, result: "CheckResult | None", as_json: bool
) -> None:
    size = path.stat().st_size
    if as_json:
        distance = None if result is None else {"mean": result.mean, "largest": result.largest}
        document = {
            "path": str(path),
            "type": output_type,
            "bytes": size,
            "logprob_distance": distance,
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    click.echo(f"{path}  {output_type}  {size / 1e6:.1f} MB")
    if result is not None:
        click.echo(
            f"It matches the model: log-probabilities differ by {result.mean:.4f} on average, "
            f"{result.largest:.4f} at most, at {result.positions} positions.",
            err=True,
        )
