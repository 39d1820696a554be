"""Run a program that takes text or audio on its standard input, and end it when it is cancelled."""

import asyncio
import shlex
import tempfile
from contextlib import suppress
from pathlib import Path

from dungeon.errors import GrueError, InputRefused
from dungeon.text import clean_line
from dungeon.text.error_words import in_quotes

FILE = "{}"
"""In a command: the path of a file with the input, for programs that read no standard input."""

_SHOWN = 200
"""Characters of what a failing program says that are passed on."""


class CommandVoice:
    """Speaks with a program that gets each sentence on its standard input."""

    def __init__(self, command: str) -> None:
        """`command` is a program with its options. Raises InputRefused where it is none."""
        self._arguments = parse_command(command)

    async def prepare(self, sentence: str) -> bytes:
        """Return the line for the program."""
        return f"{sentence}\n".encode()

    async def speak(self, prepared: bytes) -> None:
        """Run the program. Raises GrueError."""
        await run_program(self._arguments, prepared)


def parse_command(command: str) -> list[str]:
    """Return a command's words. Raises InputRefused where they cannot be told apart."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InputRefused(
            f"The command {in_quotes(command, 200)} cannot be read: {error}. Check its quotation "
            "marks in settings.toml."
        ) from error
    if not words:
        raise InputRefused("The command is empty. Name a program in settings.toml.")
    return words


async def run_program(arguments: list[str], data: bytes) -> None:
    """Give `data` to a program and wait until it ends; kill it where that is cancelled.

    Raises GrueError where it cannot be started or fails.
    """
    with tempfile.TemporaryDirectory(prefix="grue-") as folder:
        file = Path(folder) / "speech.wav"
        if FILE in arguments:
            file.write_bytes(data)
        words = [str(file) if word == FILE else word for word in arguments]
        await _run(words, b"" if FILE in arguments else data)


async def _run(words: list[str], data: bytes) -> None:
    name = clean_line(words[0])
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise GrueError(f"{name} could not be started: {reason}. Is it installed?") from error
    try:
        _, said = await process.communicate(data)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        reason = clean_line(said.decode(errors="replace"))[:_SHOWN]
        raise GrueError(
            f"{name} failed with exit code {process.returncode}"
            f"{f': {reason}' if reason else ''}. Check the command in settings.toml."
        )
