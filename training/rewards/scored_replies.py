"""Read scored replies from JSON Lines files, and hold some situations out.

A line is a situation: `prompt` is a text, `replies` are objects with `text` and `score`, a whole
number from 0 to 4, or null for a reply that nobody scored, which is left out. `adventure` names
what must not be divided between training and held-out situations.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused
from dungeon.generator.reward_prompt import SCORES
from dungeon.text.counts import count
from training.replies.held_out import hold_out
from training.replies.json_lines import Line, LineForm, parse_lines, read_file

MIN_SITUATIONS = 4
"""Fewer cannot be divided into situations to train on and situations to hold out."""

_FORM = LineForm(
    name="A situation",
    fields="prompt and replies",
    origin="Scored replies are JSON Lines, such as those in stories/scored/.",
)


@dataclass(frozen=True, slots=True)
class ScoredReply:
    """A reply, and how good it is."""

    text: str
    score: int
    """From 0 to 4."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A prompt, and scored replies to it."""

    prompt: str
    """Without space at its end."""
    replies: tuple[ScoredReply, ...]
    """At least one."""
    adventure: str = ""
    """The adventure it comes from; situations of one adventure are not divided."""


@dataclass(frozen=True, slots=True)
class ScoredFiles:
    """The situations of some files."""

    name: str
    """The names of the files."""
    sha256: str
    """Of their contents, in the order in which they are given."""
    situations: tuple[Situation, ...]
    unscored: int
    """Replies without a score, which are left out."""

    def split(self, seed: int) -> tuple[list[Situation], list[Situation]]:
        """Return the situations to train on and those that are held out.

        Situations of one adventure stay together, since their prompts share text; where there is
        only one adventure, those with one prompt do.
        """
        return hold_out(
            self.situations,
            seed,
            lambda situation: situation.adventure or situation.prompt,
            lambda situation: situation.prompt,
        )


def read_scored(paths: Sequence[Path]) -> ScoredFiles:
    """Return the situations in the files.

    Raises InputRefused, naming file and line, where one is none, and where there are too few.
    """
    digest = hashlib.sha256()
    situations: list[Situation] = []
    unscored = 0
    for path in paths:
        data = read_file(path)
        digest.update(hashlib.sha256(data).digest())
        for line in parse_lines(path, data, _FORM):
            situation, left_out = _to_situation(line)
            unscored += left_out
            if situation.replies:
                situations.append(situation)
    name = ", ".join(path.name for path in paths)
    if len(situations) < MIN_SITUATIONS:
        held = count(len(situations), "situation") if situations else "no situation"
        raise InputRefused(
            f"{name} {'hold' if len(paths) > 1 else 'holds'} {held} with scored replies, and "
            f"training needs at least {MIN_SITUATIONS}, better some thousand."
        )
    return ScoredFiles(name, digest.hexdigest(), tuple(situations), unscored)


def _to_situation(line: Line) -> tuple[Situation, int]:
    """Return the situation in a line, and how many of its replies have no score."""
    prompt, replies = line.prompt(), line.value("replies")
    if not isinstance(replies, list):
        raise line.refuse(f"replies must be a list of replies, not {type(replies).__name__}.")
    read = [_to_reply(line, number, reply) for number, reply in enumerate(replies, 1)]
    scored = tuple(reply for reply in read if reply is not None)
    adventure = str(line.document.get("adventure") or "")
    return Situation(prompt, scored, adventure), len(read) - len(scored)


def _to_reply(line: Line, number: int, reply: Any) -> ScoredReply | None:
    """Return the reply with this number; None where it has no score."""
    if not isinstance(reply, dict) or not {"text", "score"} <= reply.keys():
        raise line.refuse(f"Reply {number} must be an object with text and score.")
    text, score = line.reply(f"The text of reply {number}", reply["text"]), reply["score"]
    if score is None:
        return None
    if isinstance(score, bool) or not isinstance(score, int) or not 0 <= score < len(SCORES):
        raise line.refuse(
            f"The score of reply {number} must be a whole number from {SCORES[0]} to "
            f"{SCORES[-1]}, or null for none, not {score!r:.40}."
        )
    return ScoredReply(text, score)
