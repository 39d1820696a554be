"""Define `--push-to-hub` and `--private`, and publish what a command wrote."""

from collections.abc import Callable
from functools import partial
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


def check_publishable(path: Path) -> None:
    """Raise InputRefused where there is nothing at `path` to publish as it is."""
    if not path.exists():
        raise InputRefused(
            f"{path} is no folder that can be published as it is. Add --safetensors FOLDER or "
            "--gguf FILE."
        )


def push(repository: "Repository", path: Path, model: Path) -> None:
    """Publish a folder, or a file with the card in the folder of its model."""
    from training.export.hub import publish, publish_folder, without_card
    from training.models.model_card import CARD

    click.echo(f"Publishing {path}", err=True)
    if path.is_dir():
        publish_folder(path, repository, partial(click.echo, err=True))
    else:
        card = model / CARD
        if not card.is_file():
            click.echo(without_card(model), err=True)
        publish({path.name: path} | ({CARD: card} if card.is_file() else {}), repository)
    click.echo(f"Published: {repository.url}", err=True)
