"""Let the player write a text in an editor of their own, $VISUAL or $EDITOR."""

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.text import clean, clean_line
from dungeon.text.encoding import read_text, unify_line_ends

_ADVICE = "Write less in one turn."


def write_in_editor(text: str) -> str:
    """Return `text` as the player has changed it; blocks until the editor is closed.

    Raises InputRefused where no editor is set, where it fails, or where it leaves no text in UTF-8.
    """
    command = _editor_command()
    handle, name = tempfile.mkstemp(prefix="grue-", suffix=".txt")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        _run([*command, name])
        return clean(unify_line_ends(read_text(path, advice=_ADVICE))).strip()
    finally:
        path.unlink(missing_ok=True)


def _editor_command() -> list[str]:
    for variable in ("VISUAL", "EDITOR"):
        if value := os.environ.get(variable, "").strip():
            try:
                return shlex.split(value, posix=os.name == "posix")
            except ValueError as error:
                raise InputRefused(f"${variable} cannot be read: {error}.") from error
    raise InputRefused("No editor is set. Set EDITOR, for example EDITOR=nano, and start again.")


def _run(command: list[str]) -> None:
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603 - the player's own
    except OSError as error:
        reason = clean_line(error.strerror or str(error))
        raise InputRefused(f"{clean_line(command[0])} cannot be started: {reason}.") from error
    if code != 0:
        raise InputRefused(f"{clean_line(command[0])} ended with code {code}: nothing is taken.")
