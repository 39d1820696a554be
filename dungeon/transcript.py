"""The text format of an adventure: one way to write it, one way to parse it.

Paragraphs of prose, blank lines between them, and each player's action on a line of its own:

    The door is open. Nobody is there.

    > You draw your sword.

    Something on the stairs draws one too.

The corpus is written and prompts are built by these functions, so a model is prompted in exactly
the form it was trained on. Knows nothing of turns, models or files. Documents end with the model's
end-of-text id, which is added after tokenising and never spelled here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

VERSION = 1
"""To be raised when the form changes: a model says which one it was trained on."""

ACTION_MARK = "> "
"""What a player's line begins with; nothing else in a transcript begins with it."""

SEPARATOR = "\n\n"
"""What stands between two blocks."""

END_MARK = ACTION_MARK.strip()
"""What a model writes at the end of its reply: the beginning of the player's next line. Where it
may not, the reply goes on until it is long enough."""

STOP = f"\n{END_MARK}"
"""Where a model must be stopped."""

_MARKS = re.compile(r"^[ \t]*(?:>[ \t]*)+", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


@dataclass(frozen=True, slots=True)
class Prose:
    """One or more paragraphs of the story."""

    text: str


@dataclass(frozen=True, slots=True)
class ActionLine:
    """A player's action as the transcript says it: `You draw your sword.`"""

    text: str


Block = Prose | ActionLine


def normalise(text: str) -> str:
    """Return prose as a transcript holds it: no leading `>`, paragraphs apart by one blank line."""
    unmarked = _MARKS.sub("", text)
    lines = (line.rstrip() for line in unmarked.split("\n"))
    return _BLANK_LINES.sub(SEPARATOR, "\n".join(lines)).strip()


def author_note(note: str) -> str:
    """Return an author's note as a prompt and a training document hold it, on one line."""
    line = _on_one_line(note)
    return f"[Author's note: {line}]" if line else ""


def earlier_turn(text: str) -> str:
    """Return a quotation of an earlier turn as a prompt holds it, on one line."""
    line = _on_one_line(text)
    return f"[Earlier in the story: {line}]" if line else ""


def story_so_far(text: str) -> str:
    """Return a summary of earlier turns as a prompt holds it, on one line."""
    line = _on_one_line(text)
    return f"[The story so far: {line}]" if line else ""


def write(blocks: Iterable[Block]) -> str:
    """Return the transcript of `blocks`; empty ones leave no trace."""
    return SEPARATOR.join(filter(None, map(_write_block, blocks)))


def _write_block(block: Block) -> str:
    match block:
        case Prose(text):
            return normalise(text)
        case ActionLine(text):
            line = _on_one_line(text)
            return ACTION_MARK + line if line else ""


def _on_one_line(text: str) -> str:
    return " ".join(normalise(text).split())


def as_prompt(transcript: str) -> str:
    """Return `transcript` as a prompt: what a model should go on from.

    It ends with its last word, and the model writes the blank line itself. Byte-level tokenisers
    join two newlines at the end of a text into a token that never stands before a word in training,
    and after a single one a small model goes on in verse.
    """
    return transcript.rstrip()


def read(text: str) -> list[Block]:
    """Return the blocks of a transcript, the inverse of `write` for what `write` wrote.

    A line that begins with `>` is an action, whether or not blank lines surround it, as players'
    own transcripts of old games have it.
    """
    blocks: list[Block] = []
    prose: list[str] = []

    def close() -> None:
        paragraph = normalise("\n".join(prose))
        prose.clear()
        if paragraph:
            blocks.append(Prose(paragraph))

    for line in text.split("\n"):
        if not line.lstrip().startswith(">"):
            prose.append(line)
            continue
        close()
        action = " ".join(_MARKS.sub("", line).split())
        if action:
            blocks.append(ActionLine(action))
    close()
    return blocks
