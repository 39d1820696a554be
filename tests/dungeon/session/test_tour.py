"""Test the tour in line mode, and when there is one."""

import io

from dungeon.files.home import Home
from dungeon.plain.line_reader import LineReader
from dungeon.plain.text_writer import TextWriter
from dungeon.plain.tour import show_tour
from dungeon.session.tour import STEPS, is_first_run, tour_text
from dungeon.settings import Settings


async def shown_for(typed: str) -> str:
    out = io.StringIO()
    await show_tour(LineReader(io.StringIO(typed)), TextWriter(out))
    return out.getvalue()


async def test_enter_goes_on_and_anything_else_skips():
    assert "(3 of 3)" in await shown_for("\n\n\n")
    skipped = await shown_for("s\n\n\n")
    assert "(1 of 3)" in skipped
    assert "(2 of 3)" not in skipped


def test_the_tour_is_for_a_first_start_that_has_not_seen_it(tmp_path):
    home = Home(tmp_path)
    assert is_first_run(Settings(), home)
    assert not is_first_run(Settings(tour=False), home)
    home.saves.touch()
    assert not is_first_run(Settings(), home)


def test_every_command_of_the_tour_exists():
    from dungeon.commands import find

    words = (word.rstrip(",.;") for word in tour_text().split())
    names = [word.removeprefix("/") for word in words if word.startswith("/")]
    assert len(names) > 5
    assert [find(name).name for name in names] == names
    assert len(STEPS) == 3
