"""`grue serve`: the model behind an OpenAI-compatible endpoint, for many players."""

import asyncio
import secrets
import sys
from pathlib import Path

import click

from dungeon.cli.progress_bar import ProgressBar
from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.generator.llama_launcher import default_threads
from dungeon.generator.slot_files import SlotFiles, state_key
from dungeon.models.resolver import CatalogModel, FileModel, prepare_file, resolve
from dungeon.serving.access import LOOPBACK_HOSTS
from dungeon.serving.engine import BATCH_SIZE, LlamaEngine, engine_settings
from dungeon.serving.listening import address_of, listen, refuse_weak_token
from dungeon.text.counts import count
from dungeon.text.error_words import in_quotes


@click.command()
@click.option("--model", metavar="REF", default="", help="Catalog name or .gguf file.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--token",
    "tokens",
    multiple=True,
    envvar="GRUE_SERVE_TOKEN",
    help="Token that clients send; repeat it for several. Generated if none is given.",
)
@click.option(
    "--slots", type=click.IntRange(1, 256), default=4, show_default=True, help="Replies at a time."
)
@click.option("--context", type=click.IntRange(0), default=0, help="Tokens of each slot.")
@click.option("--threads", type=click.IntRange(0), default=0, help="Threads of the engine.")
@click.option(
    "--batch-size",
    type=click.IntRange(16, 4096),
    default=BATCH_SIZE,
    show_default=True,
    help="Tokens of one step: a smaller one stalls others less while a prompt is read.",
)
@click.option(
    "--slot-cache",
    metavar="MIB",
    type=click.IntRange(0),
    default=1024,
    show_default=True,
    help="Disk space for saved slots, so that an adventure is not read again; 0 saves none.",
)
@click.option("--allow-host", multiple=True, metavar="NAME", help="Further name of this server.")
@click.option(
    "--rate",
    type=click.IntRange(0),
    default=600,
    show_default=True,
    help="Completions a minute for each token; 0 is no limit.",
)
@click.option("--grace", type=click.IntRange(0), default=30, help="Seconds to end replies in.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder for all of Grue's files.")
def serve(
    model: str,
    port: int,
    host: str,
    tokens: tuple[str, ...],
    slots: int,
    context: int,
    threads: int,
    batch_size: int,
    slot_cache: int,
    allow_host: tuple[str, ...],
    rate: int,
    grace: int,
    data_dir: Path | None,
) -> None:
    """Serve a model to many players, and to any OpenAI client. Ctrl-C lets replies finish."""
    # of the extra `serve`, which help does without
    from dungeon.serving.proxy import ProxySettings
    from dungeon.serving.server import ServerSettings, run

    for token in tokens:
        refuse_weak_token(token)
    choice = resolve(model)
    if not isinstance(choice, CatalogModel | FileModel):
        raise InputRefused(
            f"{in_quotes(model, 200)} cannot be served: choose a catalog name or a .gguf file. "
            "For a folder of transformers, convert it with `grue export`."
        )
    generated = () if tokens else (secrets.token_urlsafe(24),)
    with listen(host, port) as listener:  # before a model is downloaded for nothing
        home = Home.find(data_dir)
        with ProgressBar(choice.name) as bar:
            file = prepare_file(choice, home.models, bar)
        length = context or file.context_length
        key = state_key(file.sha256, length)
        saved = SlotFiles(home.slots / "served", key, slot_cache << 20) if slot_cache else None
        engine = LlamaEngine(
            engine_settings(
                file,
                slots=slots,
                context=length,
                threads=threads or default_threads(),
                batch_size=batch_size,
                slot_folder=saved.folder if saved else None,
            )
        )
        hosts = tuple(name.lower() for name in (*LOOPBACK_HOSTS, host, *allow_host))
        proxy = ProxySettings(tokens or generated, hosts, requests_per_minute=rate, slots=slots)

        def announce() -> None:
            address = address_of(listener, host)
            click.echo(f"Serving {file.name} at {address} with {count(slots, 'slot')}.")
            for token in generated:
                click.echo(f"Token: {token}")
            click.echo(f"Play on it: GRUE_API_KEY=TOKEN grue play --model {address}")
            sys.stdout.flush()

        asyncio.run(run(listener, engine, ServerSettings(proxy, grace, saved), announce))
