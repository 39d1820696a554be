"""Test that a turn can be played, stopped, retried, undone, redone and changed on the screen."""

import asyncio
import shlex
import sys
from contextlib import nullcontext

import pytest
from textual import events

from dungeon.errors import GeneratorError
from dungeon.generator.scripted import Reply
from dungeon.session.launcher import LaunchOptions
from dungeon.story import Kind
from dungeon.tui.screens.lore import LoreScreen
from dungeon.tui.screens.state import StateScreen
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.widgets.safe_text import SafeTextArea
from dungeon.tui.widgets.turn import ProseView
from tests.dungeon.tui.driver import LONG, adventure, notices, visible_text

ON = LaunchOptions(last=True)

UNENDING = Reply(LONG.partition(" most of them")[0], "hang")
"""A reply that is still being written however long the screen takes to be painted."""


async def test_do_shows_the_action_and_the_reply(open_app):
    async with open_app(
        ["The door swings open on a cold hall."], saved=[adventure()], start=ON
    ) as t:
        await t.send("open the door")
        assert t.actions()[-1] == "You open the door."
        assert t.prose()[-1] == "The door swings open on a cold hall."
        assert t.game.adventure.current_turn().text == "The door swings open on a cold hall."
        assert t.play.prompt_bar.text == ""


async def test_tab_goes_through_the_modes(open_app):
    async with open_app(["Nobody answers you."], saved=[adventure()], start=ON) as t:
        await t.pilot.press("tab")
        assert t.play.prompt_bar.mode is Kind.SAY
        await t.send("who is there?")
        assert t.actions()[-1] == 'You say "Who is there?"'
        await t.pilot.press("tab")
        assert t.play.prompt_bar.mode is Kind.STORY
        await t.pilot.press("tab")
        assert t.play.prompt_bar.mode is Kind.DO
        await t.pilot.press("shift+tab")
        assert t.play.prompt_bar.mode is Kind.STORY


async def test_story_mode_takes_prose(open_app):
    async with open_app(["It does not stop for hours."], saved=[adventure()], start=ON) as t:
        await t.pilot.press("shift+tab")
        await t.send("Rain begins to fall.")
        assert t.prose()[-2:] == ["Rain begins to fall.", "It does not stop for hours."]


async def test_enter_alone_continues(open_app):
    async with open_app(["The night goes on."], saved=[adventure()], start=ON) as t:
        actions = t.actions()
        await t.pilot.press("enter")
        await t.wait_until_idle()
        assert t.actions() == actions
        assert t.game.adventure.current_turn().kind is Kind.CONTINUE
        assert t.prose()[-1] == "The night goes on."


async def test_a_reply_is_shown_while_it_is_written(open_app):
    async with open_app([UNENDING], saved=[adventure()], start=ON) as t:
        await t.type("go")
        await t.pilot.press("enter")
        await t.wait_until(lambda: "left wall" in str(list(t.play.query(ProseView))[-1].content))
        assert t.play.is_writing
        assert "writing" in t.activity


async def test_escape_stops_a_reply_and_keeps_it(open_app):
    async with open_app([UNENDING], saved=[adventure()], start=ON) as t:
        await t.type("go")
        await t.pilot.press("enter")
        await t.wait_until(lambda: "scratched" in t.prose()[-1])
        await t.pilot.press("escape")
        await t.wait_until_idle()
        last = t.game.adventure.current_turn()
        assert last.provenance.ended == "stopped"
        assert t.prose()[-1] == last.text
        assert len(last.text) < len(LONG)


async def test_stopping_before_a_word_gives_the_action_back(open_app):
    async with open_app([Reply("", "hang")], saved=[adventure()], start=ON) as t:
        await t.type("go down")
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.generator.requests and t.play.is_writing)
        await t.pilot.press("escape")
        await t.wait_until_idle()
        assert t.play.prompt_bar.text == "go down"
        assert len(t.game.adventure.path()) == 3
        assert len(t.prose()) == 3


