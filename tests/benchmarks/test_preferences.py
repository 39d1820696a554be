"""The simulated player of the preference benchmark."""

import asyncio
from pathlib import Path

from benchmarks import preferences as benchmark
from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session import Session
from dungeon.settings import Settings
from dungeon.turns import preferences

SHORT = "The door is shut, and rain runs down it."
LONG = "The bell of the old harbour rings twice. Somewhere behind the wall a dog begins to bark."
OTHER = "A lamp goes out on the far side of the yard. Nobody lights it again that night."


def test_openings_have_a_first_action() -> None:
    [first, *_] = benchmark.openings(3)
    assert first.text.startswith("You are")
    assert first.action.startswith("You ")


async def test_the_player_goes_on_from_the_shorter_reply(tmp_path: Path) -> None:
    """Whether it came first or second."""
    for replies in ((SHORT, LONG, OTHER), (LONG, SHORT, OTHER)):
        home = Home(tmp_path / replies[0][:8])
        session = Session(home, Settings(), seed=1, generator=ScriptedGenerator(replies))
        opening = benchmark.Opening("a", "You wake in a boathouse.", "You look around.")
        await benchmark.play(session, opening, turns=1)
        library = session.library
        adventure = library.load(str(library.latest_id()))
        [pair] = await preferences.read_pairs(adventure, library, preferences.Report())
        assert (pair.comparison.chosen.text, pair.comparison.rejected.text) == (SHORT, LONG)
        await session.close()


def test_pairs_without_a_visible_difference_are_left_out(tmp_path: Path) -> None:
    home = Home(tmp_path)
    session = Session(home, Settings(), seed=1, generator=ScriptedGenerator([LONG, OTHER, SHORT]))
    opening = benchmark.Opening("a", "You wake in a boathouse.", "You look around.")
    asyncio.run(benchmark.play(session, opening, turns=1))
    asyncio.run(session.close())
    assert asyncio.run(benchmark.visible_pairs(home)) == []
