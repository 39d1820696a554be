"""Why a command is unavailable now, as a sentence; empty where it is available."""

from dungeon.turns.game import Game


def busy(game: Game) -> str:
    """Say whether a reply is being written."""
    return "The story is still being written. Stop it first." if game.busy else ""


def at_opening(game: Game) -> str:
    """Say whether there is no turn to change."""
    return busy(game) or ("" if game.can_undo else "The story stands at its opening.")


def no_action(game: Game) -> str:
    """Say whether there is no turn with an action, undone ones included."""
    return busy(game) or ("" if game.can_undo or game.can_redo else at_opening(game))


def nothing_undone(game: Game) -> str:
    """Say whether there is no turn to redo."""
    return busy(game) or ("" if game.can_redo else "There is nothing to redo.")


def not_writing(game: Game) -> str:
    """Say whether no reply is being written."""
    return "" if game.busy else "Nothing is being written."