async def test_escape_clears_the_line_and_up_brings_it_back(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.type("go dow")
        await t.pilot.press("escape")
        assert t.play.prompt_bar.text == ""
        await t.pilot.press("up")
        assert t.play.prompt_bar.text == "go dow"
        await t.pilot.press("escape", "up")
        assert t.play.prompt_bar.text == "go dow"
        await t.pilot.press("up")  # it is there once
        assert t.play.prompt_bar.text == "go dow"


async def test_a_small_screen_shows_the_line_of_the_cursor_and_the_way_back(open_app):
    async with open_app(saved=[adventure()], start=ON, size=(40, 12)) as t:
        await t.type("line one")
        for number in ("two", "three", "four", "five", "six"):
            await t.pilot.press("ctrl+j")
            await t.type(f"line {number}")
        assert "line five" in visible_text(t)
        assert "line six" in visible_text(t)
        await t.pilot.press("f8")
        await t.wait_for_screen(StateScreen)
        assert "Back" in visible_text(t)
        await t.pilot.press("escape", "f4")
        await t.wait_for_screen(LoreScreen)
        assert t.app.screen.query_one("#lore-test").placeholder in visible_text(t)
        await t.pilot.press("escape", "escape")
        t.play.activity.show_message("A long sentence goes on. " * 16)
        await t.wait_until(lambda: "A long sentence" in visible_text(t))
        assert "What do you do?" in visible_text(t)


@pytest.mark.parametrize("line", ["/undo", "/branches", "/goto 1", "/frobnicate", "/action go"])
async def test_a_line_refused_while_a_reply_is_written_says_why(open_app, line):
    async with open_app([UNENDING], saved=[adventure()], start=ON) as t:
        await t.type("go")
        await t.pilot.press("enter")
        await t.wait_until(lambda: "writing" in t.activity)
        await t.type(line)
        await t.pilot.press("enter")
        await t.wait_until(lambda: notices(t))
        assert t.play.prompt_bar.text == line
        assert notices(t)[0].startswith(
            "There is no" if line == "/frobnicate" else "The story is still being written."
        )


async def test_a_key_that_does_nothing_while_a_reply_is_written_says_why(open_app):
    async with open_app([UNENDING], saved=[adventure()], start=ON) as t:
        await t.type("go")
        await t.pilot.press("enter")
        await t.wait_until(lambda: "writing" in t.activity)
        await t.pilot.press("ctrl+b")
        await t.wait_until(lambda: notices(t))
        assert notices(t) == ["The story is still being written. Stop it first."]
        assert len(t.game.adventure.path()) == 3


async def test_an_answer_to_a_command_is_read_while_a_reply_is_written(open_app):
    async with open_app([UNENDING], saved=[adventure()], start=ON) as t:
        await t.type("go")
        await t.pilot.press("enter")
        await t.wait_until(lambda: "writing" in t.activity)
        await t.type("/title")
        await t.pilot.press("enter")
        await t.wait_until(lambda: notices(t) == ["This adventure is called The Lamp."])


async def test_lines_sent_while_a_reply_is_written_are_played_after_it(open_app):
    gate = asyncio.Event()
    held = Reply("The gate opens.", gate=gate)
    async with open_app([held, "It rains.", "It snows."], saved=[adventure()], start=ON) as t:
        await t.type("open")
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.play.is_writing)
        for line in ("wait", "look", "run"):
            await t.type(line)
            await t.pilot.press("enter")
        await t.wait_until(lambda: "› wait   › look   › run" in visible_text(t))
        assert t.play.prompt_bar.text == ""
        await t.pilot.press("up")
        assert t.play.prompt_bar.text == "run"
        gate.set()
        await t.wait_until(lambda: t.prose()[-1] == "It snows.")
        await t.wait_until_idle()
        assert t.actions()[-3:] == ["You open.", "You wait.", "You look."]
        assert t.play.prompt_bar.text == "run"
        assert "›" not in visible_text(t)


async def test_a_failure_plays_no_line_that_waited(open_app):
    gate = asyncio.Event()
    broken = Reply("The gate", GeneratorError("The engine fell over."), gate)
    async with open_app([broken], saved=[adventure()], start=ON) as t:
        await t.type("open")
        await t.pilot.press("enter")
        await t.type("run")
        await t.pilot.press("enter")
        gate.set()
        await t.wait_until(lambda: "fell over" in t.activity)
        await t.pilot.pause()
        assert t.play.prompt_bar.text == "open"
        assert not t.play.is_writing
        await t.pilot.press("up", "up")
        assert t.play.prompt_bar.text == "open"


