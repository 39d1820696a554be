"""Move between the replies to an action, and between the branches of a story."""

from dungeon.commands.effects import Effect, OpenView, PlayTurn, StoryChanged, View
from dungeon.errors import InputRefused
from dungeon.story.branching import find_branch, parse_number
from dungeon.turns.game import Game


async def swipe(game: Game, argument: str) -> Effect:
    """Show another reply to the same action: the one with that number, the next or the previous.

    After the last reply comes a new one.
    """
    replies = game.adventure.replies()
    at = next(n for n, turn in enumerate(replies) if turn.id == game.adventure.head)
    match argument:
        case "" | "+" if at + 1 == len(replies):
            return PlayTurn(game.retry(), replaces_last=True)
        case "" | "+":
            wanted = at + 1
        case "-":
            wanted = at - 1
        case _:
            wanted = parse_number(argument) - 1
    if not 0 <= wanted < len(replies):
        count = len(replies)
        raise InputRefused(
            f"There are {count} replies to this action; try /swipe 1 to /swipe {count}."
            if count > 1
            else "There is one reply to this action. /retry writes another."
        )
    await game.move_to(replies[wanted].id)
    return StoryChanged(f"Reply {wanted + 1} of {len(replies)}.")


async def branches(game: Game, argument: str) -> Effect:
    """Show the branches of the story, or go to the end of one, or to a checkpoint."""
    if not argument:
        return OpenView(View.BRANCHES)
    return await go_to(game, find_branch(game.adventure, argument).id)


async def go_to(game: Game, turn_id: str) -> Effect:
    """Go to a turn, on whichever branch it is."""
    turn = await game.move_to(turn_id)
    if not turn.action:
        return StoryChanged("The story goes on from there.")
    return StoryChanged(f"The story stands after: {turn.action}")
