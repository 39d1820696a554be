"""What a command answers with; a front end carries it out."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dungeon.story import Adventure
from dungeon.turns.turn_events import Event


class View(StrEnum):
    """What a front end may show beside the story."""

    HELP = "help"
    MEMORY = "memory"
    NOTE = "note"
    REPLY = "reply"
    ACTION = "action"
    LORE = "lore"
    SUMMARY = "summary"
    SUMMARY_TEXT = "summary text"
    STATE = "state"
    ATTRIBUTES = "attributes"
    CONTEXT = "context"
    STORY = "story"
    TURNS = "turns"
    BRANCHES = "branches"
    CHECKPOINTS = "checkpoints"
    COMPARISON = "comparison"
    BANNED = "banned"
    BIASED = "biased"
    ALTERNATIVES = "alternatives"
    SAMPLING = "sampling"
    SCRIPTS = "scripts"
    SUGGESTIONS = "suggestions"
    SAVES = "saves"
    LOAD = "load"
    SORTED_SAVES = "sorted saves"
    FOUND = "found"
    IMPORT = "import"
    MODELS = "models"
    SETTINGS = "settings"
    THEMES = "themes"
    TOUR = "tour"
    NEW = "new"
    RANDOM = "random"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class PlayTurn:
    """Play a turn: show its events as they come."""

    events: AsyncGenerator[Event, None]
    replaces_last: bool = False
    """Whether the new turn takes the place of the last one on the screen."""


@dataclass(frozen=True, slots=True)
class StopTurn:
    """The reply under way was told to stop: see to it that it ends soon."""


@dataclass(frozen=True, slots=True)
class StoryChanged:
    """The story has changed: show it anew, and say `message`."""

    message: str
    turn_id: str = ""
    """The turn that was edited, to be shown where that is not the last one."""


@dataclass(frozen=True, slots=True)
class Message:
    """Say a sentence to the player."""

    message: str


@dataclass(frozen=True, slots=True)
class OpenView:
    """Open a view; `argument` is what was typed behind the command."""

    view: View
    argument: str = ""


@dataclass(frozen=True, slots=True)
class UseModel:
    """Load another model and play on with it; the current one stays where that fails."""

    reference: str
    """As `--model` takes it."""


@dataclass(frozen=True, slots=True)
class SaveSettings:
    """Save settings of the player for the next game, and say `message`; this game has them."""

    changes: Mapping[str, object]
    """By the names of fields of Settings."""
    message: str


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """Change a setting of the player, or say what it is where `text` is empty."""

    name: str
    text: str
    """The value as it was typed."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Speak a text, also where replies are not spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class BeginAdventure:
    """Store a new adventure and play it, then say `message`."""

    adventure: Adventure
    message: str


@dataclass(frozen=True, slots=True)
class ChangeSaves:
    """Rename, tag, star, export or delete an adventure that is not played."""

    argument: str
    """What stands behind /library."""


@dataclass(frozen=True, slots=True)
class CancelDownload:
    """End the download of another model; what is here stays, to be resumed."""


@dataclass(frozen=True, slots=True)
class MeasureSpeed:
    """Measure how fast the default model writes here."""


@dataclass(frozen=True, slots=True)
class WriteInEditor:
    """Let the player write the next line in an editor of their own."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave the game."""


Effect = (
    PlayTurn
    | StopTurn
    | StoryChanged
    | Message
    | OpenView
    | UseModel
    | CancelDownload
    | MeasureSpeed
    | SaveSettings
    | ChangeSetting
    | Speak
    | BeginAdventure
    | ChangeSaves
    | WriteInEditor
    | Quit
)

CarryOut = Callable[[Effect], Awaitable[None]]
"""Carries out what a screen asks for, as a front end does. It may raise GrueError."""