async def test_keys_behind_enter_belong_to_the_next_line(open_app):
    async with open_app(["It rains.", "It snows."], saved=[adventure()], start=ON) as t:
        keys = [events.Key(k, k) for k in "lamp"] + [events.Key("enter", "\r")]
        for key in [*keys, events.Key("g", "g"), events.Key("o", "o")]:  # without a pause
            t.app.post_message(key)
        await t.wait_until(lambda: t.prose()[-1] == "It rains.")
        await t.wait_until_idle()
        assert t.actions()[-1] == "Lamp."
        assert t.play.prompt_bar.text == "go"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
async def test_pasted_lines_keep_their_ends(open_app, end):
    async with open_app(saved=[adventure()], start=ON) as t:
        t.app.post_message(events.Paste(f"look at it{end}open it"))
        await t.wait_until(lambda: t.play.prompt_bar.text == "look at it\nopen it")
        assert t.play.prompt_bar.input.size.height == 2
        await t.pilot.press("escape")
        await t.send("/memory")
        await t.wait_for_screen(TextEditor)
        editor = t.app.screen.query_one(SafeTextArea)
        t.app.post_message(events.Paste(f"one{end}two"))
        await t.wait_until(lambda: editor.text == "one\ntwo")


async def test_retry_replaces_the_last_reply(open_app):
    async with open_app(["One thing happens.", "Another thing happens."],
                      saved=[adventure()], start=ON) as t:  # fmt: skip
        await t.send("wait")
        await t.pilot.press("ctrl+r")
        await t.wait_until_idle()
        assert t.prose()[-1] == "Another thing happens."
        assert "One thing happens." not in t.prose()
        assert t.actions().count("You wait.") == 1


