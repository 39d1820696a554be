"""Name turns, go to them by name or number, compare branches, and fork an adventure."""

from dungeon.commands.branches import go_to
from dungeon.commands.effects import (
    BeginAdventure,
    Effect,
    Message,
    OpenView,
    View,
)
from dungeon.errors import InputRefused
from dungeon.story import branching, checkpoints
from dungeon.story.branching import Comparison
from dungeon.text import clean_line, safety
from dungeon.text.counts import count
from dungeon.text.error_words import did_you_mean, in_quotes
from dungeon.turns.game import Game


async def checkpoint(game: Game, argument: str) -> Effect:
    """Name the current turn; `- NAME` forgets a name; without an argument, list all."""
    if not argument:
        return OpenView(View.CHECKPOINTS)
    if argument.startswith("-"):
        return await forget_checkpoint(game, argument.removeprefix("-").strip())
    head = game.adventure.head
    if head is None:
        raise InputRefused("There is no turn to name yet.")
    return await set_checkpoint(game, head, argument)


async def set_checkpoint(game: Game, turn_id: str, name: str) -> Effect:
    """Give a turn a name. A name that other turns have moves to this one."""
    name, now = clean_line(name), game.adventure.checkpoints
    if not name or name.isdecimal() or name.startswith("-"):
        raise InputRefused("A checkpoint needs a name, like `/checkpoint the bridge`.")
    if len(name) > branching.MAX_NAME:
        raise InputRefused(f"A checkpoint's name has at most {branching.MAX_NAME} characters.")
    if name not in now and len(now) >= branching.MAX_CHECKPOINTS:
        raise InputRefused(f"An adventure has at most {branching.MAX_CHECKPOINTS} checkpoints.")
    named = now.get(name, ())
    if turn_id not in named:
        await game.revise(checkpoints=checkpoints.with_name(now, name, turn_id))
    others = "another turn" if len(named) == 1 else count(len(named), "other turn")
    moved = f" It named {others} before." if named and turn_id not in named else ""
    return Message(f"This turn is the checkpoint “{name}”.{moved}")


async def forget_checkpoint(game: Game, name: str, turn_id: str = "") -> Effect:
    """Remove a checkpoint's name from the turn `turn_id`, by default from the one that it means
    here; the turn stays.
    """
    found = branching.find_checkpoint(game.adventure, name)
    if found is None:
        guess = did_you_mean(name, game.adventure.checkpoints)
        raise InputRefused(
            f"There is no checkpoint {in_quotes(name, branching.MAX_NAME)}.{guess} /checkpoints "
            "lists them."
        )
    meant = turn_id or checkpoints.turn_of(game.adventure, found)
    left = checkpoints.without(game.adventure.checkpoints, found, meant)
    await game.revise(checkpoints=left)
    if others := len(left.get(found, ())):
        still = "one of another branch is" if others == 1 else f"{others} of other branches are"
        return Message(f"This turn is not called “{found}” any more; {still}.")
    return Message(f"“{found}” is no checkpoint any more; its turn is still there.")


async def goto(game: Game, argument: str) -> Effect:
    """Go to a checkpoint, or to the turn with that number on this line."""
    return await go_to(game, branching.find_turn(game.adventure, argument).id)


async def compare(game: Game, argument: str) -> Effect:
    """Compare two branches, by default one with the current line."""
    find_comparison(game, argument)  # refuses what cannot be compared before a view opens
    return OpenView(View.COMPARISON, argument)


def find_comparison(game: Game, argument: str) -> Comparison:
    """Return how the branches `A with B`, or the current line and `B` alone, compare.

    Raises InputRefused.
    """
    adventure = game.adventure
    first, separator, second = argument.partition(" with ")
    if separator:
        left, right = (
            branching.find_branch(adventure, part.strip()).id for part in (first, second)
        )
    else:
        right = branching.find_branch(adventure, argument.strip()).id
        left = adventure.head or right
    if left == right:
        raise InputRefused("That is one and the same branch. /branches lists the others.")
    return branching.compare(adventure, left, right)


def compare_with_current(game: Game, turn_id: str) -> Comparison:
    """Return how the current line and the one to a turn compare. Raises InputRefused."""
    head = game.adventure.head or turn_id
    if head == turn_id:  # chosen where the others are seen
        raise InputRefused("The story stands at this turn. Compare with one of another branch.")
    return branching.compare(game.adventure, head, turn_id)


async def fork(game: Game, argument: str) -> Effect:
    """Make an adventure of its own of the line up to the current turn."""
    if game.adventure.head is None:
        raise InputRefused("There is no turn to fork at yet.")
    return fork_at(game, game.adventure.head, argument)


def fork_at(game: Game, turn_id: str, title: str = "") -> Effect:
    """Make an adventure of its own of the line up to a turn. Raises InputRefused."""
    title = clean_line(title) or f"{game.adventure.title} (fork)"
    safety.refuse_forbidden(title)
    forked = branching.fork(game.adventure, turn_id, title)
    return BeginAdventure(forked, f"You play the fork now; “{game.adventure.title}” is unchanged.")
