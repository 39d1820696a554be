"""Ban phrases from replies, and allow them again. The list is the player's, for every adventure."""

from collections.abc import Iterable
from dataclasses import replace

from dungeon.commands.effects import Effect, OpenView, SaveSettings, View
from dungeon.errors import InputRefused
from dungeon.text import clean_line, cliches
from dungeon.text.counts import count
from dungeon.text.error_words import did_you_mean, in_quotes
from dungeon.text.phrases import normalise
from dungeon.turns.game import Game


async def ban(game: Game, phrase: str) -> Effect:
    """Ban `phrase`."""
    (added,) = cliches.parse_phrases([phrase]) or ("",)
    if not added:
        raise InputRefused("Say which words, behind /ban.")
    listed = game.generation_settings.banned_phrases
    if normalise(added) in map(normalise, listed):
        raise InputRefused(f"\u201c{added}\u201d is banned already. /banned lists all phrases.")
    return _save(game, (*listed, added), f"No reply will say \u201c{added}\u201d.")


async def unban(game: Game, phrase: str) -> Effect:
    """Allow `phrase` again."""
    listed = game.generation_settings.banned_phrases
    left = tuple(each for each in listed if normalise(each) != normalise(phrase))
    if len(left) == len(listed):
        guess = did_you_mean(clean_line(phrase), listed)
        raise InputRefused(
            f"{in_quotes(clean_line(phrase))} is not banned.{guess} /banned lists all phrases."
        )
    return _save(game, left, f"Replies may say \u201c{clean_line(phrase)}\u201d again.")


async def banned(game: Game, argument: str) -> Effect:
    """Show the list."""
    return OpenView(View.BANNED)


async def set_banned(game: Game, text: str) -> Effect:
    """Ban the phrases in the lines of `text`, and no others."""
    phrases = cliches.parse_phrases(text.splitlines())
    return _save(game, phrases, f"{count(len(phrases), 'phrase')} banned.")


def _save(game: Game, phrases: Iterable[str], message: str) -> Effect:
    phrases = cliches.parse_phrases(phrases)
    game.generation_settings = replace(game.generation_settings, banned_phrases=phrases)
    own, allowed = cliches.split(phrases)
    return SaveSettings({"banned_phrases": own, "allowed_phrases": allowed}, message)
