"""The command that chooses the format of prompts: the story as it is, or a chat."""

from dataclasses import replace

from dungeon.chat import FORMAT_NOTES, FormatChoice
from dungeon.commands.effects import Effect, Message, SaveSettings
from dungeon.errors import InputRefused
from dungeon.generator.prompt_format import prompt_format
from dungeon.text.error_words import did_you_mean, in_quotes
from dungeon.turns.game import Game

NO_TEMPLATE = "This model has no chat template, so it plays in the completion format."


async def change_format(game: Game, argument: str) -> Effect:
    """Show or change the format of this model's prompts. Raises InputRefused."""
    if not argument:
        return Message(describe_format(game))
    choice = _parse(argument)
    set_format(game, choice)
    if not game.busy:
        game.prefetch()
    return SaveSettings({"prompt_format": choice}, describe_format(game))


def set_format(game: Game, choice: FormatChoice) -> None:
    """Use the format from the next turn on."""
    game.generation_settings = replace(game.generation_settings, prompt_format=choice)


def describe_format(game: Game) -> str:
    """Return which format was chosen, and which one is used, in a sentence or two."""
    choice = game.generation_settings.prompt_format
    if choice == "chat" and not game.generator.supports_chat:
        return f"The prompt format is chat. {NO_TEMPLATE}"
    used = prompt_format(choice, game.generator)
    automatic = ", chosen automatically" if choice == "auto" else ""
    return f"The prompt format is {used}{automatic}: {FORMAT_NOTES[used]}."


def _parse(argument: str) -> FormatChoice:
    wanted = argument.strip().lower()
    for choice in FORMAT_NOTES:
        if wanted == choice:
            return choice
    raise InputRefused(
        f"There is no prompt format {in_quotes(argument)}.{did_you_mean(wanted, FORMAT_NOTES)} "
        "Try /format chat, /format completion or /format auto."
    )
