"""What can be done with any turn: on the tree of branches, and in the story."""

from typing import Any

from textual.app import App

from dungeon.commands import branches, checkpoints, edits, find
from dungeon.commands.effects import CarryOut, View
from dungeon.errors import InputRefused
from dungeon.session.turn_editors import find_editor
from dungeon.story import Kind, branching, render_transcript
from dungeon.tui.screens.comparison import ComparisonScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.turns.game import Game


class TurnActions:
    """Every method returns whether it was done, or False where the player gave it up. It raises
    GrueError where it is refused. Those that ask must run in a worker.
    """

    def __init__(self, app: App[Any], game: Game, carry_out: CarryOut) -> None:
        """`carry_out` takes the effects of commands."""
        self._app = app
        self._game = game
        self._carry_out = carry_out

    async def go_to(self, turn_id: str) -> bool:
        """Go on from the turn."""
        await self._carry_out(await branches.go_to(self._game, turn_id))
        return True

    async def retry(self, turn_id: str) -> bool:
        """Write another reply to the turn's action; where there is none, nothing moves."""
        if self._game.adventure.turns[turn_id].kind is Kind.OPENING:
            raise InputRefused("The opening answers no action: there is nothing to retry.")
        await self.go_to(turn_id)
        await self._carry_out(await find("retry")(self._game))
        return True

    async def edit(self, turn_id: str) -> bool:
        """Edit the turn's reply; what follows goes on from it, and the old line is a branch."""
        return await self._edit(View.REPLY, turn_id)

    async def edit_action(self, turn_id: str) -> bool:
        """Edit the turn's action; the last one is played anew, an earlier one keeps its reply."""
        if self._game.adventure.turns[turn_id].kind is Kind.OPENING:
            raise InputRefused(edits.OPENING_HAS_NO_ACTION)
        return await self._edit(View.ACTION, turn_id)

    async def _edit(self, view: View, turn_id: str) -> bool:
        editor = find_editor(view, turn_id, self._game)
        is_saved = False

        async def save(text: str) -> None:
            nonlocal is_saved
            await self._carry_out(await editor.save(self._game, text))
            is_saved = True

        await self._app.push_screen_wait(
            TextEditor(editor.title, editor.hint, editor.text(self._game), save)
        )
        return is_saved

    async def name(self, turn_id: str) -> bool:
        """Ask for a name, and make the turn a checkpoint."""
        names = branching.names_of_turns(self._game.adventure)
        about = f"Checkpoints: {names[turn_id]}" if turn_id in names else "A checkpoint"
        name = await self._app.push_screen_wait(InputDialog("What is this turn called?", "", about))
        if name:
            effect = await checkpoints.set_checkpoint(self._game, turn_id, name)
            await self._carry_out(effect)
        return bool(name)

    async def fork(self, turn_id: str) -> bool:
        """Make an adventure of its own of the line up to the turn, and play it."""
        title = await self._app.push_screen_wait(
            InputDialog(
                "What is the new adventure called?",
                f"{self._game.adventure.title} (fork)",
                "The story up to this turn becomes an adventure of its own",
            )
        )
        if title is not None:
            await self._carry_out(checkpoints.fork_at(self._game, turn_id, title))
        return title is not None

    async def compare(self, turn_id: str) -> bool:
        """Show where the line to the turn parts from the current one, and how both go on."""
        comparison = checkpoints.compare_with_current(self._game, turn_id)
        await self._app.push_screen(ComparisonScreen(comparison))
        return True

    async def copy(self, turn_id: str) -> bool:
        """Copy the turn as the story shows it."""
        self._app.copy_to_clipboard(render_transcript([self._game.adventure.turns[turn_id]]))
        self._app.notify("The turn is copied.")
        return True
