"""Define `--push-to-hub` and `--private`, and publish what a command wrote."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dungeon.errors import InputRefused

if TYPE_CHECKING:
    from training.export.hub import Repository


def push_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command."""
    command = click.option(
        "--private", is_flag=True, help="Create the repository as a private one."
    )(command)
    return click.option(
        "--push-to-hub", metavar="REPO",
        help="Publish the model on the Hugging Face hub, in your repository REPO.",
    )(command)  # fmt: skip


def open_repository(name: str | None, *, private: bool) -> "Repository | None":
    """Return the repository to publish to, before the work that would be lost; None for none."""
    if name is None:
        if private:
            raise InputRefused("--private is for --push-to-hub. Leave it out, or give both.")
        return None
    from training.export import hub

    return hub.open_repository(name, private=private)


def push(repository: "Repository", path: Path, model: Path) -> None:
    """Publish a folder, or a file with the card in the folder of its model."""
    from training.export.hub import publish, publish_folder

    click.echo(f"Publishing {path}", err=True)
    if path.is_dir():
        publish_folder(path, repository)
    elif path.is_file():
        card = model / "README.md"
        publish({path.name: path} | ({card.name: card} if card.is_file() else {}), repository)
    else:
        raise InputRefused(
            f"{path} is no folder that can be published as it is. Add --safetensors FOLDER or "
            "--gguf FILE."
        )
    click.echo(f"Published: {repository.url}", err=True)
