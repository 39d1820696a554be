"""Tests of a game's prompts: earlier turns are found, quoted, and quoted again when prefetching."""

from collections.abc import Sequence

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.memory.retrieval import Match
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.turns.game import Game
from dungeon.turns.turn_events import TurnSaved
from tests.dungeon.memory_saves import MemorySaves

FIND_ROPE = Action(Kind.DO, "You find the rope.")
ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."
FOX = "A fox walks in as if it paid the rent. It looks at the rope, then at you."


class FoundTurns:
    """A search that finds one turn, and remembers what was asked."""

    def __init__(self, turn_id: str) -> None:
        self.turn_id = turn_id
        self.asked: list[tuple[str, ...]] = []

    def matching_turns(
        self, adventure_id: str, words: Sequence[str], *, among: Sequence[str], limit: int
    ) -> list[Match]:
        self.asked.append(tuple(words))
        return [Match(self.turn_id, tuple(words))] if self.turn_id in among else []


def long_game(search: FoundTurns, *replies: str) -> Game:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    story = Adventure("a", "The Boathouse").with_turn(opening)
    for number in range(60):
        text = f"Passage {number} is told, and it goes on for some more words."
        turn = Turn(str(number), story.head, Kind.DO, f"You do thing {number}.", text)
        story = story.with_turn(turn)
    generator = ScriptedGenerator(replies, context_length=600)
    return Game(MemorySaves(), generator, story, GenerationSettings(seed=7), turn_search=search)


async def play(game: Game) -> Turn:
    events = [event async for event in game.play(FIND_ROPE)]
    assert isinstance(events[-1], TurnSaved)
    return events[-1].turn


async def test_earlier_turns_that_match_the_action_are_quoted() -> None:
    search = FoundTurns("3")
    game = long_game(search, ROOM)
    await play(game)
    await game.wait_for_prefetch()
    asked, ahead = game.generator.requests[-2:]  # type: ignore[attr-defined]
    quotation = "[Earlier in the story: You do thing 3. Passage 3 is told, and"
    assert asked.prompt.startswith(quotation)
    assert (ahead.max_tokens, ahead.prompt[:500]) == (0, asked.prompt[:500])
    assert search.asked[-2:] == [("find", "rope")] * 2
    assert game.context is not None
    assert [quoted.number for quoted in game.context.quoted] == [5]
    await game.close()


async def test_a_quoted_turn_is_not_told_again() -> None:
    told = "Passage 3 is told, and it goes on for some more words."
    game = long_game(FoundTurns("3"), f"{told} {FOX}")
    assert (await play(game)).text == FOX
    await game.close()


async def test_nothing_is_searched_where_retrieval_is_off() -> None:
    search = FoundTurns("3")
    game = long_game(search, ROOM)
    game.generation_settings = GenerationSettings(seed=7, retrieval=False)
    await play(game)
    assert search.asked == []
    assert game.context is not None
    assert game.context.quoted == ()
    await game.close()


async def test_the_requests_of_an_adventure_have_one_session_which_is_not_its_id() -> None:
    game = long_game(FoundTurns("none"), "The rope is wet.", "It is still wet.")
    sessions = set()
    for _ in range(2):
        await play(game)
        await game.wait_for_prefetch()
        assert isinstance(game.generator, ScriptedGenerator)
        sessions |= {request.session for request in game.generator.requests}
    await game.close()
    assert len(sessions) == 1
    assert len(sessions.pop()) == 32
