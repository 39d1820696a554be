"""Read the fixed prompts that models are evaluated on; they have the form of the game's prompts."""

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
    """A prompt, and what the reply to it is compared with."""

    text: str
    """The text that the model continues."""
    action: str
    """The player's action at its end."""
    other_actions: tuple[str, ...]
    """Actions that could have been in its place, for comparison."""


@dataclass(frozen=True, slots=True)
class PromptSet:
    """All prompts. Metrics are comparable only between evaluations of the same version."""

    version: int
    prompts: tuple[Prompt, ...]


@cache
def load_prompts() -> PromptSet:
    """Return the prompts that are included in Grue."""
    text = files("training.evaluation").joinpath("prompts.toml").read_text("utf-8")
    document = tomllib.loads(text)
    prompts = [
        _prompt(opening, action)
        for opening in document["openings"]
        for action in opening["actions"]
    ]
    return PromptSet(document["version"], tuple(prompts))


def _prompt(opening: Mapping[str, Any], action: str) -> Prompt:
    before: list[Block]
    match opening:
        case {"text": str(text), "actions": [*actions], "earlier": [str(earlier), str(reply)]}:
            before = [Prose(text), ActionLine(earlier), Prose(reply)]
        case {"text": str(text), "actions": [*actions]}:
            before = [Prose(text)]
        case _:
            raise ValueError(f"{opening!r} is not an opening")
    prompt = transcript.as_prompt(transcript.write([*before, ActionLine(action)]))
    return Prompt(prompt, action, tuple(str(other) for other in actions if other != action))
