"""Carry out the effects of commands on whichever front end shows the game."""

from collections.abc import Mapping
from typing import Protocol

from dungeon.commands.effects import (
    BeginAdventure,
    CancelDownload,
    ChangeSaves,
    ChangeSetting,
    Effect,
    MeasureSpeed,
    Message,
    OpenView,
    PlayTurn,
    Quit,
    SaveSettings,
    Speak,
    StopTurn,
    StoryChanged,
    UseModel,
    View,
    WriteInEditor,
)
from dungeon.errors import NotSaved
from dungeon.story import Adventure


class FrontEnd(Protocol):
    """What a command may do to the front end."""

    async def play_turn(self, turn: PlayTurn) -> None:
        """Play a turn and show its events."""

    def stop_turn(self) -> None:
        """See to it that the turn under way, which was told to stop, ends soon."""

    async def show_story(self, turn_id: str = "") -> None:
        """Show the story as it stands now; where only one turn is shown, that one, by default the
        last.
        """

    def show_message(self, message: str) -> None:
        """Say a sentence; an empty one says nothing."""

    async def open_view(self, view: View, argument: str) -> None:
        """Show a view; `argument` is what was typed behind its command."""

    async def use_model(self, reference: str) -> None:
        """Load the model at `reference` and play on with it; where it cannot be, say why."""

    async def cancel_download(self) -> None:
        """End the download of another model, if there is one."""

    async def measure_speed(self) -> None:
        """Measure how fast the default model writes here, and say so."""

    async def save_settings(self, changes: Mapping[str, object]) -> None:
        """Save settings for the next game. Raises NotSaved."""

    async def change_setting(self, name: str, text: str) -> None:
        """Change a setting, or say what it is where `text` is empty. Raises GrueError."""

    def speak(self, text: str) -> None:
        """Speak a text."""

    async def begin_adventure(self, adventure: Adventure, message: str) -> None:
        """Store a new adventure, play it instead, and say `message`. Raises GrueError."""

    async def change_saves(self, argument: str) -> None:
        """Do with a saved adventure what stands behind /library, and say so. Raises GrueError."""

    async def write_in_editor(self) -> None:
        """Let the player write the next line in an editor of their own. Raises GrueError."""

    def quit(self) -> None:
        """Leave the game."""


async def carry_out(effect: Effect, front_end: FrontEnd) -> None:
    """Carry `effect` out. Raises GrueError."""
    match effect:
        case PlayTurn():
            await front_end.play_turn(effect)
        case StopTurn():
            front_end.stop_turn()
        case StoryChanged(message, turn_id):
            await front_end.show_story(turn_id)
            front_end.show_message(message)
        case Message(message):
            front_end.show_message(message)
        case OpenView(view, argument):
            await front_end.open_view(view, argument)
        case UseModel() | CancelDownload() | MeasureSpeed():
            await _carry_out_for_model(effect, front_end)
        case SaveSettings() | ChangeSetting() | Speak():
            await _carry_out_for_settings(effect, front_end)
        case BeginAdventure() | ChangeSaves() | WriteInEditor() | Quit():
            await _carry_out_beside_story(effect, front_end)


async def _carry_out_for_model(
    effect: UseModel | CancelDownload | MeasureSpeed, front_end: FrontEnd
) -> None:
    match effect:
        case UseModel(reference):
            await front_end.use_model(reference)
        case CancelDownload():
            await front_end.cancel_download()
        case MeasureSpeed():
            await front_end.measure_speed()


async def _carry_out_for_settings(
    effect: SaveSettings | ChangeSetting | Speak, front_end: FrontEnd
) -> None:
    match effect:
        case SaveSettings(changes, message):
            await _save_settings(changes, message, front_end)
        case ChangeSetting(name, text):
            await front_end.change_setting(name, text)
        case Speak(text):
            front_end.speak(text)


async def _carry_out_beside_story(
    effect: BeginAdventure | ChangeSaves | WriteInEditor | Quit, front_end: FrontEnd
) -> None:
    match effect:
        case BeginAdventure(adventure, message):
            await front_end.begin_adventure(adventure, message)
        case ChangeSaves(argument):
            await front_end.change_saves(argument)
        case WriteInEditor():
            await front_end.write_in_editor()
        case Quit():
            front_end.quit()


async def _save_settings(changes: Mapping[str, object], message: str, front_end: FrontEnd) -> None:
    try:
        await front_end.save_settings(changes)
    except NotSaved as error:
        message = f"That holds for this game only. {error}"
    front_end.show_message(message)
