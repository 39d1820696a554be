"""Provides the fixed prompts that models are measured on, built as the game builds its own.

Knows nothing of models.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from dungeon import transcript
from dungeon.transcript import ActionLine, Block, Prose


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt, and what the reply to it is held against."""

    text: str
    """What the model goes on from."""
    deed: str
    """The player's action at its end."""
    others: tuple[str, ...]
    """Other actions that could have stood there, for comparison."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """All of them, with a number that tells measures on other prompts apart."""

    version: int
    prompts: tuple[Prompt, ...]

    def spread(self, count: int) -> tuple[Prompt, ...]:
        """Return `count` of them, evenly spread over the openings; all where there are fewer."""
        total = len(self.prompts)
        if count >= total:
            return self.prompts
        return tuple(self.prompts[number * total // count] for number in range(count))


@cache
def prompts() -> Prompts:
    """Return the prompts that ship with Grue."""
    text = files("training.evaluation").joinpath("prompts.toml").read_text("utf-8")
    document = tomllib.loads(text)
    found = [
        _prompt(opening, deed) for opening in document["openings"] for deed in opening["deeds"]
    ]
    return Prompts(document["version"], tuple(found))


def _prompt(opening: Mapping[str, Any], deed: str) -> Prompt:
    before: list[Block]
    match opening:
        case {"text": str(text), "deeds": [*deeds], "earlier": [str(earlier), str(reply)]}:
            before = [Prose(text), ActionLine(earlier), Prose(reply)]
        case {"text": str(text), "deeds": [*deeds]}:
            before = [Prose(text)]
        case _:
            raise ValueError(f"an opening cannot be {opening!r}")
    told = transcript.as_prompt(transcript.write([*before, ActionLine(deed)]))
    return Prompt(told, deed, tuple(str(other) for other in deeds if other != deed))
