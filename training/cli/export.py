"""Define `grue export`: write a model as a GGUF file or a folder, and publish it.

The result goes to standard output, messages to standard error.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from dungeon.errors import GrueError, InputRefused, NotSaved
from dungeon.files.disk_room import write_failure
from dungeon.files.home import Home
from training.cli import data_dir_option, json_option, requires_train_extra
from training.cli.publishing import check_publishable, open_repository, push, push_options
from training.cli.signals import interrupted_by_sigterm
from training.trainer.options import flag

if TYPE_CHECKING:
    from dungeon.models.model_folder import ModelFolder
    from training.export.gguf import OutputType
    from training.export.gguf_check import CheckResult
    from training.models.loading import LoadedModel


@click.command()
@click.argument("model")
@click.option("--gguf", metavar="FILE", type=click.Path(path_type=Path), help="File to write.")
@click.option(
    "--safetensors", metavar="FOLDER", type=click.Path(path_type=Path),
    help="Folder to write, which transformers loads.",
)  # fmt: skip
@click.option(
    "--type", "output_type", type=click.Choice(["F16", "Q8_0", "F32"]), default="F16",
    show_default=True,
    help="Data type of the weight matrices; Q8_0 is the smallest, and for GGUF only.",
)  # fmt: skip
@click.option(
    "--adapter-only", is_flag=True,
    help="Write a LoRA adapter by itself, without its base; with --safetensors joined with the "
    "adapters that it was trained on, in 8 bits, which Grue reads and PEFT does not.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option(
    "--check/--no-check", default=True, show_default=True,
    help="Load FILE in llama.cpp and compare its predictions with the model's.",
)  # fmt: skip
@push_options
@json_option
@data_dir_option
@click.pass_context
def export(
    context: click.Context,
    model: str,
    gguf: Path | None,
    safetensors: Path | None,
    output_type: "OutputType",
    adapter_only: bool,
    force: bool,
    check: bool,
    push_to_hub: str | None,
    private: bool,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Write MODEL as a single GGUF file for llama.cpp or as a folder for transformers; publish it.

    MODEL is a model folder, an adapter folder, smollm2, or a Hugging Face id. An adapter is merged
    into its base, unless --adapter-only is given. With --push-to-hub alone, a folder is published
    as it is.

    \b
      grue export mine --gguf mine.gguf --type Q8_0
      grue play --model mine.gguf
      grue export mine --safetensors merged
      grue export mine --push-to-hub owner/mine --private
    """
    _check_options(context)
    for path in (gguf, safetensors):
        if path is not None and is_used(path) and not force:
            raise InputRefused(f"{path} exists already. Add --force to overwrite it.")
    if gguf is None and safetensors is None:
        check_publishable(Path(model))
    models = Home.find(data_dir).models
    with interrupted_by_sigterm(), requires_train_extra("export"):
        repository = open_repository(push_to_hub, private=private)
        if safetensors is not None and adapter_only:
            _export_joined_adapter(model, safetensors)
            _print_folder(safetensors, "adapter in 8 bits", as_json)
        elif safetensors is not None:
            _export_safetensors(model, safetensors, models, output_type)
            _print_folder(safetensors, output_type, as_json)
        elif gguf is not None:
            click.echo(f"Loading {model}", err=True)
            if adapter_only:
                result = _export_adapter(model, gguf, models, check)
            else:
                result = _export_model(model, gguf, models, output_type, check)
            _print_result(gguf, "adapter" if adapter_only else output_type, result, as_json)
        if repository is not None:
            push(repository, gguf or safetensors or Path(model), Path(model))


def _check_options(context: click.Context) -> None:
    """Raise InputRefused where options do not fit each other."""
    given = {
        name
        for name in context.params
        if context.get_parameter_source(name) not in (ParameterSource.DEFAULT, None)
    }
    if {"gguf", "safetensors"} <= given:
        raise InputRefused("Give only one of --gguf and --safetensors.")
    if not given & {"gguf", "safetensors", "push_to_hub"}:
        raise InputRefused(
            "Say what to write: --gguf FILE or --safetensors FOLDER, or --push-to-hub REPO."
        )
    if "check" in given and "gguf" not in given:
        raise InputRefused("--check is for --gguf. Leave it out.")
    for name in ("force", "output_type", "adapter_only"):
        option = "--type" if name == "output_type" else flag(name)
        if name in given and not given & {"gguf", "safetensors"}:
            raise InputRefused(f"{option} is for what is written. Leave {option} out.")
    if {"output_type", "adapter_only"} <= given:
        raise InputRefused("An adapter alone has a type of its own. Leave --type out.")
    if "safetensors" in given and context.params["output_type"] == "Q8_0":
        raise InputRefused("Q8_0 is for GGUF. Give --type F16 or F32 with --safetensors.")


def is_used(path: Path) -> bool:
    """Whether writing to `path` would overwrite something."""
    return any(path.iterdir()) if path.is_dir() else path.exists()


def _export_safetensors(model: str, folder: Path, models: Path, output_type: "OutputType") -> None:
    from training.export.safetensors_folder import export_safetensors, source_folder
    from training.models.loading import load_causal_lm

    source = source_folder(model)
    if source is not None and folder.resolve() == source.resolve():
        raise InputRefused(f"{folder} is the model itself. Give another folder.")
    click.echo(f"Loading {model}", err=True)
    loaded = load_causal_lm(model, models=models)
    click.echo(f"Writing {folder}", err=True)
    export_safetensors(loaded, folder, "F32" if output_type == "F32" else "F16", source)


def _export_joined_adapter(model: str, folder: Path) -> None:
    from training.export.joined_adapter import find_adapters, write_joined

    folders = find_adapters(model)
    if any(folder.resolve() == each.path.resolve() for each in folders):
        raise InputRefused(f"{folder} is the model itself. Give another folder.")
    write_joined(folders, folder)


def _print_folder(folder: Path, output_type: str, as_json: bool) -> None:
    size = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    if as_json:
        document = {"path": str(folder), "type": output_type, "bytes": size}
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{folder}  {output_type}  {size / 1e6:.1f} MB")


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
    """Compare the file with the model; unless they are found to be the same, remove `output`, by
    default the file.
    """
    from training.export.gguf_check import check

    click.echo("Comparing it with the model", err=True)
    try:
        return check(path, loaded, output_type, adapters)
    except (GrueError, KeyboardInterrupt):
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
        try:
            export_gguf(base, base_path, "F16")
        except NotSaved as error:
            path.unlink(missing_ok=True)
            cause = error.__cause__ or error
            raise NotSaved(
                f"{path.name} cannot be compared with the model in {temporary}: "
                f"{write_failure(cause, Path(temporary))}. Make room there, name another folder "
                "with TMPDIR, or leave the comparison out with --no-check."
            ) from error
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
