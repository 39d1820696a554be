"""Take turns back, and go forward again."""

from dungeon.commands.effects import Effect, StoryChanged
from dungeon.errors import InputRefused
from dungeon.story.branching import parse_number
from dungeon.turns.game import Game


async def undo(game: Game, argument: str) -> Effect:
    """Take the last turn back, or as many as are asked for. Raises InputRefused."""
    most = len(game.adventure.path()) - 1
    count = _count(argument, most, "taken back", "undo")
    turn = await game.undo(count)
    if count > 1:
        return StoryChanged(f"{count} turns are taken back. /redo {count} brings them again.")
    return StoryChanged(f"Taken back: {turn.action}" if turn.action else "Taken back.")


async def redo(game: Game, argument: str) -> Effect:
    """Go forward by one undone turn, or by as many as are asked for. Raises InputRefused."""
    count = _count(argument, len(game.adventure.undone()), "done again", "redo")
    turn = await game.redo(count)
    if count > 1:
        return StoryChanged(f"{count} turns are done again.")
    return StoryChanged(f"Done again: {turn.action}" if turn.action else "Done again.")


def _count(argument: str, most: int, what: str, command: str) -> int:
    """Return the number that was typed, 1 where none was. Raises InputRefused."""
    count = parse_number(argument) if argument else 1
    if not 1 <= count <= most:
        turns = "1 turn" if most == 1 else f"1 to {most:,} turns"
        raise InputRefused(
            f"{turns} can be {what} here; try /{command} {min(max(count, 1), most)}."
        )
    return count
