"""Look at the words of the last reply, and write it anew from one of them."""

from dungeon.commands.effects import Effect, OpenView, PlayTurn, View
from dungeon.errors import InputRefused
from dungeon.generator.scored_words import ScoredReply, ScoredWord, scored_words
from dungeon.generator.token_scores import NOT_SUPPORTED, TokenScorer
from dungeon.text import clean_line
from dungeon.text.counts import numbered
from dungeon.turns.game import Game
from dungeon.turns.recorded_prompt import compose_again

NOT_IN_CHAT = "Other words are not known of a chat. /format completion plays without one."


async def alternatives(game: Game, argument: str) -> Effect:
    """Show the words of the last reply with what else they could have been."""
    return OpenView(View.ALTERNATIVES)


async def score_reply(game: Game) -> ScoredReply:
    """Return the words of the last reply, scored after the prompt that it answered, with memory,
    note and lore as they were then.

    Raises InputRefused where there is no reply or the engine cannot tell, and GeneratorError.
    """
    turn, generator = game.adventure.current_turn(), game.generator
    if turn is None or game.adventure.undo_target() is None:
        raise InputRefused("There is no reply to look at yet.")
    if game.scored_reply.turn_id == turn.id:
        return game.scored_reply
    if not isinstance(generator, TokenScorer):
        raise InputRefused(NOT_SUPPORTED)
    async with game.idle_engine() as composer:
        settings, former = game.generation_settings, await game.former_values()
        context = await compose_again(game.adventure, turn, composer, settings, former)
        if context.format != "completion":
            raise InputRefused(NOT_IN_CHAT)
        tokens = await generator.score_tokens(context.prompt, turn.text)
    game.scored_reply = ScoredReply(turn.id, scored_words(tokens))
    return game.scored_reply


async def rewrite(game: Game, argument: str) -> Effect:
    """Write the reply anew from the word with that number on, or from the word put in its place.

    Raises InputRefused where there is no such word.
    """
    number, _, word = argument.partition(" ")
    reply = await score_reply(game)
    count = len(reply.words)
    if not (number.isascii() and number.isdigit() and len(number) < 6) or not (
        1 <= int(number) <= count
    ):
        raise InputRefused(f"{numbered(count, 'word')} in the reply; /alternatives numbers them.")
    in_place = _in_place(clean_line(word), reply.words[int(number) - 1])
    return rewrite_from(game, reply, int(number), in_place)


def rewrite_from(game: Game, reply: ScoredReply, number: int, text: str) -> PlayTurn:
    """Return the turn that keeps `reply` before the word with that number, and then `text`."""
    beginning = reply.beginning(number) + text
    return PlayTurn(game.retry(beginning.rstrip()), replaces_last=True)


def _in_place(word: str, scored: ScoredWord) -> str:
    """Return `word` as it stands in the place of `scored`: the alternative that is so without
    spaces, or else with the space before the scored word.
    """
    if not word:
        return ""
    others = [each.text for each in scored.alternatives]
    meant = next((text for text in others if text.strip() == word.strip()), None)
    space = scored.text[: len(scored.text) - len(scored.text.lstrip())]
    return space + word if meant is None else meant
