"""Read transcripts of games: prose, and the player's commands on lines that start with `>`.

A transcript is a chain of passages; `undo` and `restart` make branches, since the next command
leads away from an earlier passage. Text about the program rather than the story is left out.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from corpus_scraper.formats.graph_builder import (
    Format,
    ParsedStory,
    build_graph,
    keep_announced_endings,
    title_from_name,
)
from corpus_scraper.formats.story_file import StoryFile, load
from corpus_scraper.formats.transcripts.program_text import plain_prompts, strip_program_text
from corpus_scraper.formats.transcripts.wrapping import unwrap_lines
from corpus_scraper.graph import Choice, ChoiceKind, Passage, StoryGraph
from dungeon import transcript
from dungeon.actions.verbs import ABBREVIATIONS, DIRECTIONS, VERBS
from dungeon.text import clean_line
from dungeon.text.counts import count
from dungeon.text.encoding import decode_lossy

SUFFIXES = frozenset(
    {"", ".txt", ".text", ".log", ".transcript", ".scr", ".script", ".gold", ".chk"}
)
"""File name extensions. Markdown and mail, which quote with `>`, are not among them."""

MIN_COMMANDS = 3
"""Lines with `>` that a transcript has at least, where any of them may be a quotation."""

MIN_PLAIN_COMMANDS = 2
"""The same where each begins as commands do: with a verb, a direction or `You`."""

MAX_QUOTED_SHARE = 10
"""One in so many lines with `>` may follow another directly; mail quotes with more."""

_MAX_COMMAND = 200
_COMMAND = re.compile(rf"[ \t]{{0,8}}>[ \t]*[^\s>][^\n]{{0,{_MAX_COMMAND}}}")
_META = frozenset(
    """
    save restore script unscript transcript score fullscore full notify verbose brief
    superbrief version about credits help hint hints info quit q pronouns recording replay
    tutorial amusing resume suspend
    """.split()
)
"""Commands to the program, which are left out with their replies."""

_TESTING = frozenset(
    """
    abstract actions autoupgrade gonear pauses placefather powerup purloin random random-seed
    relations responses rules scope seed showme showverb test trace tree unlegend unmonkey
    """.split()
)
"""Commands that testers give to the program, with any arguments."""

_ASKS_BACK = re.compile(
    r"(?:(?:which|who|whom|what) do you (?:mean|want)|do you mean)\b[^\n]*\?\s*$", re.IGNORECASE
)
_MIN_WORDS = 4
"""Words of a new command after "Which do you mean?"; an answer has fewer."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A command of the player and the reply of the game."""

    command: str
    """Empty for the text before the first command."""
    reply: str


def build_transcript(
    file: StoryFile,
    exchanges: Iterable[Exchange],
    *,
    title: str = "",
    part: str = "",
    notes: Sequence[str] = (),
) -> StoryGraph:
    """Return the graph of a game that was played. Raises Unreadable where it has no text."""
    log = _Log()
    for exchange in _complete_commands(exchanges):
        log.add(exchange)
    if log.left_out:
        notes = (*notes, f"Left out: {count(log.left_out, 'command')} to the program.")
    if log.question:
        notes = (*notes, f"The opening question was left out: {clean_line(log.question)[:200]}")
    if log.unanswered:
        notes = (*notes, f"Nothing is told before {log.unanswered!r}, which was left out.")
    if log.comments:
        notes = (*notes, f"Left out: {count(log.comments, 'comment')} of a tester.")
    parsed = ParsedStory(
        title or title_from_name(file.place),
        "1",
        tuple(log.passages),
        tuple(log.choices),
        notes=tuple(notes),
        part=part,
    )
    return keep_announced_endings(build_graph(file, parsed))


