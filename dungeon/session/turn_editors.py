"""Editors for the reply and the action of any turn, in both front ends."""

from dungeon.commands.edited_actions import HOW, editable_action
from dungeon.commands.edits import change_action, change_reply, keeps_its_reply
from dungeon.commands.effects import Effect, View
from dungeon.session.views import EDITORS, Editor
from dungeon.story import Turn
from dungeon.story.edited_line import turns_after
from dungeon.turns.game import Game

_KEPT = "What follows goes on from your wording. The old line is kept as a branch."
_ALL_KEPT = "The reply and what follows stay. The old line is kept as a branch."


def find_editor(view: View, turn_id: str, game: Game) -> Editor:
    """Return the editor that `view` is: for the reply or the action of the turn `turn_id`, by
    default the last one.
    """
    turn = game.adventure.turns.get(turn_id)
    if turn is None:
        return EDITORS[view]
    return _action_editor(turn, game) if view is View.ACTION else _reply_editor(turn, game)


def _reply_editor(turn: Turn, game: Game) -> Editor:
    async def save(game: Game, text: str) -> Effect:
        return await change_reply(game, text, turn.id)

    number = len(game.adventure.path_to(turn.id))
    is_followed = bool(turns_after(game.adventure, turn.id))
    return Editor(
        f"The reply of turn {number:,}",
        _KEPT if is_followed else EDITORS[View.REPLY].hint,
        f"edit --turn {number}",
        lambda _: turn.text,
        save,
    )


def _action_editor(turn: Turn, game: Game) -> Editor:
    async def save(game: Game, text: str) -> Effect:
        return await change_action(game, text, turn.id)

    number = len(game.adventure.path_to(turn.id))
    is_kept = keeps_its_reply(game, turn)
    return Editor(
        f"The action of turn {number:,}",
        f"{_ALL_KEPT} {HOW}" if is_kept else EDITORS[View.ACTION].hint,
        f"action --turn {number}",
        lambda _: editable_action(turn),
        save,
    )
