"""The command `grue models`: list, download and describe models.

Results go to standard output, messages and progress to standard error.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dungeon import settings
from dungeon.cli.command_group import CommandGroup
from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.generator.server_detection import USUAL_SERVERS, FoundModel, find_served_models
from dungeon.models.catalog import catalog
from dungeon.models.download_notice import licence_notice
from dungeon.models.model_folder import ModelFolder
from dungeon.models.overview import ModelSummary, describe, summarise
from dungeon.models.resolver import (
    CatalogModel,
    FileModel,
    FolderModel,
    HubModel,
    ModelRef,
    ScriptedModel,
    ServedModel,
    is_available,
    preparation_state,
    prepare_file,
    resolve,
)
from dungeon.text.wrapping import wrap_for

if TYPE_CHECKING:
    from dungeon.generator import Model

_DATA_DIR = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Folder for saves, settings and models."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group(cls=CommandGroup)
@_DATA_DIR
@click.pass_context
def models(context: click.Context, data_dir: Path | None) -> None:
    """List, download and describe models."""
    context.obj = data_dir


@models.command("list")
@_DATA_DIR
@click.option(
    "--servers", is_flag=True, help="Also ask Ollama, LM Studio and others on this machine."
)
@_JSON
@click.pass_obj
def list_(group_dir: Path | None, data_dir: Path | None, servers: bool, as_json: bool) -> None:
    """List the models Grue knows by name."""
    home = Home.find(data_dir or group_dir)
    known = catalog()
    context_length = settings.load(home.settings).context_length
    found = summarise(home.models, context_length=context_length)
    served = asyncio.run(find_served_models(USUAL_SERVERS)) if servers else []
    if as_json:
        rows = [_row(model, known.default) for model in found]
        rows += [_served_row(model) for model in served]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for model in found:
        mark = " · default" if model.entry.name == known.default else ""
        line = f"{model.entry.name:<14} {describe(model)} · {model.entry.licence}{mark}"
        click.echo(wrap_for(sys.stdout, line))
    for each in served:
        click.echo(f"{each.reference}  {each.server.program}")
    if servers and not served:
        tried = ", ".join(f"{each.program} ({each.port})" for each in USUAL_SERVERS)
        click.echo(f"\nNo model server answers on this machine. Asked: {tried}.", err=True)
    if all(model.speed is None for model in found):
        click.echo("\nHow fast they would be: grue models test (ten seconds).", err=True)
    more = (
        "\n--model takes a .gguf file, a model folder or the address of a model server, too: see "
        "`grue play --help`."
    )
    click.echo(
        wrap_for(sys.stderr, more),
        err=True,
    )


@models.command(short_help="Measure how fast a model writes here.")
@click.argument("name", default="default")
@_DATA_DIR
@click.pass_obj
def test(group_dir: Path | None, name: str, data_dir: Path | None) -> None:
    """Measure for ten seconds how fast the model called NAME writes; the default one if left out.

    The speeds that `grue models list` estimates for the others follow from it.
    """
    home = Home.find(data_dir or group_dir)
    model = resolve(name)
    if not isinstance(model, CatalogModel) or not is_available(model, home.models):
        raise InputRefused(
            f"{name} is not downloaded. Pull it first: grue models pull {name}"
            if isinstance(model, CatalogModel)
            else f"{name} is no model of the catalog: its speed is shown while it is played."
        )
    from dungeon.session.speed_test import run_speed_test

    click.echo(f"Measuring {model.name} for ten seconds…", err=True)
    click.echo(asyncio.run(run_speed_test(model.entry, home)))


@models.command(short_help="Download a model, verify it, prepare it for play.")
@click.argument("name")
@_DATA_DIR
@click.pass_obj
def pull(group_dir: Path | None, name: str, data_dir: Path | None) -> None:
    """Download the model called NAME, verify it and prepare it for play."""
    from dungeon.cli.progress_bar import ProgressBar

    home = Home.find(data_dir or group_dir)
    model = resolve(name)
    if not isinstance(model, CatalogModel):
        raise InputRefused(
            f"{name} needs no download: play it with --model. Names that can be downloaded: "
            f"{', '.join(catalog().entries)}."
        )
    if preparation_state(model.entry, home.models) == "ready":
        click.echo(f"{model.name} is here and verified.", err=True)
        return
    for line in licence_notice(model.entry, home.models):
        click.echo(line, err=True)
    with ProgressBar(model.name) as bar:
        file = prepare_file(model, home.models, bar)
    click.echo(f"{model.name} is ready: {file.path}", err=True)


@models.command(short_help="Describe a model by name, file, folder or URL.")
@click.argument("ref")
@_DATA_DIR
@_JSON
@click.pass_obj
def info(group_dir: Path | None, ref: str, data_dir: Path | None, as_json: bool) -> None:
    """Describe REF: a catalog name, a .gguf file, a model folder, or a server's address."""
    home = Home.find(data_dir or group_dir)
    facts = _facts(resolve(ref), home)
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    for name, value in facts.items():
        shown = "unknown" if value is None else value
        click.echo(f"{name.replace('_', ' '):<15} {shown}")


