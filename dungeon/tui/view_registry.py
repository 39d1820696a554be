"""Provides `open_panel`: which screen a panel is, and what becomes of what the player writes in it.

Knows nothing of how the screens look.
"""

from typing import TYPE_CHECKING

from dungeon.commands import Message, StoryChanged, View, find
from dungeon.errors import InputRefused
from dungeon.text import clean
from dungeon.tui.widgets.prompt_bar import as_typed

if TYPE_CHECKING:
    from dungeon.tui.app import GrueApp
    from dungeon.tui.screens.play import PlayScreen
    from dungeon.tui.screens.text_editor import TextEditor

MEMORY_HINT = "What the story always remembers: who you are, what you carry, who is with you."
NOTE_HINT = "Told to the author shortly before each reply: the mood, the pace, what to avoid."
REPLY_HINT = "The story goes on from your wording. The old reply is kept as a branch."
ACTION_HINT = "The reply is written anew. The old turn is kept as a branch."


def open_view(app: "GrueApp", panel: View, argument: str = "") -> None:
    """Show `panel`; `argument` is what stood behind its command."""
    playing = app.playing
    match panel:
        case View.HELP:
            from dungeon.tui.screens.help import HelpScreen

            app.push_screen(HelpScreen())
        case View.NEW if argument:
            app.go(app.ways.named(argument))
        case View.NEW:
            from dungeon.tui.screens.scenario_picker import ScenarioPicker

            app.push_screen(ScenarioPicker())
        case View.SAVES:
            from dungeon.tui.screens.saves import SavesScreen

            app.push_screen(SavesScreen(argument))
        case View.MODELS:
            from dungeon.tui.screens.models import ModelsScreen

            app.push_screen(ModelsScreen())
        case View.TITLE:
            app.go(app.to_title())
        case View.CONTEXT if playing is not None:
            from dungeon.tui.screens.context import ContextScreen

            app.push_screen(ContextScreen(playing.game.context))
        case View.STORY if playing is not None:
            from dungeon.tui.screens.transcript import TranscriptScreen

            app.push_screen(TranscriptScreen(playing.game.adventure))
        case _ if playing is not None:
            app.push_screen(_editor(playing, panel))


def _editor(playing: "PlayScreen", panel: View) -> "TextEditor":
    """Return the editor for what `panel` is about."""
    from dungeon.tui.screens.text_editor import TextEditor

    game = playing.game
    adventure, last = game.adventure, game.adventure.last()

    async def keep_memory(text: str) -> None:
        await game.revise(memory=clean(text).strip())
        await playing.carry_out(Message("The story will remember that."))

    async def keep_note(text: str) -> None:
        await game.revise(note=clean(text).strip())
        await playing.carry_out(Message("The author's note is set."))

    async def keep_reply(text: str) -> None:
        done = await game.edit_reply(clean(text))
        await playing.carry_out(StoryChanged(done.warning or "The reply is changed."))

    async def keep_action(text: str) -> None:
        if not text.strip():
            raise InputRefused("An empty action cannot be played. Esc leaves it as it was.")
        await playing.carry_out(await find("action")(game, text.strip()))

    match panel:
        case View.MEMORY:
            return TextEditor("Memory", MEMORY_HINT, adventure.memory, keep_memory)
        case View.NOTE:
            return TextEditor("Author's note", NOTE_HINT, adventure.note, keep_note)
        case View.REPLY:
            return TextEditor("The last reply", REPLY_HINT, last.text if last else "", keep_reply)
        case _:
            typed = as_typed(last.kind, last.action) if last else ""
            return TextEditor("Your last action", ACTION_HINT, typed, keep_action)
