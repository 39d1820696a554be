"""Test that the speed of the model in play is known while it is played."""

from pathlib import Path

from dungeon.files.home import Home
from dungeon.models.overview import summarise
from dungeon.models.speeds import Speed
from dungeon.session import Session
from dungeon.settings import Settings
from dungeon.story import Adventure, Kind, Turn


async def test_a_speed_is_kept_with_the_reply_and_again_where_it_changes(tmp_path: Path) -> None:
    home = Home(tmp_path)
    session = Session(home, Settings(), model="grue-135m")
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    game = session.game(Adventure("a", "The Boathouse").with_turn(opening))
    session.play_on(game)

    def listed() -> Speed | None:
        models = summarise(home.models)
        return next(each.speed for each in models if each.entry.name == "grue-135m")

    kept = []
    for speed in (14.0, 14.5, 28.0):
        game.tokens_per_second = speed
        assert game.on_speed is not None
        game.on_speed()
        kept.append(listed())
    assert [each and each.tokens_per_second for each in kept] == [14.0, 14.0, 28.0]
    await session.close()
