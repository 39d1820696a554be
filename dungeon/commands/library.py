"""Tags, favourites, orders and figures of adventures; rename, export or delete another one."""

from dungeon.commands.effects import ChangeSaves, Effect, Message, OpenView, View
from dungeon.errors import InputRefused
from dungeon.story.labels import ORDERS, parse_tags
from dungeon.story.play_statistics import measure
from dungeon.text.error_words import did_you_mean, in_quotes
from dungeon.turns.game import Game

HOW = (
    "Try /library rename WHICH to TITLE, /library tag WHICH as TAGS (with commas between; - for "
    "none), /library favourite WHICH, /library export WHICH as FORMAT [FILE], or /library delete "
    "WHICH. WHICH is an id or a title, or the beginning of one."
)


async def library(game: Game, argument: str) -> Effect:
    """Rename, tag, star, export or delete a saved adventure; alone, list them."""
    return ChangeSaves(argument) if argument else OpenView(View.SAVES)


async def tag(game: Game, argument: str) -> Effect:
    """Set the tags of this adventure; `-` removes them all, nothing shows them."""
    if argument:
        await game.revise(tags=typed_tags(argument))
    tags = ", ".join(game.adventure.tags)
    return Message(f"The tags are: {tags}." if tags else "This adventure has no tags.")


def typed_tags(typed: str) -> tuple[str, ...]:
    """Return the tags that were typed; none for `-`. Raises InputRefused."""
    return () if typed.strip() == "-" else parse_tags(typed)


async def favourite(game: Game, argument: str) -> Effect:
    """Make this adventure a favourite, or make it none any more."""
    await game.revise(favourite=not game.adventure.favourite)
    return Message(
        "This adventure stands first in the list of saves."
        if game.adventure.favourite
        else "This adventure is no favourite any more."
    )


async def stats(game: Game, argument: str) -> Effect:
    """Say how long this adventure is, and how long it was played."""
    return Message(str(measure(game.adventure)))


async def sort(game: Game, argument: str) -> Effect:
    """Show the saved adventures in an order."""
    order = argument.strip().lower()
    if order not in ORDERS:
        raise InputRefused(
            f"There is no order {in_quotes(argument)}.{did_you_mean(order, ORDERS)} Adventures are "
            f"sorted by {', '.join(ORDERS)}."
        )
    return OpenView(View.SORTED_SAVES, order)
