"""What a script and the game tell each other: frozen values in, frozen values out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from dungeon.scripts.setting import Setting, Value, is_line

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""What a script may be called: its file without `.py`, or its entry point."""

RECENT_TURNS = 20
"""Earlier turns that a hook is told."""

MAX_SUMMARY = 120
"""Characters of the sentence that describes a script."""


@dataclass(frozen=True, slots=True)
class StoryTurn:
    """An earlier turn as a script sees it."""

    action: str
    """In the words of the transcript, `You open the door.`; empty where the story went on."""
    text: str


@dataclass(frozen=True, slots=True)
class TurnInfo:
    """The turn that is being played, as every hook is told of it."""

    number: int
    """Position in the story; the opening is number 1."""
    kind: str
    """`do`, `say`, `story` or `continue`; empty while the player has not acted yet."""
    action: str
    """The player's action as it is kept; empty for `continue`, and while it is not known yet."""
    title: str
    """The title of the adventure."""
    story: tuple[StoryTurn, ...]
    """The last turns before this one, oldest first; at most 20."""
    settings: Mapping[str, Value]
    """The values of the settings that the script declares."""
    state: Mapping[str, Any]
    """What the script kept last on this branch; empty at first."""


@dataclass(frozen=True, slots=True)
class PromptParts:
    """The parts of a prompt that a script may change."""

    memory: str
    """Stands at the front. A changed word makes the engine evaluate the whole prompt again."""
    note: str
    """The author's note, near the end, where a change costs little."""


@dataclass(frozen=True, slots=True)
class Keep:
    """What `on_input` and `on_output` return to keep something: a state, and perhaps a text."""

    state: Mapping[str, Any]
    """JSON values by name, at most 4,096 characters; they replace what was kept before."""
    text: str | None = None
    """The new text; None leaves it as it is."""


InputHook = Callable[[str, TurnInfo], str | Keep | None]
"""Takes the player's action; returns the action to keep, or None to change nothing."""

ContextHook = Callable[[PromptParts, TurnInfo], PromptParts | None]
"""Takes parts of the prompt before the budget is applied; returns others, or None."""

OutputHook = Callable[[str, TurnInfo], str | Keep | None]
"""Takes the finished reply; returns the reply to keep, or None to change nothing."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script: one sentence about it, and the hooks it has. Each may be left out."""

    summary: str
    """One sentence for the list of scripts."""
    on_input: InputHook | None = None
    """Called once with each action that the player sends, before it is kept."""
    on_context: ContextHook | None = None
    """Called whenever a prompt is built, several times a turn; it therefore keeps no state."""
    on_output: OutputHook | None = None
    """Called once with each finished reply, before it is kept."""
    settings: tuple[Setting, ...] = ()

    def __post_init__(self) -> None:
        if not is_line(self.summary) or len(self.summary) > MAX_SUMMARY:
            raise ValueError(f"summary must be one line of at most {MAX_SUMMARY} characters")
        for name in ("on_input", "on_context", "on_output"):
            hook = getattr(self, name)
            if hook is not None and not callable(hook):
                raise ValueError(f"{name} must be a function")
        object.__setattr__(self, "settings", tuple(self.settings))
        if not all(isinstance(each, Setting) for each in self.settings):
            raise ValueError("settings must be a tuple of Setting")
        names = [each.name for each in self.settings]
        if len(set(names)) < len(names):
            raise ValueError("two settings have the same name")


@dataclass(frozen=True, slots=True)
class LoadedScript:
    """A script that is on, with the name and the hash by which it was trusted."""

    name: str
    script: Script
    sha256: str = ""
    """Of its file; empty for one that a package installed."""
    values: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """Its settings."""