def _row(model: ModelSummary, default: str) -> dict[str, Any]:
    entry, speed = model.entry, model.speed
    return {
        "name": entry.name,
        "title": entry.title,
        "about": entry.about,
        "download_bytes": entry.download_bytes,
        "download_bytes_exact": entry.is_size_exact,
        "licence": entry.licence,
        "prompt_format": entry.prompt_format,
        "context_length": entry.context_length,
        "state": model.state,
        "memory_bytes": model.needed_bytes,
        "fit": model.fit,
        "tokens_per_second": round(speed.tokens_per_second, 1) if speed else None,
        "speed_measured": speed.is_measured if speed else False,
        "recommended": model.is_recommended,
        "default": entry.name == default,
    }


def _served_row(model: FoundModel) -> dict[str, Any]:
    return {
        "name": model.reference,
        "title": model.name,
        "state": "served",
        "server": model.server.program,
        "default": False,
    }


def _facts(model: ModelRef, home: Home) -> dict[str, Any]:
    """Return the facts about a model by name; None where one is unknown."""
    match model:
        case CatalogModel(_, None):
            return _catalog_facts(model, home)
        case CatalogModel(_, own):
            return _catalog_facts(model, home) | {"kind": "adapter", "adapter": str(own)}
        case FolderModel(folder):
            return _folder_facts(folder)
        case HubModel(name):
            return {"name": name, "kind": "hub", "source": f"the Hugging Face hub, {name}"}
        case FileModel():
            file = prepare_file(model, home.models)
            return {
                "name": model.name,
                "kind": "file",
                "path": str(model.path),
                "architecture": model.architecture,
                "quantisation": model.quantisation,
                "context_length": model.context_length,
                "bytes": model.path.stat().st_size,
                "sha256": file.sha256,
                "licence": model.licence,
            }
        case ServedModel():
            served = asyncio.run(_ask(model))
            return {
                "name": served.name,
                "kind": "server",
                "source": model.address,
                "context_length": served.context_length,
            }
        case ScriptedModel(script):
            return {"name": model.name, "kind": "script", "path": str(script) if script else None}


def _folder_facts(folder: ModelFolder) -> dict[str, Any]:
    """Return the facts about a model folder."""
    return {
        "name": folder.name,
        "kind": "adapter" if folder.is_adapter else "folder",
        "path": str(folder.path.resolve()),
        "base": folder.base or None,
        "architecture": folder.config.get("model_type"),
        "context_length": folder.context_length,
        "bytes": sum(file.stat().st_size for file in folder.weights),
        "licence": folder.licence,
    }


def _catalog_facts(model: CatalogModel, home: Home) -> dict[str, Any]:
    """Return the facts about a catalog model, with its path where it is ready."""
    entry = model.entry
    is_ready = is_available(model, home.models)
    file = prepare_file(model, home.models) if is_ready else None
    state = "ready" if is_ready else preparation_state(entry, home.models)
    if model.adapter and not is_ready and state == "ready":
        state = "fetched"  # the model is ready, but the adapter is not merged into it yet
    adapter = {"adapter": str(entry.adapter)} if entry.adapter else {}
    return {
        "name": model.name,
        "kind": "catalog",
        "title": entry.title,
        "state": state,
        "path": str(file.path) if file else None,
        "architecture": entry.architecture,
        "quantisation": entry.prepared or entry.quantisation,
        "context_length": entry.context_length,
        "bytes": file.path.stat().st_size if file else entry.bytes,
        "sha256": file.sha256 if file else entry.sha256,
        "licence": entry.licence,
        "prompt_format": entry.prompt_format,
        "source": str(entry.source),
        "source_sha256": entry.sha256,
        **adapter,
    }


async def _ask(model: ServedModel) -> "Model":
    from dungeon.generator.factory import create_remote_generator

    generator = create_remote_generator(model)
    try:
        await generator.open()
        return generator.model
    finally:
        await generator.close()
