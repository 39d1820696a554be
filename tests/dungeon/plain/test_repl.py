"""Tests of plain mode from lines in to lines out, on a scripted model and real saves."""

import io
import json
from pathlib import Path

import pytest

from dungeon.home import Home
from dungeon.plain.line_reader import LineReader
from dungeon.plain.repl import Repl
from dungeon.plain.text_writer import TextWriter
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings

ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."
RAIN = "Rain begins on the roof. Somewhere below, a door closes with great care."
LAMP = LaunchOptions(scenario="lamp")


class Sitting:
    """One run of plain mode: what was typed, and what came out of it."""

    def __init__(self, home: Path, script: list[object]) -> None:
        self.home = Home(home)
        self._script = home.parent / "script.json"
        self._script.write_text(json.dumps({"replies": script}))

    async def __call__(self, *lines: str, start: LaunchOptions = LAMP) -> int:
        self.out, self.messages = io.StringIO(), io.StringIO()
        session = Session(self.home, Settings(), model=f"scripted:{self._script}", seed=7)
        typed = io.StringIO("".join(f"{line}\n" for line in lines))
        repl = Repl(session, LineReader(typed), TextWriter(self.out), self.messages)
        try:
            return await repl.run(start)
        finally:
            self.saved = session.library.summaries()
            await session.close()

    @property
    def marked(self) -> list[str]:
        return [line for line in self.out.getvalue().splitlines() if line.startswith(">")]


@pytest.fixture
def sitting(own_home: Path) -> Sitting:
    return Sitting(own_home, [ROOM, RAIN])


async def test_a_pipe_plays_a_game(sitting: Sitting) -> None:
    assert await sitting("look around", '"hello"', "/quit") == 0
    out = sitting.out.getvalue()
    assert sitting.marked == ["> You look around.", '> You say "Hello."']
    assert f"> You look around.\n\n{ROOM}\n\n> You say" in out
    assert out.startswith("The Lamp Is Low\n\nThe dark under Castle Marrow")
    assert sitting.saved[0].turns == 3
    assert sitting.saved[0].id in sitting.messages.getvalue()


async def test_only_what_was_told_is_said_to_be_told_anew(own_home: Path) -> None:
    mine = "I saw it, and my brother saw it."
    sitting = Sitting(own_home, ["", " hear the rain stop."])
    await sitting("look around")
    assert "You hear the rain stop." in sitting.out.getvalue()
    assert "once more" not in sitting.messages.getvalue()
    sitting = Sitting(own_home, [mine, " hear it begin again."])
    await sitting("look around")
    assert "(That was somebody else's story; once more)" in sitting.messages.getvalue()


async def test_the_end_of_the_input_ends_the_game(sitting: Sitting) -> None:
    assert await sitting("look around") == 0
    assert ROOM in sitting.out.getvalue()


async def test_the_last_adventure_goes_on(sitting: Sitting) -> None:
    await sitting("look around")
    assert await sitting("/print", start=LaunchOptions(last=True)) == 0
    assert sitting.out.getvalue().count(ROOM) == 2
    adventure = sitting.saved[0].id
    assert await sitting("/undo", start=LaunchOptions(adventure=adventure[:6])) == 0
    assert sitting.saved[0].turns == 1


async def test_quick_asks_nothing(sitting: Sitting) -> None:
    assert await sitting("/quit", start=LaunchOptions(quick=True)) == 0
    assert "${" not in sitting.out.getvalue()


async def test_what_is_refused_is_said_and_remembered(sitting: Sitting) -> None:
    assert await sitting("/dance", "look around") == 2
    assert "no command /dance" in sitting.messages.getvalue()
    assert ROOM in sitting.out.getvalue()


async def test_a_failing_model_ends_a_pipe_and_keeps_the_action(own_home: Path) -> None:
    sitting = Sitting(own_home, [{"error": "The engine fell over."}])
    assert await sitting("look around", "wait") == 1
    assert "engine fell over" in sitting.messages.getvalue()
    assert sitting.saved[0].turns == 1
    await sitting("/quit", start=LaunchOptions(last=True))
    assert "You had begun: You look around." in sitting.messages.getvalue()


async def test_every_panel_has_words(sitting: Sitting) -> None:
    lines = [
        "look",
        "/help",
        "/memory",
        "/note",
        "/edit",
        "/action",
        "/context",
        "/model",
        "/saves",
    ]
    assert await sitting(*lines, "/search rope", "/search xyzzy", "/menu") == 0
    out = sitting.out.getvalue()
    for said in ("/undo", "Memory", "Author's note", "tokens", "scripted", "rope"):
        assert said in out
    assert len(sitting.marked) == 1


async def test_another_adventure_and_back(sitting: Sitting) -> None:
    await sitting("look around")
    first = sitting.saved[0].id
    assert (
        await sitting("/new ferry", f"/load {first}", "/title Back", start=LaunchOptions(last=True))
        == 0
    )
    assert {summary.title for summary in sitting.saved} == {"Back", sitting.saved[1].title}
    assert len(sitting.saved) == 2


async def test_an_unknown_opening_is_refused_with_those_there_are(sitting: Sitting) -> None:
    from dungeon.errors import InputRefused

    with pytest.raises(InputRefused, match="lamp"):
        await sitting(start=LaunchOptions(scenario="nowhere"))