def _complete_commands(exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
    """Yield the exchanges with complete commands.

    A question of the game and its answer are merged: `take lamp`, `Which lamp?`, `brass`. `g`
    repeats the previous command. `y` and `n` after a question become `yes` and `no`; elsewhere `n`
    is north. A number picks the option of a menu.
    """
    held: Exchange | None = None
    before, is_asked = "", False
    options: dict[str, str] = {}
    for exchange in exchanges:
        command = exchange.command
        if held is not None and _is_answer(command):
            wants = _WANTS.search(held.reply)
            command = f"{held.command} {command}" if wants else held.command
        elif held is not None:
            yield held
        if command.casefold() in _AGAIN:
            command = before
        elif command in options:
            command = options[command]
        elif is_asked:
            command = _ANSWERS.get(command.casefold(), command)
        before, is_asked = command, exchange.reply.rstrip("> ").endswith("?")
        options = dict(_OPTION.findall(exchange.reply))
        whole = Exchange(command, exchange.reply)
        held = whole if command and _ASKS_BACK.search(exchange.reply) else None
        if held is None:
            yield whole
    if held is not None:
        yield held


def _is_answer(command: str) -> bool:
    """Return whether a command only answers which thing is meant: `brass`, `the red one`, `2`."""
    words = command.casefold().split()
    return 0 < len(words) < _MIN_WORDS and words[0] not in _NEW_COMMANDS


_NEW_COMMANDS = (
    VERBS | DIRECTIONS | set(ABBREVIATIONS) | _META | _TESTING | {"undo", "restart", "g", "again"}
)
_OPTION = re.compile(r"^[ \t]*(\d{1,2})[.)] (\S[^\n]{0,300})$", re.MULTILINE)
"""An option of a menu, which its number picks."""

_ANSWERS = {"y": "yes", "n": "no"}
_AGAIN = ("g", "again")
_WANTS = re.compile(r"do you want to\b[^\n]*\?\s*$", re.IGNORECASE)


_COMMENT = "*#;"
"""What a tester's comment begins with, in place of a command."""

_REMARK = re.compile(rf"[ \t]*>[ \t]*[{_COMMENT}]")

_PROGRAM_ASKS = re.compile(
    r"(?:instructions|is this acceptable|(?:sure|want) (?:you want )?to (?:quit|restart)(?: now)?)"
    r"\?\s*$",
    re.IGNORECASE,
)
_YES_OR_NO = (["y"], ["n"], ["yes"], ["no"])


class _Log:
    """A game so far: the current passage, and the one before each passage."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self.choices: list[Choice] = []
        self.left_out = 0
        self.comments = 0
        self.unanswered = ""
        self.question = ""
        self._is_asked = False
        self._previous: dict[str, str] = {}
        self._here = ""

    def add(self, exchange: Exchange) -> None:
        """Add an exchange: a new passage, or a return to an earlier one."""
        words = exchange.command.casefold().split()
        was_asked, self._is_asked = self._is_asked, bool(_PROGRAM_ASKS.search(exchange.reply))
        if was_asked and words[:1] in _YES_OR_NO:
            self.left_out += 1
            if not self.passages:
                self._continue(Exchange("", exchange.reply))
            return
        match words:
            case [] if self._is_asked and not self.passages:
                self.question = exchange.reply  # Would you like instructions?
            case [first, *_] if first[0] in _COMMENT:
                self.comments += 1
            case ["undo"]:
                self.left_out += 1
                self._here = self._previous.get(self._here, self._here)
            case ["restart"] if self.passages:
                self._here = "1"
            case [first, *rest] if first in _TESTING or (first in _META and len(rest) < 2):
                self.left_out += 1
            case _:
                self._continue(exchange)

    def _continue(self, exchange: Exchange) -> None:
        new = str(len(self.passages) + 1)
        self.passages.append(Passage(new, exchange.reply))
        if not self._here and exchange.command:
            self.unanswered = exchange.command
        if self._here:
            self.choices.append(Choice(self._here, new, exchange.command, kind=ChoiceKind.ACTION))
            self._previous[new] = self._here
        self._here = new


def parse_exchanges(text: str) -> Iterator[Exchange]:
    """Yield the exchanges of a transcript; the first has the text before any command."""
    command, reply = "", ""
    for block in transcript.read(unwrap_lines(text)):
        match block:
            case transcript.ActionLine(text=action):
                if command or reply:
                    yield Exchange(command, reply)
                command, reply = action, ""
            case transcript.Prose(text=prose):
                reply = prose
    if command or reply:
        yield Exchange(command, reply)


def _recognises(path: Path, head: bytes) -> bool:
    if path.suffix.lower() not in SUFFIXES or b">" not in head or b"\0" in head:
        return False
    return is_transcript(plain_prompts(decode_lossy(head)))


def is_transcript(text: str) -> bool:
    """Return whether `text` has commands with prose between them, and more of the latter."""
    lines = [line for line in text.split("\n") if line.strip() and not _REMARK.match(line)]
    commands = [bool(_COMMAND.fullmatch(line)) for line in lines]
    if _quoted_lines(text) * MAX_QUOTED_SHARE > sum(commands):
        return False
    if sum(commands) < _min_commands(lines) or sum(commands) * 2 > len(lines) + 1:
        return False
    answered = sum(here and not after for here, after in itertools.pairwise(commands))
    return answered * 2 >= sum(commands)


def _min_commands(lines: Sequence[str]) -> int:
    firsts = (line.strip(" \t>").partition(" ")[0] for line in lines if _COMMAND.fullmatch(line))
    is_plain = all(first.casefold() in _NEW_COMMANDS | {"you"} for first in firsts)
    return MIN_PLAIN_COMMANDS if is_plain else MIN_COMMANDS


def _quoted_lines(text: str) -> int:
    """Return how many lines with `>` follow another one directly, as in quoted mail."""
    lines = (line for line in text.split("\n") if not _REMARK.match(line))
    commands = [bool(_COMMAND.fullmatch(line)) for line in lines]
    return sum(here and after for here, after in itertools.pairwise(commands))


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    copies = _copies(path)
    if path.name != next(iter(copies), path.name):
        return  # the same play, which is read from another engine's copy
    played = strip_program_text(file.text)
    notes = list(played.notes)
    if copies[1:]:
        notes.append(
            f"Other engines' copies of the same play were left out: {', '.join(copies[1:])}."
        )
    exchanges = parse_exchanges(played.text)
    graph = build_transcript(file, exchanges, title=played.title, notes=notes)
    yield replace(graph, author=clean_line(played.author))


_ENGINES = ("aamachine.gold", "zmachine.gold", "debugger.gold")
"""Names of one play's copies in the tests of the Dialog compiler, the plainest first."""


def _copies(path: Path) -> list[str]:
    """Return the names of the copies of the play at `path`, the one to read first."""
    if path.name not in _ENGINES:
        return []
    return [name for name in _ENGINES if path.with_name(name).is_file()]


FORMAT = Format("transcript", _recognises, _parse)
