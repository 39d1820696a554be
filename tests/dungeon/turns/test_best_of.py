"""Best-of-n: which of several replies is kept, what is shown, and when enough are written."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace

import pytest

from dungeon.commands.provenance import describe
from dungeon.generator import Event, Request, TextChunk
from dungeon.generator.scripted import Reply, ScriptedGenerator, ScriptStep
from dungeon.prompt.settings_record import parse
from dungeon.settings.generation import GenerationSettings
from dungeon.turns.best_of import Likelihood
from dungeon.turns.game import Game
from dungeon.turns.generation import AttemptRejected
from tests.dungeon.memory_saves import MemorySaves
from tests.dungeon.turns.games import FOX, LOOK, RAIN, ROOM, WAIT, done, events_of, opened, shown
from tests.patience import loop_until

FOUR = GenerationSettings(seed=7, best_of=4)
SHIP = "Nobody steers the ship that comes in. Its bell rings twice, and the gulls fall silent."
DOUBLED = "A voice comes from the breathing breathing."


class LikelyGenerator(ScriptedGenerator):
    """A scripted model that tells how likely each word of a reply was; 0.5 in others."""

    def __init__(self, likely: Mapping[str, float], *replies: ScriptStep) -> None:
        super().__init__(replies)
        self.likely = {text.split()[0]: probability for text, probability in likely.items()}

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        probability = 0.0
        async for event in super().stream(request):
            if isinstance(event, TextChunk):
                probability = probability or self.likely.get(event.text.strip(), 0.5)
                yield replace(event, probability=probability)
            else:
                yield event


@pytest.fixture
def saves() -> MemorySaves:
    return MemorySaves()


def game_with(
    saves: MemorySaves, generator: ScriptedGenerator, settings: GenerationSettings = FOUR
) -> Game:
    return Game(saves, generator, opened(), settings)


def asked(generator: ScriptedGenerator) -> list[Request]:
    return [request for request in generator.requests if request.max_tokens]


def test_short_replies_do_not_win_by_their_length_alone() -> None:
    short, long, odd = Likelihood(), Likelihood(), Likelihood()
    for probability in (0.4, 0.4):
        short = short.plus(probability)
    for probability in (0.8,) * 8:
        long = long.plus(probability)
    for probability in (*(0.8,) * 7, 0.001):
        odd = odd.plus(probability)
    assert long.log_probability < short.log_probability * 0.9
    assert long.rank > short.rank > odd.rank
    assert long.mean == pytest.approx(0.8)
    assert Likelihood().plus(0.0).rank < -10  # what cannot be is no error


async def test_the_likeliest_reply_is_kept(saves: MemorySaves) -> None:
    generator = LikelyGenerator({RAIN: 0.4, FOX: 0.8, ROOM: 0.6, SHIP: 0.2}, RAIN, FOX, ROOM, SHIP)
    game = game_with(saves, generator)
    events = await events_of(game.play(LOOK))
    turn = done(events).turn
    assert turn.text == FOX
    assert shown(events) == FOX  # the others never stood on the screen
    assert not any(isinstance(event, AttemptRejected) for event in events)
    assert turn.provenance.attempts == 4
    assert turn.provenance.seed == asked(generator)[1].seed
    record = parse(turn.provenance.settings)
    assert record is not None
    assert record.likelihood == 0.8
    assert record.compared == 4
    assert "It is the likeliest of 4 replies: 80% a token on average." in describe(turn.provenance)
    await game.close()


async def test_a_reply_that_comes_twice_ends_the_search(saves: MemorySaves) -> None:
    generator = LikelyGenerator({RAIN: 0.4, FOX: 0.8}, RAIN, FOX, FOX, ROOM)
    game = game_with(saves, generator)
    turn = done(await events_of(game.play(LOOK))).turn
    assert (turn.text, turn.provenance.attempts) == (FOX, 3)
    await game.close()


async def test_a_flawed_reply_does_not_win(saves: MemorySaves) -> None:
    generator = LikelyGenerator({DOUBLED: 0.9, RAIN: 0.1}, DOUBLED, RAIN, DOUBLED, DOUBLED)
    game = game_with(saves, generator)
    assert done(await events_of(game.play(LOOK))).turn.text == RAIN
    await game.close()


async def test_the_last_attempt_is_free_only_where_all_others_were_flawed(
    saves: MemorySaves,
) -> None:
    generator = LikelyGenerator({}, *[DOUBLED] * 4, RAIN, *[DOUBLED] * 3)
    game = game_with(saves, generator)
    assert done(await events_of(game.play(LOOK))).turn.text == DOUBLED  # no turn is lost
    assert done(await events_of(game.play(WAIT))).turn.text == RAIN
    first, second = asked(generator)[3], asked(generator)[7]
    assert first.banned_phrases != asked(generator)[0].banned_phrases
    assert second.banned_phrases == asked(generator)[4].banned_phrases
    await game.close()


async def test_more_replies_than_attempts_can_be_asked_for(saves: MemorySaves) -> None:
    generator = LikelyGenerator({}, RAIN, FOX, ROOM, SHIP)
    game = game_with(saves, generator, replace(FOUR, best_of=6))
    turn = done(await events_of(game.play(LOOK))).turn
    assert turn.provenance.attempts == len(asked(generator)) == 6
    await game.close()


async def test_one_reply_is_enough_where_no_others_are_wanted(saves: MemorySaves) -> None:
    generator = LikelyGenerator({}, RAIN)
    game = game_with(saves, generator, replace(FOUR, best_of=1))
    events = await events_of(game.play(LOOK))
    turn = done(events).turn
    assert (turn.text, turn.provenance.attempts) == (RAIN, 1)
    assert len([event for event in events if isinstance(event, TextChunk)]) > 1  # as it is written
    assert "likeliest" not in describe(turn.provenance)
    await game.close()


async def test_an_engine_that_tells_no_probabilities_shows_the_first_reply_as_it_is_written(
    saves: MemorySaves,
) -> None:
    generator = ScriptedGenerator([RAIN, FOX])
    game = game_with(saves, generator)
    events = await events_of(game.play(LOOK))
    assert (done(events).turn.text, shown(events).strip()) == (RAIN, RAIN)
    assert len([event for event in events if isinstance(event, TextChunk)]) > 1
    assert len(asked(generator)) == 1
    await game.close()


async def test_stopping_keeps_the_best_so_far(saves: MemorySaves) -> None:
    endless = Reply("The water", then="hang")
    generator = LikelyGenerator({RAIN: 0.3, FOX: 0.6}, RAIN, FOX, endless)
    game = game_with(saves, generator)
    playing = asyncio.create_task(events_of(game.play(LOOK)))
    await loop_until(lambda: len(asked(generator)) >= 3)
    game.stop()
    turn = done(await playing).turn
    assert (turn.text, turn.provenance.ended) == (FOX, "stopped")
    await game.close()


async def test_stopping_the_first_keeps_what_is_there(saves: MemorySaves) -> None:
    generator = LikelyGenerator({}, Reply("Rain begins on the roof. Somewhere", then="hang"))
    game = game_with(saves, generator)
    playing = asyncio.create_task(events_of(game.play(LOOK)))
    await loop_until(lambda: game._writer.generation and "roof" in game._writer.generation.shown)
    game.stop()
    assert done(await playing).turn.text.startswith("Rain begins on the roof.")
    await game.close()


async def test_an_attempt_that_was_cut_off_does_not_win_over_a_finished_one(
    saves: MemorySaves,
) -> None:
    cut = "The water rises to the third plank. A bell rings. Then"
    generator = LikelyGenerator({RAIN: 0.3, FOX: 0.6}, RAIN, FOX, Reply(cut, then="hang"))
    game = game_with(saves, generator)
    playing = asyncio.create_task(events_of(game.play(LOOK)))
    await loop_until(lambda: game._writer.generation and "rings" in game._writer.generation.shown)
    game.stop()
    assert done(await playing).turn.text == FOX
    await game.close()


async def test_what_is_shown_stays_where_the_player_stops_it_then(saves: MemorySaves) -> None:
    other = "An eel swims past the door door."
    generator = LikelyGenerator({}, DOUBLED, DOUBLED, DOUBLED, other)
    game = game_with(saves, generator)
    seen = ""
    async for event in game.play(LOOK):
        if isinstance(event, TextChunk):
            seen += event.text
            assert game._writer.generation is not None
            assert game._writer.generation.shown == seen  # what a crash would leave
            game.stop()
    turn = game.adventure.current_turn()
    assert turn is not None
    assert turn.text == seen
    await game.close()


async def test_without_probabilities_there_are_no_more_attempts_than_usual(
    saves: MemorySaves,
) -> None:
    generator = ScriptedGenerator([*[DOUBLED] * 4, RAIN])
    game = game_with(saves, generator, replace(FOUR, best_of=6))
    events = await events_of(game.play(LOOK))
    assert len(asked(generator)) == 4
    assert len([event for event in events if isinstance(event, AttemptRejected)]) == 3
    await game.close()


async def test_a_reply_that_tells_no_probability_does_not_win(saves: MemorySaves) -> None:
    class Forgetful(LikelyGenerator):
        async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
            is_later = len(asked(self)) == 1 and bool(request.max_tokens)
            async for event in super().stream(request):
                if is_later and isinstance(event, TextChunk):
                    event = replace(event, probability=None)
                yield event

    game = game_with(saves, Forgetful({RAIN: 0.2}, RAIN, FOX), replace(FOUR, best_of=2))
    assert done(await events_of(game.play(LOOK))).turn.text == RAIN
    await game.close()


async def test_only_the_very_last_attempt_is_free(saves: MemorySaves) -> None:
    generator = LikelyGenerator({}, *[DOUBLED] * 6)
    game = game_with(saves, generator, replace(FOUR, best_of=6))
    turn = done(await events_of(game.play(LOOK))).turn
    first, *others = asked(generator)
    are_free = [each.banned_phrases != first.banned_phrases for each in others]
    assert are_free == [False] * 4 + [True]
    assert "It took 6 attempts; the others were rejected." in describe(turn.provenance)
    await game.close()
