"""Show and change the player's settings: the colour theme and speech have commands of their own."""

from dungeon.commands.effects import ChangeSetting, Effect, OpenView, Speak, View
from dungeon.errors import InputRefused
from dungeon.turns.game import Game


async def settings(game: Game, argument: str) -> Effect:
    """Show all settings or one, or change one. The front end knows them."""
    name, _, value = argument.partition(" ")
    return ChangeSetting(name, value.strip()) if name else OpenView(View.SETTINGS)


async def theme(game: Game, argument: str) -> Effect:
    """Show the themes, or choose one."""
    return ChangeSetting("theme", argument) if argument else OpenView(View.THEMES)


async def speak(game: Game, argument: str) -> Effect:
    """Say whether replies are spoken, change that, or speak the last one. Raises InputRefused."""
    match argument.strip().lower():
        case "" | "on" | "off" as wanted:
            return ChangeSetting("speech", wanted)
        case "again":
            last = game.adventure.current_turn()
            return Speak(last.text if last else "")
    raise InputRefused("Replies are spoken or not; try /speak on, /speak off or /speak again.")
