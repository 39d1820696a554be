"""Change how words are sampled: by presets, and setting by setting."""

from dataclasses import replace

from dungeon.commands.effects import Effect, Message, OpenView, SaveSettings, View
from dungeon.commands.guidance import NOT_SUPPORTED
from dungeon.errors import InputRefused
from dungeon.generator import SamplingLimits
from dungeon.settings.presets import Presets
from dungeon.settings.sampling_fields import SamplingField, find_field
from dungeon.turns.game import Game

NOT_TAKEN = "This model server does not take it."


async def sampling(game: Game, argument: str) -> Effect:
    """Show all settings or one, or change one for this game. Raises InputRefused."""
    name, _, value = argument.partition(" ")
    if not name:
        return OpenView(View.SAMPLING)
    field = find_field(name)
    if not value.strip():
        return Message(describe_field(field, game))
    change(game, field, field.parse(value))
    said = (
        f"{field.name} is now {field.value_in(game.generation_settings.sampling):g} in this game. "
        "/preset save NAME keeps it."
    )
    return Message(f"{said} {NOT_TAKEN}" if field.name in ignored_settings(game) else said)


def ignored_settings(game: Game) -> frozenset[str]:
    """Return the names of the sampling settings that the engine does not take."""
    generator = game.generator
    return generator.ignored_settings if isinstance(generator, SamplingLimits) else frozenset()


def summary_of(field: SamplingField, game: Game) -> str:
    """Return what a setting does, and whether the engine does not take it."""
    if field.name == "guidance" and not game.generator.supports_guidance:
        return NOT_SUPPORTED
    return f"{field.summary} {NOT_TAKEN}" if field.name in ignored_settings(game) else field.summary


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
    return f"{field.name} is {value:g} (default {field.default:g}). {summary_of(field, game)}"


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
