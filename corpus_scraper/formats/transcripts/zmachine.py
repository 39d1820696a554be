"""Provides transcripts of Z-machine games, made by playing them through a list of commands.

The interpreter is `fernz`, an extra of the distribution; nothing of a game touches this machine,
and its saves go nowhere. Knows nothing of how a transcript becomes passages.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from corpus_scraper.formats.story_file import StoryFile, Unreadable, load_bytes, place_of, sha256
from corpus_scraper.formats.transcripts.transcript import Command, played
from corpus_scraper.graph import StoryGraph
from dungeon.errors import GrueError

NAME = "z-machine"
VERSION = 1

SUFFIXES = frozenset({".z1", ".z2", ".z3", ".z4", ".z5", ".z6", ".z7", ".z8", ".dat"})

SEED = 1
"""What the game's dice are rolled with, so that the same commands tell the same story."""

MAX_STEPS = 5_000_000
"""Instructions that a game may take to answer one command; answers take some ten thousand."""

LONGEST_TITLE = 80
"""Characters of a game's first line, which is its title."""

MAX_COMMANDS = 20_000
"""More commands than any game needs."""

_PROMPT = re.compile(r"\n*>[ \t]*$")
_BANNER = re.compile(
    r"^.*(?:\bRelease \d+|\bSerial number\b|\(c\)|\bCopyright\b|trademark).*$", re.M
)


def is_game(path: Path, head: bytes) -> bool:
    """Return whether this is a Z-machine game: by its name, version and serial number."""
    if path.suffix.lower() not in SUFFIXES or len(head) < 64:
        return False
    return 1 <= head[0] <= 8 and all(32 <= byte < 127 for byte in head[18:24])


def commands_of(text: str) -> list[str]:
    """Return the commands in a text: one a line, perhaps after `>`; `#` begins a remark."""
    lines = (line.strip().removeprefix(">").strip() for line in text.split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def play(path: Path, root: Path, commands: Sequence[str]) -> StoryGraph:
    """Return the game at `path` as it is played through `commands`.

    Raises Unreadable where it is broken or does not answer, GrueError where `fernz` is missing.
    """
    place = place_of(path, root)
    data = load_bytes(path, root)
    if len(commands) > MAX_COMMANDS:
        raise Unreadable(place, f"there are more than {MAX_COMMANDS} commands to play it with.")
    try:
        import fernz
    except ModuleNotFoundError as error:
        raise GrueError(
            "Playing a Z-machine game needs fernz. Install it with: pip install 'grue[zmachine]'"
        ) from error
    try:
        steps = list(_steps(fernz, data, commands))
    except (
        fernz.ExecutionError,
        fernz.MemoryAccessError,
        fernz.StoryFormatError,
        NotImplementedError,
        ArithmeticError,
        LookupError,
        ValueError,
        RecursionError,
    ) as error:
        raise Unreadable(place, f"the game cannot be played on: {error}.") from error
    title = next((line.strip() for line in steps[0].reply.split("\n") if line.strip()), "")
    file = StoryFile(place, "", sha256(data))
    return played(file, NAME, VERSION, steps, title=title if len(title) <= LONGEST_TITLE else "")


def _steps(fernz: Any, data: bytes, commands: Sequence[str]) -> Iterator[Command]:
    """Yield what is typed and what the game answers, until it ends."""
    game = fernz.FernzEnv(fernz.Story(data), seed=SEED)
    try:
        opening, _ = game.reset(max_steps=MAX_STEPS)
        yield Command("", _BANNER.sub("", _PROMPT.sub("", opening.text)))
        for command in commands:
            answer, _, is_over, _ = game.step(command, max_steps=MAX_STEPS)
            yield Command(command, _PROMPT.sub("", answer.text).strip("\n"))
            if is_over:
                return
    finally:
        game.close()
