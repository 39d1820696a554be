"""Provides the real `grue` as other processes meet it: its command, its scripts, its saves.

Knows nothing of pseudo-terminals.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from dungeon.cli import grue as command

GRUE = (sys.executable, "-c", "from dungeon.cli import main; main()")
"""The command line of `grue` in the environment that runs the tests."""

NO_HANG = 120
"""Seconds after which a command counts as hung."""


def plain(model: str, *arguments: str) -> list[str]:
    """Return the command of a game in plain lines on `model`."""
    return [*GRUE, "play", "--plain", "--model", model, *arguments]


def screen(model: str, *arguments: str) -> list[str]:
    """Return the command of a game on the screen on `model`."""
    return [*GRUE, "play", "--model", model, *arguments]


def script(path: Path, replies: Sequence[str | Mapping[str, str]] = (), *, delay: float = 0) -> str:
    """Write a script of replies to `path` and return what `--model` calls it.

    When its replies are used up it goes on with text that follows from the prompt.
    """
    document = {"replies": list(replies), "delay": delay}
    path.write_text(json.dumps(document), encoding="utf-8")
    return f"scripted:{path}"


def opening(path: Path) -> str:
    """Write an opening that asks nothing to `path` and return what `--scenario` calls it."""
    path.write_text("The Gate\n\nA gate stands open in the rain. Nobody guards it.\n", "utf-8")
    return str(path)


def at_home(home: Path) -> dict[str, str]:
    """Return the environment variable that moves everything to `home`."""
    return {"GRUE_HOME": str(home)}


def grue(
    *arguments: str,
    home: Path,
    typed: str | None = None,
    timeout: float = NO_HANG,
    **more: Any,
) -> subprocess.CompletedProcess[bytes]:
    """Run `grue` in pipes until it ends. `more` goes to subprocess.run."""
    return subprocess.run(
        [*GRUE, *arguments],
        env={**os.environ, **at_home(home)},
        input=(typed or "").encode(),
        capture_output=True,
        timeout=timeout,
        check=False,
        **more,
    )


def listed(home: Path) -> list[dict[str, Any]]:
    """Return what `grue saves list --json` says."""
    return _document("saves", "list", "--json", home=home)


def shown(home: Path, adventure_id: str) -> dict[str, Any]:
    """Return what `grue saves show ID --json` says."""
    return _document("saves", "show", adventure_id, "--json", home=home)


def _document(*arguments: str, home: Path) -> Any:
    """Run a command that only reads in this process: starting one takes longer than the command."""
    done = CliRunner().invoke(command, arguments, env=at_home(home))
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)
