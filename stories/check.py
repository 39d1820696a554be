"""Check adventures against the rules of GUIDE.md, and count what they hold.

    python stories/check.py                              # every adventure, and the figures
    python stories/check.py stories/adventures/a-001.txt # some of them

Prints `file:line: fault`, and exits with 1 where there is one, with 2 where a file cannot be read.
Whether a reply answers its action, and whether the world stays consistent, is for readers to see.
"""

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).resolve().parent
PLAIN = "plain"
"""The folders of adventures in plain words. Their replies may begin alike, and be shorter."""
TRAINING = (HERE / "adventures", HERE / PLAIN)
HELD_OUT = (HERE / "held-out", HERE / "held-out" / PLAIN)
FOLDERS = (*TRAINING, *HELD_OUT)

REQUIRED = ("title", "setting")
KEYS = (*REQUIRED, "memory", "note")

OPENING_WORDS = range(30, 101)
REPLY_WORDS = range(5, 111)
PLAIN_OPENING_WORDS = range(20, 101)
PLAIN_REPLY_WORDS = range(2, 111)
ACTION_WORDS = range(2, 19)
"""Words of an action, the die roll not counted."""
MIN_ACTIONS = 8

OUTCOMES = {1: "fail badly", 20: "succeed brilliantly"} | {
    roll: "fail" if roll <= 10 else "succeed" for roll in range(2, 20)
}
"""What each roll of the die with twenty sides means."""

CLICHES = (
    "a chill runs down",
    "a mix of fear",
    "a testament to",
    "air is thick with",
    "can't help but",
    "heart pounds in your chest",
    "heart skips a beat",
    "little do you know",
    "sends shivers",
    "shiver down your spine",
    "what do you do",
)
STOCK_NAMES = ("Elara", "Eldoria", "Kael", "Lyra", "Thorne", "Whisperwood")
RUN = 8
MAX_SHARED_RUNS = 2
"""Runs of `RUN` words that two adventures may have in common, by chance; more are a copy."""
MAX_PLAIN_SHARED_RUNS = 7
"""The same between adventures in plain words, whose sentences are alike on purpose."""

_FRONT_MATTER = re.compile(r"---\n((?:[^\n]+\n)+?)---\n")
_BLOCK = re.compile(r"[^\n]+(?:\n[^\n]+)*")
_ACTION = re.compile(r'> Your? (?:[^"\n]|"[^"\n]+")*(?:[.!?]|(?<=[.!?])"|(?<=[.!?]"))')
_DIE = re.compile(r" \(You roll (\d+) of 20 and ([a-z ]+)\.\)$")
_MENTIONS_DIE = re.compile(r"\byou roll \d|\bof 20\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?:…]\"?$")
_UNUSUAL = re.compile(r"[“”„‘’`*_#<>|\t\r]|--|  ")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")

_SAYING = "(?:add|answer|ask|call|cry|mutter|reply|say|shout|tell|whisper|yell)"
_PLAYER_SPEAKS = re.compile(rf'[,!?]" you {_SAYING}\b|\b[Yy]ou {_SAYING}\b[^."?!]{{0,20}} "')
_BANNED = re.compile(
    "|".join((*map(re.escape, CLICHES), *(rf"\b{name}\b" for name in STOCK_NAMES))), re.IGNORECASE
)
_TALK = re.compile(r"> You (?:ask|call|greet|say|shout|tell|thank|whisper)\b")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """A rule that an adventure breaks, and where."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        """Return the fault as editors and terminals link it."""
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of an adventure or an action of its player."""

    line: int
    text: str

    @property
    def is_action(self) -> bool:
        """Whether the player acts here."""
        return self.text.startswith(">")

    @property
    def words(self) -> list[str]:
        """The words without the punctuation around them."""
        return _WORD.findall(self.text)


@dataclass(frozen=True, slots=True)
class Adventure:
    """An adventure, taken apart."""

    path: Path
    front_matter: str
    blocks: tuple[Block, ...]

    @property
    def values(self) -> dict[str, str]:
        """What the front matter says."""
        pairs = (line.partition(": ") for line in self.front_matter.splitlines())
        return {key: value.strip() for key, _, value in pairs}

    @property
    def is_plain(self) -> bool:
        """Whether it is one of those in plain words."""
        return self.path.parent.name == PLAIN

    @property
    def actions(self) -> list[Block]:
        """What the player does."""
        return [block for block in self.blocks if block.is_action]

    @property
    def replies(self) -> list[Block]:
        """Every paragraph after the opening."""
        return [block for block in self.blocks[1:] if not block.is_action]


