"""Change how words are sampled: by presets, and setting by setting."""

from dataclasses import replace

from dungeon.commands.effects import Effect, Message, OpenView, SaveSettings, View
from dungeon.errors import InputRefused
from dungeon.settings.presets import Presets
from dungeon.settings.sampling import SamplingField, find_field
from dungeon.turns.game import Game


async def sampling(game: Game, argument: str) -> Effect:
    """Show all settings or one, or change one for this game. Raises InputRefused."""
    name, _, value = argument.partition(" ")
    if not name:
        return OpenView(View.SAMPLING)
    field = find_field(name)
    if not value.strip():
        return Message(describe_field(field, game))
    change(game, field, field.parse(value))
    return Message(
        f"{field.name} is now {field.value_in(game.generation_settings.sampling):g} in this game. "
        "/preset save NAME keeps it."
    )


def change(game: Game, field: SamplingField, value: float) -> None:
    """Change a setting for this game. Raises InputRefused."""
    settings = game.generation_settings
    changed = replace(settings.sampling, **{field.name: field.check(value)})  # type: ignore[arg-type]
    game.generation_settings = replace(settings, sampling=changed)
    if field.name == "guidance" and not game.busy:
        game.prefetch()  # the prompt without the action, too


def describe_field(field: SamplingField, game: Game) -> str:
    """Return the value of a setting, its default, and what it does."""
    value = field.value_in(game.generation_settings.sampling)
    return f"{field.name} is {value:g} (default {field.default:g}). {field.summary}"


async def preset(game: Game, argument: str) -> Effect:
    """Name the presets, choose one, or save or delete one of the player's. Raises InputRefused."""
    word, _, rest = argument.strip().lower().partition(" ")
    name = " ".join(rest.split())
    match word:
        case "":
            return Message(_name_presets(game))
        case "save" | "delete" if not name:
            raise InputRefused(f"Say the name of the preset, behind /preset {word}.")
        case "save":
            settings = game.generation_settings
            presets = settings.presets.with_own(name, settings.sampling)
            return _keep(game, presets, f"The preset {name} is saved.")
        case "delete":
            presets = game.generation_settings.presets.without(name)
            return _keep(game, presets, f"The preset {name} is deleted.")
    name = " ".join(argument.lower().split())
    game.generation_settings = game.generation_settings.with_preset(name)
    return SaveSettings({"preset": name}, f"The story is now told in the {name} manner.")


def _keep(game: Game, presets: Presets, message: str) -> Effect:
    game.generation_settings = replace(game.generation_settings, presets=presets)
    return SaveSettings({"presets": presets.own, "preset": presets.chosen}, message)


def _name_presets(game: Game) -> str:
    settings = game.generation_settings
    presets = settings.presets
    return (
        f"The sampling preset is {presets.describe(settings.sampling)}. "
        f"There are {', '.join(presets.names)}. /preset save NAME keeps your own."
    )
