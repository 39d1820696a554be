"""Suggest actions, and play one that was suggested."""

from dataclasses import replace

from dungeon.commands.dice import roll_if_risky
from dungeon.commands.effects import Effect, OpenView, PlayTurn, View
from dungeon.errors import InputRefused
from dungeon.story import Action
from dungeon.transcript import SEPARATOR
from dungeon.turns import suggestions
from dungeon.turns.game import Game
from dungeon.turns.suggestions import COUNT, SuggestedActions

_TURNS = 2
"""The last turns, of which suggestions name something."""

NO_IDEA = "The model had no idea that is new. Try again, or after another turn."


async def suggest(game: Game, argument: str) -> Effect:
    """Show suggested actions, or play the one with that number. Raises InputRefused."""
    if not argument:
        return OpenView(View.SUGGESTIONS)
    action = suggested_action(game, argument)
    if action is None:
        raise InputRefused(
            "There is no suggestion of that number here; /suggest shows those there are."
        )
    return PlayTurn(game.play(roll_if_risky(game, action)))


def suggested_action(game: Game, typed: str) -> Action | None:
    """Return the action that the number `typed` means, while the story stands where it fits."""
    shown = game.suggestions
    numbers = [str(number) for number in range(1, COUNT + 1)][: len(shown.actions)]
    if shown.head != game.adventure.head or typed not in numbers:
        return None
    return shown.actions[numbers.index(typed)]


async def write_suggestions(game: Game) -> tuple[Action, ...]:
    """Return actions that fit here, other ones than were suggested here before.

    Nothing of them is saved. Raises InputRefused where a turn is played, and GeneratorError.
    """
    adventure, settings, shown = game.adventure, game.generation_settings, game.suggestions
    path = adventure.path()
    earlier = [turn.action for turn in path]
    if shown.head == adventure.head:
        earlier += [action.text for action in shown.actions]
    async with game.idle_engine() as composer:
        context = await composer.compose(adventure, None, settings)
        if context.messages:  # a server's chat cannot be continued in the player's line
            settings = replace(settings, prompt_format="completion")
            context = await composer.compose(adventure, None, settings)
        actions = await suggestions.suggest(
            game.generator,
            context.prompt,
            settings.sampling,
            seed=settings.seed_for(len(adventure.turns)),
            earlier=earlier,
            story="\n".join(f"{turn.action} {turn.text}" for turn in path[-_TURNS:]),
            separator=SEPARATOR if context.format == "completion" else "",
        )
    if actions:
        game.suggestions = SuggestedActions(adventure.head, actions)
    return actions


def suggestion_lines(actions: tuple[Action, ...]) -> list[str]:
    """Return a numbered line for each action."""
    return [f"{number}  {action.text}" for number, action in enumerate(actions, 1)]
