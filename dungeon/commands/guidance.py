"""The command that chooses how strongly replies follow the player's action."""

from dataclasses import replace

from dungeon.commands.effects import Effect, Message
from dungeon.errors import InputRefused
from dungeon.generator.prompt_format import prompt_format
from dungeon.settings.sampling import GUIDANCE_OFF, MAX_GUIDANCE
from dungeon.turns.game import Game

NOT_SUPPORTED = "This model server cannot guide replies, so they are written without guidance."


async def guidance(game: Game, argument: str) -> Effect:
    """Show or change the guidance for this game. Raises InputRefused."""
    if argument:
        sampling = replace(game.generation_settings.sampling, guidance=_parse(argument))
        game.generation_settings = replace(game.generation_settings, sampling=sampling)
        if not game.busy:
            game.prefetch()  # the prompt without the action, too
    return Message(_describe(game))


def _parse(argument: str) -> float:
    wanted = argument.strip().lower()
    if wanted == "off":
        return GUIDANCE_OFF
    try:
        scale = float(wanted) if len(wanted) < 10 else 0.0
    except ValueError:
        scale = 0.0
    if not GUIDANCE_OFF <= scale <= MAX_GUIDANCE:
        raise InputRefused(
            f"Guidance is off, or a number from {GUIDANCE_OFF:g} to {MAX_GUIDANCE:g}; try "
            "/guidance 1.5 or /guidance off."
        )
    return scale


def _describe(game: Game) -> str:
    scale = game.generation_settings.sampling.guidance
    if scale == GUIDANCE_OFF:
        return "Guidance is off: replies follow your action as the model would by itself."
    if prompt_format(game.generation_settings.prompt_format, game.generator) == "chat":
        return f"Guidance is {scale:g}, for the completion format only. Chats are not guided."
    if not game.generator.supports_guidance:
        return f"Guidance is {scale:g}. {NOT_SUPPORTED}"
    return f"Guidance is {scale:g}: replies follow your action more strongly, at half the speed."
