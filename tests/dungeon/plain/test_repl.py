"""Test line mode from lines in to lines out, on a scripted model and real saves."""

from pathlib import Path

from dungeon.session.launcher import LaunchOptions
from tests.dungeon.plain.line_mode_run import ROOM, LineModeRun


async def test_a_pipe_plays_a_game(line_mode: LineModeRun) -> None:
    assert await line_mode("look around", '"hello"', "/quit") == 0
    out = line_mode.out.getvalue()
    assert line_mode.marked == ["> You look around.", '> You say "Hello."']
    assert f"> You look around.\n\n{ROOM}\n\n> You say" in out
    assert out.startswith("The Lamp Is Low\n\nThe dark under Castle Marrow")
    assert line_mode.saved[0].turns == 3
    assert line_mode.saved[0].id in line_mode.messages.getvalue()


async def test_what_is_wrong_in_the_settings_is_said_first(line_mode: LineModeRun) -> None:
    line_mode.notices = ("`keys.rety` in the settings is no binding.",)
    assert await line_mode("/quit") == 0
    assert line_mode.messages.getvalue().startswith(line_mode.notices[0])


async def test_a_pipe_is_handed_to_no_editor(line_mode: LineModeRun) -> None:
    assert await line_mode("/editor", "/quit") == 2
    assert "An editor needs a terminal" in line_mode.messages.getvalue()


async def test_the_end_of_the_input_ends_the_game(line_mode: LineModeRun) -> None:
    assert await line_mode("look around") == 0
    assert ROOM in line_mode.out.getvalue()


async def test_a_refusal_is_shown_and_sets_the_exit_code(line_mode: LineModeRun) -> None:
    assert await line_mode("/dance", "look around") == 2
    assert "no command “/dance”" in line_mode.messages.getvalue()
    assert ROOM in line_mode.out.getvalue()


async def test_a_failing_model_ends_a_pipe_and_keeps_the_action(own_home: Path) -> None:
    line_mode = LineModeRun(own_home, [{"error": "The engine fell over."}])
    assert await line_mode("look around", "wait") == 1
    assert "engine fell over" in line_mode.messages.getvalue()
    assert line_mode.saved[0].turns == 1
    await line_mode("/quit", start=LaunchOptions(last=True))
    assert "You had begun: You look around." in line_mode.messages.getvalue()
