"""Test what is written of a turn under way in lines."""

from pathlib import Path

from tests.dungeon.plain.line_mode_run import LineModeRun, Terminal


async def test_only_an_attempt_that_was_shown_is_said_to_be_discarded(own_home: Path) -> None:
    mine = "I saw it, and my brother saw it."
    line_mode = LineModeRun(own_home, ["", " hear the rain stop."])
    await line_mode("look around")
    assert "You hear the rain stop." in line_mode.out.getvalue()
    assert "once more" not in line_mode.messages.getvalue()
    line_mode = LineModeRun(own_home, [mine, " hear it begin again."])
    await line_mode("look around")
    assert "(That was somebody else's story; once more.)" in line_mode.messages.getvalue()


async def test_a_shown_attempt_that_is_discarded_is_taken_back_in_words(own_home: Path) -> None:
    loop = f"The bell rings. It rings{' again and again' * 8}. It ends."
    line_mode = LineModeRun(own_home, [loop, "It is quiet."])
    line_mode.terminal = Terminal()
    await line_mode("listen")
    assert line_mode.terminal.getvalue().endswith("and again.\n\nIt is quiet.\n\n")
    said = "(That went in circles; once more. The reply above is taken back.)"
    assert said in line_mode.messages.getvalue()


async def test_a_reply_that_says_a_word_twice_is_written_again_and_says_so(own_home: Path) -> None:
    line_mode = LineModeRun(own_home, ["A cry comes from the breathing breathing.", "It is quiet."])
    await line_mode("listen")
    assert line_mode.out.getvalue().endswith("It is quiet.\n\n")
    assert "(That said a word twice; once more" in line_mode.messages.getvalue()
