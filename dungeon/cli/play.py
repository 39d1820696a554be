"""The `grue play` command: which game to open, and on which of the two front ends."""

import gc
import os
import sys
from contextlib import closing
from pathlib import Path

import click

from dungeon.cli.own_keys import own_key_problems
from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.generator.early_start import start_early
from dungeon.settings import load

_OBJECTS_OF_START = 200_000
"""More than there are when the first turn is played."""

_USUAL_THRESHOLD = gc.get_threshold()


@click.command()
@click.option("--plain", is_flag=True, help="Line mode, for pipes, SSH and screen readers.")
@click.option("--quick", is_flag=True, help="Begin a new adventure at once, without questions.")
@click.option("--random", is_flag=True, help="Begin a random scenario at once.")
@click.option("--scenario", metavar="NAME|FILE", default="", help="Begin with this scenario.")
@click.option("--adventure", metavar="ID[/TURN]", default="",
              help="Resume this saved adventure, at a turn that a search found.")  # fmt: skip
@click.option("--continue", "last", is_flag=True, help="Resume the adventure played last.")
@click.option(
    "--model",
    metavar="REF",
    default="",
    help="Catalog name, .gguf file, folder, Hugging Face id or URL.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    help="Random seed; the same model, settings and actions then give the same story.",
)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder for all of Grue's files.")
def play(
    plain: bool = False,
    quick: bool = False,
    random: bool = False,
    scenario: str = "",
    adventure: str = "",
    last: bool = False,
    model: str = "",
    seed: int | None = None,
    data_dir: Path | None = None,
) -> None:
    """Play. Opens the title screen unless an option chooses an adventure."""
    if sum(map(bool, (quick, random, scenario, adventure, last))) > 1:
        raise InputRefused(
            "Choose only one of --quick, --random, --scenario, --adventure and --continue."
        )
    _collect_after_start()
    home = Home.find(data_dir)
    settings = load(home.settings)
    with closing(start_early(model or settings.model, home, settings)) as early:
        # what takes a while to import follows while the engine loads the model
        from dungeon.session import Session
        from dungeon.session.launcher import LaunchOptions
        from dungeon.session.opening_prompt import opening_prompt

        session = Session(home, settings, model=model, seed=seed, start_engine=early.start)
        adventure, _, turn = adventure.partition("/")
        options = LaunchOptions(
            quick=quick, scenario=scenario, adventure=adventure, last=last, random=random, turn=turn
        )
        early.read_ahead(opening_prompt(session, options))
        if plain or not _is_full_terminal():
            from dungeon.plain import run as run_plain

            sys.exit(run_plain(session, options, own_key_problems(settings)))
        from dungeon.tui.app import run as run_screen

        sys.exit(run_screen(session, options))


def _is_full_terminal() -> bool:
    """Return whether input and output are a terminal that can show more than lines."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _collect_after_start() -> None:
    """Let Python look for garbage for the first time when the game has begun: that is a tenth of
    the start, in which there is none. What has been imported by then is not looked at again.
    """

    def end_start(phase: str, _: dict[str, int]) -> None:
        if phase == "stop":
            gc.callbacks.remove(end_start)
            gc.freeze()
            gc.set_threshold(*_USUAL_THRESHOLD)

    gc.callbacks.append(end_start)
    gc.set_threshold(_OBJECTS_OF_START)
