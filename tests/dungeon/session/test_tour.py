"""Test the tour in line mode, and what it names."""

import io

from dungeon.plain.line_reader import LineReader
from dungeon.plain.text_writer import TextWriter
from dungeon.plain.tour import show_tour
from dungeon.session.tour import STEPS, tour_text


async def shown_for(typed: str) -> str:
    out = io.StringIO()
    await show_tour(LineReader(io.StringIO(typed)), TextWriter(out))
    return out.getvalue()


async def test_enter_goes_on_and_anything_else_skips():
    assert "(3 of 3)" in await shown_for("\n\n\n")
    skipped = await shown_for("s\n\n\n")
    assert "(1 of 3)" in skipped
    assert "(2 of 3)" not in skipped


def test_every_command_of_the_tour_exists():
    from dungeon.commands import find

    words = (word.rstrip(",.;") for word in tour_text().split())
    names = [word.removeprefix("/") for word in words if word.startswith("/")]
    assert len(names) > 5
    assert [find(name).name for name in names] == names
    assert len(STEPS) == 3
