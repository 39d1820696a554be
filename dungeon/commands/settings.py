"""Show and change the player's settings, and the colour theme among them."""

from dungeon.commands.effects import ChangeSetting, Effect, OpenView, View
from dungeon.game import Game


async def settings(game: Game, argument: str) -> Effect:
    """Show all settings or one, or change one. The front end knows them."""
    name, _, value = argument.partition(" ")
    return ChangeSetting(name, value.strip()) if name else OpenView(View.SETTINGS)


async def theme(game: Game, argument: str) -> Effect:
    """Show the themes, or choose one."""
    return ChangeSetting("theme", argument) if argument else OpenView(View.THEMES)
