"""Quote earlier turns that match the action in a prompt."""

from collections.abc import Sequence
from dataclasses import dataclass

from dungeon import transcript
from dungeon.errors import SavesError
from dungeon.memory import retrieval
from dungeon.memory.retrieval import FindMatches, Match
from dungeon.prompt.context import PromptPart, QuotedTurn
from dungeon.prompt.inputs import PromptInputs
from dungeon.prompt.token_budget import Shares
from dungeon.prompt.token_counter import CountTokens
from dungeon.story import Action, Turn

MIN_QUOTATION_TOKENS = 30
"""Tokens that each quotation gets: in a small context fewer turns are quoted, not shorter ones."""


@dataclass(frozen=True, slots=True)
class Quotations:
    """The quotations of a prompt."""

    turns: tuple[QuotedTurn, ...]
    part: PromptPart
    """All of them, as a part of the prompt."""
    chosen: tuple[Match, ...] = ()
    """The matches that were to be quoted; of some there may be no room for a sentence."""
    error: str = ""
    """Why earlier turns could not be searched: a turn goes on without."""


async def quote_matches(inputs: PromptInputs, line: Sequence[Turn], shares: Shares) -> Quotations:
    """Return quotations from the turns of `line` that are left out, in their share.

    The turns that were quoted before are kept while the story begins with the same turn.
    """
    if inputs.find is None or not shares.quoted:
        return Quotations((), await _part((), inputs.count))
    left_out = line[: shares.start]
    matches, error = await _search(left_out, _query(inputs.action, line), inputs.find)
    most = min(max(shares.quoted // MIN_QUOTATION_TOKENS, 1), retrieval.MAX_QUOTED)
    is_trimmed = line[shares.start].id != inputs.first
    chosen = retrieval.choose(matches, inputs.quoted, left_out, anew=is_trimmed, limit=most)
    quoted = await _quote(chosen, line, shares.quoted, inputs.count)
    return Quotations(quoted, await _part(quoted, inputs.count), tuple(chosen), error)


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


async def _part(quotations: Sequence[QuotedTurn], count: CountTokens) -> PromptPart:
    texts = [quotation.text for quotation in quotations]
    tokens = [await count(text + transcript.SEPARATOR) for text in texts]
    return PromptPart("earlier", transcript.SEPARATOR.join(texts), sum(tokens))
