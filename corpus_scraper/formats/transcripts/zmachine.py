"""Play Z-machine games through a list of commands, and read the transcript.

The interpreter is `fernz`, from the `zmachine` extra. A game cannot touch the machine it runs on,
and what it saves is discarded.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus_scraper.formats.story_file import StoryFile, Unreadable, load_bytes, place_of, sha256
from corpus_scraper.formats.transcripts.transcript import Exchange, build_transcript
from corpus_scraper.graph import StoryGraph
from dungeon.errors import GrueError

SUFFIXES = frozenset({".z1", ".z2", ".z3", ".z4", ".z5", ".z6", ".z7", ".z8", ".dat"})

SEED = 1
"""Seed of the game's random numbers, so that the same commands give the same story."""

MAX_INSTRUCTIONS = 5_000_000
"""Instructions a game may execute for one command; real games need about ten thousand."""

MAX_TITLE = 80
"""Characters of a first line that is taken as the title."""

MAX_COMMANDS = 20_000
"""Commands of one game."""

_PROMPT = re.compile(r"\n*>[ \t]*$")
_BANNER = re.compile(
    r"^.*(?:\bRelease \d+|\bSerial number\b|\(c\)|\bCopyright\b|trademark).*$", re.M
)


def is_game(path: Path, head: bytes) -> bool:
    """Return whether a file is a Z-machine game, by its name, version and serial number."""
    if path.suffix.lower() not in SUFFIXES or len(head) < 64:
        return False
    return 1 <= head[0] <= 8 and all(32 <= byte < 127 for byte in head[18:24])


def parse_commands(text: str) -> list[str]:
    """Return the commands in `text`: one a line, optionally after `>`; `#` starts a comment."""
    lines = (line.strip().removeprefix(">").strip() for line in text.split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def play(path: Path, root: Path, commands: Sequence[str]) -> StoryGraph:
    """Return the story of the game at `path` played through `commands`.

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
        exchanges = list(_exchanges(fernz, data, commands))
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
    title = next((line.strip() for line in exchanges[0].reply.split("\n") if line.strip()), "")
    file = StoryFile(place, "", sha256(data))
    title = title if len(title) <= MAX_TITLE else ""
    graph = build_transcript(file, exchanges, title=title)
    return replace(graph, source=replace(graph.source, parser="z-machine", parser_version=1))


def _exchanges(fernz: Any, data: bytes, commands: Sequence[str]) -> Iterator[Exchange]:
    """Yield commands and replies until the game ends."""
    game = fernz.FernzEnv(fernz.Story(data), seed=SEED)
    try:
        opening, _ = game.reset(max_steps=MAX_INSTRUCTIONS)
        yield Exchange("", _BANNER.sub("", _PROMPT.sub("", opening.text)))
        for command in commands:
            answer, _, is_over, _ = game.step(command, max_steps=MAX_INSTRUCTIONS)
            yield Exchange(command, _PROMPT.sub("", answer.text).strip("\n"))
            if is_over:
                return
    finally:
        game.close()