async def test_a_retry_that_says_nothing_new_adds_no_reply(open_app):
    same = "One thing happens."
    async with open_app([same] * 5, saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.pilot.press("ctrl+r")
        await t.wait_until_idle()
        assert t.prose().count(same) == 1
        assert "so none is added" in t.activity
        assert len(t.game.adventure.replies()) == 1


async def test_the_token_count_follows_an_undo(open_app):
    async with open_app([LONG], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.wait_until(lambda: t.game.context and LONG[:40] in t.game.context.prompt)
        shown = visible_text(t)
        await t.pilot.press("ctrl+z")
        await t.wait_until(lambda: t.game.context and LONG[:40] not in t.game.context.prompt)
        assert f"{t.game.context.tokens:,}" in visible_text(t) != shown


async def test_undo_and_redo(open_app):
    async with open_app(["A bell rings far away."], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.pilot.press("ctrl+z")
        await t.wait_until(lambda: "Taken back" in t.activity)
        assert "A bell rings far away." not in t.prose()
        await t.pilot.press("ctrl+y")
        await t.wait_until(lambda: t.prose()[-1] == "A bell rings far away.")


async def test_a_failing_generator_gives_the_action_back_and_a_second_try_works(open_app):
    broken = GeneratorError("The engine fell over.")
    async with open_app([broken, "It works this time."], saved=[adventure()], start=ON) as t:
        await t.send("open the gate")
        assert "The engine fell over." in t.activity
        assert t.play.prompt_bar.text == "open the gate"
        assert len(t.prose()) == 3
        await t.pilot.press("enter")
        await t.wait_until_idle()
        assert t.prose()[-1] == "It works this time."


async def test_a_failing_retry_shows_the_old_reply_again(open_app):
    broken = GeneratorError("The engine fell over.")
    async with open_app(["A first reply stands.", broken], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.pilot.press("ctrl+r")
        await t.wait_until_idle()
        assert t.prose()[-1] == "A first reply stands."
        assert "The engine fell over." in t.activity


async def test_a_failure_keeps_what_was_typed_meanwhile(open_app):
    gate = asyncio.Event()
    broken = Reply("The gate", GeneratorError("The engine fell over."), gate)
    async with open_app([broken], saved=[adventure()], start=ON) as t:
        await t.type("open")
        await t.pilot.press("enter")
        await t.type("new")
        gate.set()
        await t.wait_until_idle()
        assert t.play.prompt_bar.text == "new"
        await t.pilot.press("up")
        assert t.play.prompt_bar.text == "open"


async def test_up_and_down_recall_earlier_lines(open_app):
    async with open_app(["It is done."] * 3, saved=[adventure()], start=ON) as t:
        await t.send("first")
        await t.send("second")
        await t.type("half")
        await t.pilot.press("up")
        assert t.play.prompt_bar.text == "second"
        await t.pilot.press("up")
        assert t.play.prompt_bar.text == "first"
        await t.pilot.press("down", "down")
        assert t.play.prompt_bar.text == "half"
        await t.pilot.press("ctrl+j", "x", "up")  # within the prompt first
        assert t.play.prompt_bar.text == "half\nx"
        await t.pilot.press("up")
        assert t.play.prompt_bar.text == "second"
    async with open_app(start=ON) as t:
        await t.pilot.press("up", "up")
        assert t.play.prompt_bar.text == "first"


async def test_the_players_own_editor_writes_into_the_prompt(open_app, monkeypatch):
    code = "import sys; open(sys.argv[1], 'a').write(' and run\\naway')"
    monkeypatch.setenv("VISUAL", shlex.join([sys.executable, "-c", code]))
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.type("look")
        await t.pilot.press("ctrl+x")
        await t.wait_until(lambda: "cannot be handed to an editor" in t.activity)
        monkeypatch.setattr(t.app, "suspend", nullcontext)  # a headless terminal has no state
        await t.pilot.press("ctrl+x")
        await t.wait_until(lambda: t.play.prompt_bar.text == "look and run\naway")
        assert t.play.prompt_bar.input.size.height == 2


async def test_the_last_reply_can_be_edited(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+l")
        await t.wait_until(lambda: isinstance(t.app.screen, TextEditor))
        t.app.screen.query_one(SafeTextArea).text = "My own wording."
        await t.pilot.press("ctrl+s")
        await t.wait_until_idle()
        assert t.prose()[-1] == "My own wording."
        assert t.game.adventure.current_turn().provenance.ended == "edited"


async def test_the_last_action_can_be_edited(open_app):
    async with open_app(["The window was open."], saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+t")
        await t.wait_until(lambda: isinstance(t.app.screen, TextEditor))
        assert t.app.screen.query_one(SafeTextArea).text == "You do thing 2."
        t.app.screen.query_one(SafeTextArea).text = "climb through the window"
        await t.pilot.press("ctrl+s")
        await t.wait_until_idle()
        assert t.actions()[-1] == "You climb through the window."
        assert "You do thing 2." not in t.actions()
        assert t.prose()[-1] == "The window was open."


async def test_speech_is_edited_in_quotation_marks_and_becomes_a_deed_without_them(open_app):
    replies = ["Silence falls.", "A laugh is heard.", "It opens."]
    async with open_app(replies, saved=[adventure()], start=ON) as t:
        await t.send("who is there?")
        for text, action in (
            ('"Anybody?"', 'You say "Anybody?"'),
            ("open the door", "You open the door."),
        ):
            shown = '"Who is there?"' if text.startswith('"') else '"Anybody?"'
            await t.pilot.press("ctrl+t")
            await t.wait_for_screen(TextEditor)
            assert t.app.screen.query_one(SafeTextArea).text == shown
            t.app.screen.query_one(SafeTextArea).text = text
            await t.pilot.press("ctrl+s")
            await t.wait_until_idle()
            assert t.actions()[-1] == action


async def test_a_discarded_attempt_gives_way_to_the_next(open_app):
    loop = "The bell rings again and again. " * 6
    async with open_app([loop, "Then it is quiet."], saved=[adventure()], start=ON) as t:
        await t.send("listen")
        assert t.prose()[-1] == "Then it is quiet."
        await t.wait_until(lambda: not t.play.query(".discarded"))
        assert t.game.adventure.current_turn().provenance.attempts == 2
