"""Roll for actions, and change the dice rules of an adventure."""

from random import Random

from dungeon import actions
from dungeon.commands.effects import Effect, Message, OpenView, PlayTurn, View
from dungeon.dice import DEFAULT_THRESHOLD, SIDES, Roll, find_risk, has_roll, without_roll
from dungeon.dice.rules_text import change_rules
from dungeon.errors import InputRefused
from dungeon.story import Action, Kind, Turn
from dungeon.turns.game import Game

ROLL_HELP = (
    f"The die has {SIDES} sides. What it shows and the attribute of what you do have to reach the "
    f"adventure's threshold, {DEFAULT_THRESHOLD} unless you change it. A 1 always fails badly, a "
    f"{SIDES} always succeeds brilliantly. /attributes shows and changes attributes and threshold."
)


async def roll(game: Game, argument: str) -> Effect:
    """Play an action whose outcome a die decides; each time it is thrown anew."""
    action = actions.parse_action(argument, Kind.DO)
    if action.kind is Kind.CONTINUE:
        raise InputRefused("Say what you try, behind /roll.")
    action = action.with_text(without_roll(action.text))  # one that was typed does not count
    return PlayTurn(game.play(action.with_roll(_throw(game, action, game.rng()))))


def roll_if_risky(game: Game, action: Action, *, place: str | None = None) -> Action:
    """Return `action` with a roll, where the adventure's rules want one for it.

    At one place of the story, by default the head, an action has one roll: it is the same when the
    action is sent again after undo, or after an error.
    """
    rules = game.adventure.dice
    is_rolled = not rules.risky or action.kind is not Kind.DO or has_roll(action.text)
    if is_rolled or find_risk(action.text, rules) is None:
        return action
    return action.with_roll(_throw(game, action, _fixed_rng(game, action, place)))


def roll_as_before(game: Game, action: Action, last: Turn) -> Action:
    """Return the action that the player plays in place of `last`, rolled for if that one was.

    The same words keep their roll.
    """
    if last.roll and action.text == without_roll(last.action):
        return action.with_roll(last.roll)
    rolled = roll_if_risky(game, action, place=last.parent)
    if rolled.roll or has_roll(action.text) or not has_roll(last.action):
        return rolled
    return action.with_roll(_throw(game, action, _fixed_rng(game, action, last.parent)))


async def attributes(game: Game, argument: str) -> Effect:
    """Show the dice rules of the adventure, or change them."""
    return await change(game, argument) if argument else OpenView(View.ATTRIBUTES)


async def change(game: Game, text: str) -> Effect:
    """Change the dice rules as the player types it. Raises InputRefused or NotSaved."""
    rules, message = change_rules(game.adventure.dice, text)
    await game.revise(dice=rules)
    return Message(message)


def _throw(game: Game, action: Action, rng: Random) -> Roll:
    rules = game.adventure.dice
    risk = find_risk(action.text, rules)
    die = rng.randint(1, SIDES)
    if risk is None or risk.attribute is None:
        return Roll(die, rules.threshold)
    return Roll(die, rules.threshold, risk.attribute.name, risk.attribute.modifier)


def _fixed_rng(game: Game, action: Action, place: str | None) -> Random:
    """Return a random generator that is the same for an action at one place of the story."""
    at = place or game.adventure.head or ""
    seed = game.generation_settings.seed
    if seed is not None:  # the ids of turns are random
        at = f"{seed}/{len(game.adventure.path_to(at)) if at else 0}"
    return Random(f"{at} {action.text}")
