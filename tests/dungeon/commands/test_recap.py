"""`/recap`, and what a player who comes back is told."""

from datetime import UTC, datetime, timedelta

from dungeon.commands import parse_line
from dungeon.commands.effects import Message
from dungeon.commands.recap import NOTHING_FOUND, TOO_SHORT, recap, recap_on_return
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.story import Adventure, Kind, Turn
from dungeon.turns.game import Game
from tests.dungeon.memory_saves import MemorySaves
from tests.rows import every_row

PLAYED = datetime(2026, 3, 1, tzinfo=UTC)


def story(turns: int) -> Adventure:
    adventure = Adventure("a", "T")
    for n in range(turns):
        kind = Kind.DO if n else Kind.OPENING
        text = f"Old Marta gives you key number {n}. The wind blows."
        adventure = adventure.with_turn(
            Turn(str(n), adventure.head, kind, "You go.", text, created=PLAYED)
        )
    return adventure


def test_a_recap_is_a_few_sentences_of_what_came_before_the_last_turn() -> None:
    told = recap(story(30))
    assert told.startswith("Previously: Old Marta gives you key number ")
    assert told.count("key number") == 4
    assert "number 29" not in told


def test_a_recap_tells_what_happened_and_not_that_the_player_looked_around() -> None:
    adventure = story(1)
    for number in range(1, 20):
        text = "The guard falls dead." if number == 9 else "You look around. It is dark."
        turn = Turn(str(number), adventure.head, Kind.DO, "You hit the guard.", text)
        adventure = adventure.with_turn(turn)
    assert recap(adventure) == (
        "Previously: Old Marta gives you key number 0. The guard falls dead."
    )


@every_row(
    ("turns", "pause", "is_told"),
    [(30, timedelta(hours=2), True), (30, timedelta(minutes=9), False), (4, timedelta(9), False)],
)
def test_who_comes_back_after_a_pause_to_a_long_story_is_told(
    turns: int, pause: timedelta, is_told: bool
) -> None:
    assert bool(recap_on_return(story(turns), PLAYED + pause)) == is_told


async def test_the_command_says_it_at_any_time() -> None:
    foreign = Adventure("a", "T")
    for number in range(20):
        kind = Kind.DO if number else Kind.OPENING
        foreign = foreign.with_turn(Turn(str(number), foreign.head, kind, "", "Здесь тихо."))
    told_of = ((story(30), recap(story(30))), (story(2), TOO_SHORT), (foreign, NOTHING_FOUND))
    for adventure, told in told_of:
        game = Game(MemorySaves(), ScriptedGenerator([]), adventure)
        assert await parse_line("/recap").run(game) == Message(told)
        await game.close()
