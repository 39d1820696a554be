"""Provides `grue play`: which game to open, and on which of the two front ends.

Knows nothing of how either front end works.
"""

import os
import sys
from pathlib import Path

import click

from dungeon.errors import InputRefused
from dungeon.home import Home
from dungeon.session import LaunchOptions, Session
from dungeon.settings import load


@click.command()
@click.option("--plain", is_flag=True, help="Plain lines instead of the screen.")
@click.option("--quick", is_flag=True, help="Begin an adventure at once, asking nothing.")
@click.option("--scenario", metavar="NAME|FILE", default="", help="Begin with this opening.")
@click.option("--adventure", metavar="ID", default="", help="Open this saved adventure.")
@click.option("--continue", "last", is_flag=True, help="Open the adventure played last.")
@click.option(
    "--model", metavar="REF", default="", help="A catalog name, .gguf, folder, hub name or URL."
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), help="Makes the story repeatable.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Where everything is kept.")
def play(
    plain: bool = False,
    quick: bool = False,
    scenario: str = "",
    adventure: str = "",
    last: bool = False,
    model: str = "",
    seed: int | None = None,
    data_dir: Path | None = None,
) -> None:
    """Open the game. Without a choice of adventure, the title screen asks."""
    start = LaunchOptions(quick, scenario, adventure, last)
    if sum(map(bool, (quick, scenario, adventure, last))) > 1:
        raise InputRefused(
            "Choose only one of --quick, --scenario, --adventure and --continue to begin with."
        )
    home = Home.find(data_dir)
    session = Session(home, load(home.settings), model=model, seed=seed)
    if plain or not _has_screen():
        from dungeon.plain import run as run_plain

        sys.exit(run_plain(session, start))
    from dungeon.tui.app import run as run_screen

    run_screen(session, start)


def _has_screen() -> bool:
    """Whether both ends are a terminal that can show more than lines."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
