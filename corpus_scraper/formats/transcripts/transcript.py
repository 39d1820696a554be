"""Provides transcripts of played games: prose, and what the player typed on lines that begin `>`.

A transcript is a chain of passages, and `undo` and `restart` make branches of it: what was typed
after them leads away from an earlier passage. What speaks of the program and not of the story is
left out. Knows nothing of who played.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus_scraper.formats.graph_builder import (
    Format,
    ParsedStory,
    build_graph,
    keep_announced_endings,
    title_from_name,
)
from corpus_scraper.formats.story_file import StoryFile, load
from corpus_scraper.formats.transcripts.wrapping import unwrap_lines
from corpus_scraper.graph import Choice, Passage, StoryGraph
from dungeon import transcript
from dungeon.actions.verbs import SHORT, VERBS, WAYS

SUFFIXES = frozenset({"", ".txt", ".text", ".log", ".transcript", ".scr", ".script"})
"""What a transcript's file name ends in. Markdown and mail quote with `>`, and are none."""

MIN_COMMANDS = 3
"""Lines with `>` that a file must have to be taken for a transcript."""

_LONGEST_COMMAND = 200
_COMMAND = re.compile(rf"[ \t]{{0,8}}>[ \t]*[^\s>][^\n]{{0,{_LONGEST_COMMAND}}}")
_ABOUT_THE_PROGRAM = re.compile(
    r"^[ \t]*(?:\[[^\]\n]{1,500}\]"  # [Your score has gone up by one point.]
    r"|Would you like to RESTART\b[^\n]*"
    r"|(?:Release|Revision) \d+ ?/ ?[^\n]*"  # Release 88 / Serial number 840726
    r"|Copyright \([cC©]\)[^\n]*|[^\n]{1,60} is a registered trademark of [^\n]*)[ \t]*$"
    r"|[ \t]*>+[ \t]*$",
    re.MULTILINE,
)
_META = frozenset(
    """
    save restore script unscript transcript score fullscore full notify verbose brief
    superbrief version about credits help hint hints info quit q pronouns recording replay
    tutorial
    """.split()
)
"""What is said to the program and not to the story. Its answer is left out as well."""

_TESTING = frozenset(
    """
    abstract actions autoupgrade gonear pauses placefather powerup purloin random random-seed
    relations responses rules scope showme showverb test trace tree unlegend unmonkey
    """.split()
)
"""What testers say to the program, with whatever follows."""

_ASKS_BACK = re.compile(
    r"(?:which|who|whom|what) do you (?:mean|want)\b[^\n]*\?\s*$", re.IGNORECASE
)
_FEWEST_WORDS = 4
"""An answer to "Which do you mean?" is shorter; what is as long or longer is a new command."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the player typed, and what the game answered."""

    command: str
    """Empty for what the game says before anything is typed."""
    reply: str


def build_transcript(
    file: StoryFile,
    steps: Iterable[Exchange],
    *,
    title: str = "",
    part: str = "",
    notes: Sequence[str] = (),
) -> StoryGraph:
    """Return the graph of a game that was played.

    Raises Unreadable where no story is told in it.
    """
    log = _Log()
    for step in _in_full(steps):
        log.add(step)
    if log.left_out:
        notes = (*notes, f"{log.left_out} commands to the program were left out.")
    found = ParsedStory(
        title or title_from_name(file.place),
        "1",
        tuple(log.passages),
        tuple(log.choices),
        notes=tuple(notes),
        part=part,
    )
    return keep_announced_endings(build_graph(file, found))


def _in_full(steps: Iterable[Exchange]) -> Iterator[Exchange]:
    """Yield the steps, each with a whole command.

    What the game asks back and its answer are one: `take lamp`, `Which lamp?`, `brass`. `g` is the
    command before it. `y` and `n` that answer a question are spelled out; `n` is north elsewhere.
    """
    held: Exchange | None = None
    before, is_asked = "", False
    for step in steps:
        command = step.command
        if held is not None and _is_answer(command):
            wants = _WANTS.search(held.reply)
            command = f"{held.command} {command}" if wants else held.command
        elif held is not None:
            yield held
        if command.casefold() in _AGAIN:
            command = before
        elif is_asked:
            command = _ANSWERS.get(command.casefold(), command)
        before, is_asked = command, step.reply.rstrip("> ").endswith("?")
        whole = Exchange(command, step.reply)
        held = whole if command and _ASKS_BACK.search(step.reply) else None
        if held is None:
            yield whole
    if held is not None:
        yield held


def _is_answer(command: str) -> bool:
    """Return whether a command only says which thing is meant: `brass`, `the red one`, `2`."""
    words = command.casefold().split()
    return 0 < len(words) < _FEWEST_WORDS and words[0] not in _NEW_COMMANDS


_NEW_COMMANDS = VERBS | WAYS | set(SHORT) | _META | _TESTING | {"undo", "restart", "g", "again"}
_ANSWERS = {"y": "yes", "n": "no"}
_AGAIN = ("g", "again")
_WANTS = re.compile(r"do you want to\b[^\n]*\?\s*$", re.IGNORECASE)


class _Log:
    """A game so far: where the player stands, and where he came from."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self.choices: list[Choice] = []
        self.left_out = 0
        self._before: dict[str, str] = {}
        self._here = ""

    def add(self, step: Exchange) -> None:
        """Go on by one step: to a new passage, or back to one that was there."""
        words = step.command.casefold().split()
        match words:
            case ["undo"]:
                self._here = self._before.get(self._here, self._here)
            case ["restart"] if self.passages:
                self._here = "1"
            case [first, *rest] if first in _TESTING or (first in _META and len(rest) < 2):
                self.left_out += 1
            case _:
                self._go_on(step)

    def _go_on(self, step: Exchange) -> None:
        new = str(len(self.passages) + 1)
        self.passages.append(Passage(new, step.reply))
        if self._here:
            self.choices.append(Choice(self._here, new, step.command))
            self._before[new] = self._here
        self._here = new


def parse_exchanges(text: str) -> Iterator[Exchange]:
    """Yield the steps of a transcript, the first with what is told before any command."""
    command, reply = "", ""
    for block in transcript.read(unwrap_lines(_ABOUT_THE_PROGRAM.sub("", text))):
        match block:
            case transcript.ActionLine(text=deed):
                if command or reply:
                    yield Exchange(command, reply)
                command, reply = deed, ""
            case transcript.Prose(text=prose):
                reply = prose
    if command or reply:
        yield Exchange(command, reply)


def _recognises(path: Path, head: bytes) -> bool:
    if path.suffix.lower() not in SUFFIXES or b">" not in head or b"\0" in head:
        return False
    return is_transcript(head.decode("utf-8", errors="replace"))


def is_transcript(text: str) -> bool:
    """Return whether `text` has commands with prose between them, and more prose than commands."""
    lines = [line for line in text.split("\n") if line.strip()]
    commands = [bool(_COMMAND.fullmatch(line)) for line in lines]
    if sum(commands) < MIN_COMMANDS or sum(commands) * 2 > len(lines) + 1:
        return False
    answered = sum(here and not after for here, after in itertools.pairwise(commands))
    return answered * 2 >= sum(commands)


def _read(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    yield build_transcript(file, parse_exchanges(file.text))


FORMAT = Format("transcript", _recognises, _read)
