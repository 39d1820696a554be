"""Define the commands `grue train`, `grue evaluate` and `grue export`, one file each.

Heavy libraries are imported inside the functions, so that `--help` is quick.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from dungeon.errors import GrueError
from training.cli.number_types import SEED

device_option = click.option(
    "--device", type=click.Choice(["cuda", "mps", "cpu"]), help="Default: the best available."
)
seed_option = click.option(
    "--seed", type=SEED, metavar="N", default=0, show_default=True,
    help="Random seed.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
data_dir_option = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Folder of downloaded models."
)


def share_cores() -> None:
    """Let the threads of torch, which is to be loaded after this, sleep while they wait.

    They spin otherwise, and where another program needs the cores, everything becomes many times
    slower. Threads that sleep are hardly slower where nothing else runs.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@contextmanager
def requires_train_extra(command: str) -> Iterator[None]:
    """Import in this block what `grue COMMAND` needs.

    Raises GrueError, with the command that installs it, where a library is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("dungeon", "training"):  # a bug of ours
            raise
        raise GrueError(
            f"`grue {command}` needs {missing}, which is not part of the game. Install it with: "
            "pip install 'grue[train]'"
        ) from error
