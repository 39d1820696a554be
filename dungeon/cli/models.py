"""Provides `grue models`: which models there are, fetching one, and what is known of one.

What a script reads goes to standard output, messages and progress go to standard error.
Knows nothing of how models are fetched or played.
"""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dungeon.errors import InputRefused
from dungeon.home import Home
from dungeon.models.catalog import CatalogEntry, catalog
from dungeon.models.model_folder import ModelFolder
from dungeon.models.resolver import (
    CatalogModel,
    FileModel,
    FolderModel,
    HubModel,
    ModelRef,
    ScriptedModel,
    ServedModel,
    is_ready,
    ready,
    resolve,
    state,
)

if TYPE_CHECKING:
    from dungeon.generator import Model

_DATA_DIR = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="The folder everything is kept in."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
@_DATA_DIR
@click.pass_context
def models(context: click.Context, data_dir: Path | None) -> None:
    """List, fetch and describe models."""
    context.obj = data_dir


@models.command("list")
@_DATA_DIR
@_JSON
@click.pass_obj
def list_(group_dir: Path | None, data_dir: Path | None, as_json: bool) -> None:
    """List the models Grue knows by name."""
    home = Home.find(data_dir or group_dir)
    known = catalog()
    rows = [_row(entry, home, known.default) for entry in known.entries.values()]
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for row in rows:
        size = f"{row['download_bytes'] / 1e6:.0f} MB"
        mark = "  (default)" if row["default"] else ""
        click.echo(
            f"{row['name']:<16} {row['title']:<24} {size:>7}  {row['licence']:<12} "
            f"{row['state']}{mark}"
        )
    click.echo(
        "\nA .gguf file, a model folder, or the address of a model server does as well: "
        "see `grue play --help`.",
        err=True,
    )


@models.command()
@click.argument("name")
@_DATA_DIR
@click.pass_obj
def pull(group_dir: Path | None, name: str, data_dir: Path | None) -> None:
    """Fetch the model called NAME, check it and make it ready to play."""
    from dungeon.cli.progress_bar import ProgressBar

    home = Home.find(data_dir or group_dir)
    choice = resolve(name)
    if not isinstance(choice, CatalogModel):
        raise InputRefused(
            f"{name} need not be fetched: play it with --model. Names that can be fetched: "
            f"{', '.join(catalog().entries)}."
        )
    was_ready = state(choice.entry, home.models) == "ready"
    if was_ready:
        click.echo(f"{choice.name} is here and verified.", err=True)
        return
    with ProgressBar(choice.name) as bar:
        file = ready(choice, home.models, bar)
    click.echo(f"{choice.name} is ready: {file.path}", err=True)


@models.command()
@click.argument("ref")
@_DATA_DIR
@_JSON
@click.pass_obj
def info(group_dir: Path | None, ref: str, data_dir: Path | None, as_json: bool) -> None:
    """Tell what is known of REF: a name, a .gguf file, a model folder, or a server's address."""
    home = Home.find(data_dir or group_dir)
    facts = _facts(resolve(ref), home)
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    for name, value in facts.items():
        shown = "unknown" if value is None else value
        click.echo(f"{name.replace('_', ' '):<15} {shown}")


def _row(entry: CatalogEntry, home: Home, default: str) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "download_bytes": entry.download_bytes,
        "licence": entry.licence,
        "state": state(entry, home.models),
        "default": entry.name == default,
    }


def _facts(choice: ModelRef, home: Home) -> dict[str, Any]:
    """Return what is known of a model, each fact under its name; None where nobody tells."""
    match choice:
        case CatalogModel(_, None):
            return _catalog_facts(choice, home)
        case CatalogModel(_, own):
            return _catalog_facts(choice, home) | {"kind": "adapter", "adapter": str(own)}
        case FolderModel(folder):
            return _folder_facts(folder)
        case HubModel(name):
            return {"name": name, "kind": "hub", "source": f"the Hugging Face hub, {name}"}
        case FileModel():
            file = ready(choice, home.models)
            return {
                "name": choice.name,
                "kind": "file",
                "path": str(choice.path),
                "architecture": choice.architecture,
                "quantisation": choice.quantisation,
                "context_length": choice.context_length,
                "bytes": choice.path.stat().st_size,
                "sha256": file.sha256,
                "licence": choice.licence,
            }
        case ServedModel():
            served = asyncio.run(_ask(choice))
            return {
                "name": served.name,
                "kind": "server",
                "source": choice.address,
                "context_length": served.context_length,
            }
        case ScriptedModel(script):
            return {"name": choice.name, "kind": "script", "path": str(script) if script else None}


def _folder_facts(folder: ModelFolder) -> dict[str, Any]:
    """Return what a model folder says of itself."""
    return {
        "name": folder.name,
        "kind": "adapter" if folder.is_adapter else "folder",
        "path": str(folder.path.resolve()),
        "base": folder.base or None,
        "architecture": folder.config.get("model_type"),
        "context_length": folder.context_length,
        "bytes": sum(file.stat().st_size for file in folder.weights),
        "licence": folder.notes.get("licence"),
    }


def _catalog_facts(choice: CatalogModel, home: Home) -> dict[str, Any]:
    """Return the facts of a catalogued model; where it plays from only where it is ready."""
    entry = choice.entry
    is_here = is_ready(choice, home.models)
    file = ready(choice, home.models) if is_here else None
    how_far = "ready" if is_here else state(entry, home.models)
    if choice.adapter and not is_here and how_far == "ready":
        how_far = "fetched"  # the model is ready, and the adapter not merged into it yet
    adapter = {"adapter": str(entry.adapter)} if entry.adapter else {}
    return {
        "name": choice.name,
        "kind": "catalog",
        "title": entry.title,
        "state": how_far,
        "path": str(file.path) if file else None,
        "architecture": entry.architecture,
        "quantisation": entry.prepared,
        "context_length": entry.context_length,
        "bytes": file.path.stat().st_size if file else entry.bytes,
        "sha256": file.sha256 if file else entry.sha256,
        "licence": entry.licence,
        "source": entry.source,
        "source_sha256": entry.sha256,
        **adapter,
    }


async def _ask(choice: ServedModel) -> "Model":
    from dungeon.generator.factory import served_generator

    generator = served_generator(choice)
    try:
        await generator.open()
        return generator.model
    finally:
        await generator.close()
