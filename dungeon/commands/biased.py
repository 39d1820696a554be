"""Make words likelier or less likely in replies. The list is the player's, for every adventure."""

from dataclasses import replace

from dungeon.commands.effects import Effect, OpenView, SaveSettings, View
from dungeon.commands.sampling import ignored_settings
from dungeon.generator.word_bias import BIASED_WORDS
from dungeon.settings.biased_words import Biases, parse_line, parse_lines, with_entry
from dungeon.text.counts import count
from dungeon.turns.game import Game

NOT_SUPPORTED = (
    "This model server does not tell which tokens a word has, so words cannot be biased there."
)


async def bias(game: Game, line: str) -> Effect:
    """Show the list, or change the entry of the words in `line`. Raises InputRefused."""
    if not line.strip():
        return OpenView(View.BIASED)
    entry = parse_line(line)
    changed = with_entry(game.generation_settings.biased_words, entry)
    message = f"“{entry.text}” is not biased any more."
    if entry.bias:
        degree = "more" if entry.bias > 0 else "less"
        message = f"Replies are {degree} likely to say “{entry.text}” ({entry.bias:g})."
    return _save(game, changed, message)


async def set_biased(game: Game, text: str) -> Effect:
    """Make the lines of `text` the list. Raises InputRefused."""
    biases = parse_lines(text.splitlines())
    return _save(game, biases, f"{count(len(biases), 'biased word')}.")


def listed(game: Game) -> str:
    """Return the list as it is edited, an entry a line."""
    return "\n".join(words.line for words in game.generation_settings.biased_words)


def _save(game: Game, biases: Biases, message: str) -> Effect:
    game.generation_settings = replace(game.generation_settings, biased_words=biases)
    if biases and BIASED_WORDS in ignored_settings(game):
        message = f"{message} {NOT_SUPPORTED}"
    return SaveSettings({BIASED_WORDS: {words.text: words.bias for words in biases}}, message)