class UnreadableError(Exception):
    """A file that cannot be read, as a sentence."""


def read(path: Path) -> Adventure:
    """Read and split the adventure at `path`. Raises UnreadableError."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{path} is not UTF-8. Save it as UTF-8.") from error
    head = _FRONT_MATTER.match(text)
    start = head.end() if head else 0
    blocks = (
        Block(text.count("\n", 0, found.start()) + 1, found[0])
        for found in _BLOCK.finditer(text, start)
    )
    return Adventure(path, head[1] if head else "", tuple(blocks))


def check(adventure: Adventure) -> Iterator[Fault]:
    """Yield what is wrong in one adventure."""
    faults = [
        *_front_matter_faults(adventure),
        *_order_faults(adventure.blocks),
        *_opening_faults(adventure),
    ]
    if not adventure.is_plain:
        faults += _beginning_faults(adventure.blocks)
    words = PLAIN_REPLY_WORDS if adventure.is_plain else REPLY_WORDS
    for block in adventure.blocks:
        faults += _action_faults(block) if block.is_action else _prose_faults(block, words)
    yield from (Fault(adventure.path, line, message) for line, message in sorted(faults))


def _front_matter_faults(adventure: Adventure) -> Iterator[tuple[int, str]]:
    for key in REQUIRED:
        if not adventure.values.get(key):
            yield 1, f"The front matter has no {key}."
    for line, text in enumerate(adventure.front_matter.splitlines(), start=2):
        key = text.partition(": ")[0]
        if key not in KEYS:
            yield line, f"The front matter may say {', '.join(KEYS)}, but not {key!r}."
        if found := _UNUSUAL.search(text):
            yield line, f"{found[0]!r} is not plain text."


def _order_faults(blocks: Sequence[Block]) -> Iterator[tuple[int, str]]:
    actions = [block for block in blocks if block.is_action]
    if len(actions) < MIN_ACTIONS:
        yield 1, f"It has fewer than {MIN_ACTIONS} actions: {len(actions)}."
    for before, after in pairwise(blocks):
        if before.is_action and after.is_action:
            yield after.line, "An action follows an action: the reply between them is missing."
    if not blocks or blocks[-1].is_action:
        yield blocks[-1].line if blocks else 1, "It ends without a reply."


def _beginning_faults(blocks: Sequence[Block]) -> Iterator[tuple[int, str]]:
    lines: dict[str, int] = {}
    for block in blocks:
        first = " ".join(block.words[:2]).lower()
        if not block.is_action and lines.setdefault(first, block.line) != block.line:
            yield block.line, f"It begins with {first!r}, as line {lines[first]} does."


def _opening_faults(adventure: Adventure) -> Iterator[tuple[int, str]]:
    allowed = PLAIN_OPENING_WORDS if adventure.is_plain else OPENING_WORDS
    for block in adventure.blocks[:1]:
        if block.is_action:
            yield block.line, "It begins with an action; the opening is missing."
        elif (count := len(block.words)) not in allowed:
            yield block.line, f"The opening has {count} words, not {_span(allowed)}."


def _action_faults(block: Block) -> Iterator[tuple[int, str]]:
    text, die = block.text, _DIE.search(block.text)
    if die:
        text = text[: die.start()]
        if OUTCOMES.get(int(die[1])) != die[2]:
            yield block.line, f"A roll of {die[1]} does not {die[2]}."
    if _MENTIONS_DIE.search(text):
        yield block.line, "A die is written as in `(You roll 7 of 20 and fail.)`, at the end."
    if not _ACTION.fullmatch(text):
        yield block.line, "An action is one line, begins with `> You` and ends with a full stop."
    if (count := len(_WORD.findall(text))) not in ACTION_WORDS:
        yield block.line, f"The action has {count} words, not {_span(ACTION_WORDS)}."
    if found := _UNUSUAL.search(text[2:]):
        yield block.line, f"{found[0]!r} is not plain text."


def _prose_faults(block: Block, allowed: range) -> Iterator[tuple[int, str]]:
    text = block.text
    if (count := len(block.words)) not in allowed:
        yield block.line, f"The paragraph has {count} words, not {_span(allowed)}."
    if "\n" in text:
        yield block.line, "A paragraph is one line."
    if _MENTIONS_DIE.search(text):
        yield block.line, "Dice belong to actions, not to replies."
    if text.endswith("?"):
        yield block.line, "It ends with a question to the player."
    if not _SENTENCE_END.search(text):
        yield block.line, "Its last sentence is not finished."
    if text.count('"') % 2:
        yield block.line, "A quotation mark is missing."
    if found := _PLAYER_SPEAKS.search(text):
        yield block.line, f"It speaks for the player: {found[0]}"
    if found := _BANNED.search(text):
        yield block.line, f"{found[0]!r} has been read too often."
    if found := _UNUSUAL.search(text):
        yield block.line, f"{found[0]!r} is not plain text."


def _span(words: range) -> str:
    return f"{words.start} to {words.stop - 1}"


def check_together(adventures: Iterable[Adventure]) -> Iterator[Fault]:
    """Yield what adventures have in common and should not: titles, and runs of words."""
    titles: dict[str, Path] = {}
    first: dict[tuple[str, ...], Path] = {}
    plain: set[Path] = set()
    for adventure in adventures:
        title = adventure.values.get("title", "").casefold()
        if titles.setdefault(title, adventure.path) != adventure.path:
            yield Fault(adventure.path, 2, f"{titles[title]} has the same title.")
        if adventure.is_plain:
            plain.add(adventure.path)
        shared: dict[Path, list[str]] = {}
        for run in _runs(adventure):
            if (other := first.setdefault(run, adventure.path)) != adventure.path:
                shared.setdefault(other, []).append(" ".join(run))
        for other, runs in shared.items():
            both_plain = {other, adventure.path} <= plain
            if len(runs) > (MAX_PLAIN_SHARED_RUNS if both_plain else MAX_SHARED_RUNS):
                message = f"{other} has the same words: {runs[0]!r} and {len(runs) - 1} more runs."
                yield Fault(adventure.path, 1, message)


def _runs(adventure: Adventure) -> set[tuple[str, ...]]:
    texts = (_DIE.sub("", block.text).lower() for block in adventure.blocks)
    words = (_WORD.findall(text) for text in texts)
    return {run for each in words for run in zip(*(each[at:] for at in range(RUN)), strict=False)}


def figures(adventures: Sequence[Adventure]) -> dict[str, str]:
    """Return what the data card says of `adventures`."""
    actions = [action for each in adventures for action in each.actions]
    replies = [reply for each in adventures for reply in each.replies]
    characters = sum(len(each.path.read_text("utf-8")) for each in adventures)
    dice = sum(bool(_DIE.search(action.text)) for action in actions)
    talk = sum(bool(_TALK.match(action.text)) for action in actions)
    words = sum(len(reply.words) for reply in replies)
    going_on = len(replies) - len(actions)
    return {
        "adventures": f"{len(adventures)}",
        "characters": f"{characters:,}",
        "actions": f"{len(actions):,}",
        "actions with a die roll": f"{dice} ({_share(dice, actions):.0%})",
        "actions that are talk": f"{talk:,} ({_share(talk, actions):.0%})",
        "continuations": f"{going_on} ({_share(going_on, replies):.0%})",
        "words of a reply": f"{_share(words, replies):.1f}",
        "with a memory": f"{sum('memory' in each.values for each in adventures)}",
        "with an author's note": f"{sum('note' in each.values for each in adventures)}",
    }


def _share(part: int, whole: Sequence[Block]) -> float:
    return part / len(whole) if whole else 0.0


def main(arguments: Sequence[str]) -> int:
    """Check the files named, or all; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python stories/check.py",
        description="Check adventures against the rules of GUIDE.md, and count what they hold.",
    )
    what = "adventures to check; all of this repository where none is named"
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help=what)
    paths = parser.parse_args(arguments).files
    every = [path for folder in FOLDERS for path in sorted(folder.glob("*.txt"))]
    try:
        adventures = [read(path) for path in paths or every]
    except UnreadableError as error:
        print(error, file=sys.stderr)
        return 2
    faults = [fault for adventure in adventures for fault in check(adventure)]
    faults += check_together(adventures)
    for fault in faults:
        print(fault)
    for name, figure in figures(adventures).items():
        print(f"{name}: {figure}")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
