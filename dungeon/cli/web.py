"""`grue web`: play in a browser, with one model for all games that are open."""

import asyncio
import secrets
import sys
from pathlib import Path

import click

from dungeon.cli.progress_bar import ProgressBar
from dungeon.files.home import Home
from dungeon.generator.llama_launcher import default_threads
from dungeon.serving.access import LOOPBACK_HOSTS
from dungeon.serving.listening import address_of, listen, refuse_weak_token
from dungeon.settings import load
from dungeon.web.shared_model import EngineOptions, load_game_model

_UNSPECIFIED = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--token",
    default="",
    envvar="GRUE_WEB_TOKEN",
    help="Token in the address that opens the page. Generated if none is given.",
)
@click.option(
    "--games", type=click.IntRange(1, 64), default=4, show_default=True, help="Games at a time."
)
@click.option("--model", metavar="REF", default="", help="Catalog name, .gguf file or server URL.")
@click.option("--context", type=click.IntRange(0), default=0, help="Tokens of prompt and reply.")
@click.option("--threads", type=click.IntRange(0), default=0, help="Threads of the engine.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="Further name of this server.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder for all of Grue's files.")
def web(
    port: int,
    host: str,
    token: str,
    games: int,
    model: str,
    context: int,
    threads: int,
    allow_host: tuple[str, ...],
    data_dir: Path | None,
) -> None:
    """Play in a browser. Ctrl-C lets every game save, and ends it.

    Whoever has the token plays as you: with your adventures, settings and files.
    """
    # of the extra `web`, which help does without
    from dungeon.web.access import Door
    from dungeon.web.server import WebServer, run

    if token:
        refuse_weak_token(token)
    home = Home.find(data_dir)
    chosen = load(home.settings)
    reference = model or chosen.model
    options = EngineOptions(
        games, context or chosen.context_length, threads or chosen.threads or default_threads()
    )
    with listen(host, port) as listener:  # before a model is downloaded for nothing
        with ProgressBar(reference or "the model") as bar:
            shared = load_game_model(reference, home.models, options, bar)
        hosts = tuple(name.lower() for name in (*LOOPBACK_HOSTS, host, *allow_host))
        door = Door(token or secrets.token_urlsafe(24), listener.getsockname()[1], hosts)

        def announce() -> None:
            shown = "127.0.0.1" if host in _UNSPECIFIED else host
            click.echo(f"Play at {address_of(listener, shown)}{door.entry}")
            click.echo("Ctrl-C lets every game save, and ends it.", err=True)
            sys.stdout.flush()

        server = WebServer(door, shared, home.root, max_games=games)
        asyncio.run(run(listener, server, announce))
