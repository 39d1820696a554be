"""Quote earlier turns that match the action in a prompt."""

from collections.abc import Sequence

from dungeon import transcript
from dungeon.errors import SavesError
from dungeon.memory import retrieval
from dungeon.memory.retrieval import FindMatches, Match
from dungeon.prompt.context import PromptPart, QuotedTurn
from dungeon.prompt.token_counter import CountTokens
from dungeon.story import Action, Turn

MIN_QUOTATION_TOKENS = 30
"""Tokens that each quotation gets: in a small context fewer turns are quoted, not shorter ones."""


async def quote_matches(
    action: Action | None,
    line: Sequence[Turn],
    left_out: int,
    find: FindMatches,
    *,
    quoted: Sequence[Match],
    anew: bool,
    room: int,
    count: CountTokens,
) -> tuple[tuple[QuotedTurn, ...], str]:
    """Return quotations from the first `left_out` turns of `line` in `room` tokens, or why there
    was no search: a turn goes on without.

    The turns `quoted` before are kept, unless they are to be chosen `anew`.
    """
    turns = line[:left_out]
    matches, error = await _search(turns, _query(action, line), find)
    most = min(max(room // MIN_QUOTATION_TOKENS, 1), retrieval.MAX_QUOTED)
    chosen = retrieval.choose(matches, quoted, turns, anew=anew, limit=most)
    return await _quote(chosen, line, room, count), error


def _query(action: Action | None, line: Sequence[Turn]) -> str:
    """Return what to search for: the action, or the last one where there is none yet."""
    return (action.text if action else "") or line[-1].action


async def _search(
    left_out: Sequence[Turn], query: str, find: FindMatches
) -> tuple[Sequence[Match], str]:
    """Return the matches for `query`, or why there was no search: a turn goes on without."""
    words = retrieval.query_words(query)
    try:
        return (await find(words, left_out) if words else ()), ""
    except SavesError as error:
        return (), str(error)


async def _quote(
    chosen: Sequence[Match], line: Sequence[Turn], room: int, count: CountTokens
) -> tuple[QuotedTurn, ...]:
    """Return quotations of the chosen turns, each in an equal part of the room."""
    wanted = {match.turn_id for match in chosen}
    turns = {turn.id: (number, turn) for number, turn in enumerate(line, 1) if turn.id in wanted}
    quotations: list[QuotedTurn] = []
    for match in chosen:
        number, turn = turns[match.turn_id]
        text = await _fit_quotation(turn, match, room // len(chosen), count)
        if text:
            quotations.append(QuotedTurn(match, number, text))
    return tuple(quotations)


async def _fit_quotation(turn: Turn, match: Match, room: int, count: CountTokens) -> str:
    """Return a quotation of at most `room` tokens; it is empty if not even a sentence fits."""
    text = retrieval.quote(turn)
    characters = len(text)
    while text and (tokens := await count(text + transcript.SEPARATOR)) > room:
        characters = int(characters * min(room / tokens, 0.9))  # less each time, so that this ends
        text = retrieval.quote_part(turn, match.words, characters)
    return text


async def quotations_part(quotations: Sequence[QuotedTurn], count: CountTokens) -> PromptPart:
    """Return the quotations as a part of the prompt."""
    texts = [quotation.text for quotation in quotations]
    tokens = [await count(text + transcript.SEPARATOR) for text in texts]
    return PromptPart("earlier", transcript.SEPARATOR.join(texts), sum(tokens))
