"""Test the panels: memory, note, context, the whole story, help, saves, models, the palette."""

from itertools import chain

import pytest
from textual.command import CommandList, CommandPalette

from dungeon.commands.guidance import NOT_SUPPORTED
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings, load
from dungeon.tui.key_bindings import key_label, label_keys
from dungeon.tui.key_check import bindings_of
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.context import ContextScreen
from dungeon.tui.screens.help import HelpScreen
from dungeon.tui.screens.models import ModelsScreen
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.saves import SavesScreen
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.screens.title import TitleScreen
from dungeon.tui.screens.transcript import TranscriptScreen
from dungeon.tui.widgets.prompt_input import HANDLED_KEYS
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic, SafeTextArea
from dungeon.tui.widgets.story_view import StoryView
from dungeon.tui.widgets.suggestions import Suggestions
from dungeon.tui.widgets.token_bar import TokenBar, render_bar
from tests.dungeon.tui.driver import adventure

ON = LaunchOptions(last=True)


async def test_the_memory_is_saved(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+g")
        await t.wait_for_screen(TextEditor)
        await t.type("dark")
        await t.pilot.press("ctrl+s")
        await t.wait_for_screen(PlayScreen)
        assert t.game.adventure.memory == "dark"
        assert t.app.session.library.load("a1").memory == "dark"


async def test_the_note_is_saved_and_emptied(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        for words in ("be brief", ""):
            await t.pilot.press("ctrl+n")
            await t.wait_for_screen(TextEditor)
            t.app.screen.query_one(SafeTextArea).text = words
            await t.pilot.press("ctrl+s")
            await t.wait_for_screen(PlayScreen)
            assert t.app.session.library.load("a1").note == words


async def test_leaving_an_editor_asks_only_where_words_would_be_lost(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+g")
        await t.wait_for_screen(TextEditor)
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)
        await t.pilot.press("ctrl+g")
        await t.wait_for_screen(TextEditor)
        await t.type("dark")
        await t.pilot.press("escape")
        await t.wait_for_screen(ConfirmDialog)
        await t.pilot.press("escape")
        await t.wait_for_screen(TextEditor)
        assert t.app.screen.query_one(SafeTextArea).text == "dark"
        await t.pilot.press("escape")
        await t.wait_for_screen(ConfirmDialog)
        await t.pilot.press("y")
        await t.wait_for_screen(PlayScreen)
        assert t.game.adventure.memory == ""


async def test_a_refused_text_stays_in_the_editor(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+l")
        await t.wait_for_screen(TextEditor)
        t.app.screen.query_one(SafeTextArea).text = "   "
        await t.pilot.press("ctrl+s")
        await t.pilot.pause()
        assert isinstance(t.app.screen, TextEditor)
        assert "empty reply" in str(t.app.screen.query_one(".error").content)


async def test_the_context_shows_every_part_and_the_prompt(open_app):
    async with open_app(["It rains."], saved=[adventure()], start=ON) as t:
        await t.send("/memory You are a cook.")
        await t.send("wait")
        await t.game.wait_for_prefetch()
        await t.pilot.press("f2")
        await t.wait_for_screen(ContextScreen)
        assert len(t.app.screen.query(TokenBar)) == len(t.game.context.parts)
        assert t.app.screen.query_one("#prompt").text == t.game.context.prompt
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)


async def test_the_context_shows_the_quoted_turns_and_the_reason(open_app):
    async with open_app(["It rains."], saved=[adventure(200)], start=ON, size=(100, 16)) as t:
        await t.send("find passage 7")
        await t.game.wait_for_prefetch()
        await t.pilot.press("f2")
        await t.wait_for_screen(ContextScreen)
        shown = [str(each.content) for each in t.app.screen.query(".excerpt").results(SafeStatic)]
        assert any(
            "Turn 8 is quoted; it matches: 7.\n[Earlier in the story: You do thing 7." in text
            for text in shown
        )
        for tab in range(2):  # the keys scroll the visible panel while the tabs have the focus
            panel = t.app.screen.query(".panel")[tab]
            await t.pilot.press("end")
            await t.wait_until(lambda panel=panel: panel.scroll_y == panel.max_scroll_y > 0)
            await t.pilot.press("pageup")
            await t.wait_until(lambda panel=panel: panel.scroll_y < panel.max_scroll_y)
            await t.pilot.press("home", "right")
            await t.wait_until(lambda panel=panel: panel.scroll_y == 0)


async def test_the_settings_switch_retrieval_off(open_app):
    off = Settings(retrieval=False)
    async with open_app(saved=[adventure()], start=ON, settings=off) as t:
        assert not t.game.generation_settings.retrieval


async def test_the_whole_story_can_be_read(open_app):
    async with open_app(saved=[adventure(80)], start=ON) as t:
        await t.send("/print")
        await t.wait_for_screen(TranscriptScreen)
        text = t.app.screen.query_one("#transcript").text
        assert "Passage 0 is told" in text
        assert "> You do thing 79." in text


async def test_help_shows_every_key_and_the_players_own(open_app):
    settings = Settings(keys={"retry": "f5"})
    async with open_app(saved=[adventure()], start=ON, settings=settings) as t:
        playing = list(t.app.screen.active_bindings)
        await t.pilot.press("f1")
        await t.wait_for_screen(HelpScreen)
        shown = "\n".join(str(part.content) for part in t.app.screen.query("KeyValueTable"))
        assert "F5" in shown
        assert "/retry" in shown
        assert "←, →" in shown
        story_keys = [each.key for each in bindings_of(StoryView)]
        for key in (*playing, *story_keys, *chain(*HANDLED_KEYS)):
            assert label_keys(key) in shown


async def test_a_key_can_be_remapped(open_app):
    settings = Settings(keys={"retry": "f5"})
    async with open_app(["One is told.", "Two is told."],
                      saved=[adventure()], start=ON, settings=settings) as t:  # fmt: skip
        await t.send("wait")
        await t.pilot.press("ctrl+r")
        await t.wait_until_idle()
        assert t.prose()[-1] == "One is told."
        await t.pilot.press("f5")
        await t.wait_until_idle()
        assert t.prose()[-1] == "Two is told."


def test_a_key_has_a_readable_label():
    from dungeon.commands import find

    assert key_label(find("retry"), {}) == "Ctrl+R"
    assert key_label(find("retry"), {"retry": "f5,ctrl+k"}) == "F5, Ctrl+K"


async def test_the_footer_shows_the_available_commands(open_app):
    async with open_app(["It rains."], saved=[adventure(1)], start=ON) as t:

        def shown():
            return {b.binding.id for b in t.app.screen.active_bindings.values() if b.enabled}

        assert "undo" not in shown()
        assert "redo" not in shown()
        assert "stop" not in shown()
        await t.send("wait")
        assert {"undo", "retry"} <= shown()
        await t.pilot.press("ctrl+z")
        await t.pilot.pause()
        assert "redo" in shown()


async def test_the_palette_runs_commands(open_app):
    async with open_app(["It rains."], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.pilot.press("ctrl+p")
        await t.wait_for_screen(CommandPalette)
        await t.type("undo")
        hits = t.app.screen.query_one(CommandList)
        await t.wait_until(lambda: hits.option_count and "Undo" in str(hits.options[0].prompt))
        await t.pilot.press("enter")
        await t.wait_until(lambda: "It rains." not in t.prose())


async def test_the_palette_lists_commands_in_the_order_of_help(open_app):
    async with open_app(["It rains."], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.pilot.press("ctrl+p")
        await t.wait_until(lambda: t.app.screen.query(CommandList))
        offered = t.app.screen.query_one(CommandList)
        await t.wait_until(lambda: offered.option_count > 15)
        entries = [str(option.prompt).partition("\n")[0] for option in offered.options]
        assert "Retry   Ctrl+R" in entries
        names = [entry.partition("   ")[0] for entry in entries]
        assert names[:4] == ["Help", "Continue", "Editor", "Suggest"]
        assert names[-1] == "Quit"
        assert len(names) == len(set(names))


async def test_the_theme_is_saved(open_app, home):
    async with open_app() as t:
        t.app.theme = "nord"
        await t.wait_until(lambda: home.settings.exists())
        assert load(home.settings).theme == "nord"


async def test_an_unknown_theme_falls_back_to_the_default(open_app):
    async with open_app(settings=Settings(theme="nosuch")) as t:
        assert t.app.theme == "grue"


async def test_slash_lines_are_suggested_and_completed(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        suggestions = t.play.query_one("#suggestions")
        await t.type("/me")
        assert suggestions.is_open
        await t.pilot.press("down", "tab")
        assert t.play.prompt_bar.text == "/menu"
        await t.pilot.press("escape")
        assert not suggestions.is_open
        await t.type("/ti")
        await t.pilot.press("tab")
        await t.type(" Deep")
        assert not suggestions.is_open
        await t.pilot.press("enter")
        await t.wait_until_idle()
        assert t.game.adventure.title == "Deep"


async def test_a_command_that_requires_an_argument_waits_for_it(open_app):
    async with open_app(["It opens."], saved=[adventure()], start=ON) as t:
        await t.type("/sto")
        await t.pilot.press("enter")
        assert t.play.prompt_bar.text == "/story "
        await t.send("Rain falls.")
        assert "Rain falls." in t.prose()


async def test_a_refused_line_stays_to_be_corrected_and_is_not_in_the_way_of_the_next(open_app):
    async with open_app(saved=[adventure()], start=ON) as t:
        prompt = t.play.prompt_bar
        for line in ("/frobnicate now", "/goto 99", "/settings width wide", "/redo"):
            await t.send(line)
            assert t.activity, "it says why"
            assert prompt.text == prompt.input.selected_text == line
            assert not prompt.query_one(Suggestions).is_open
        await t.pilot.press("right", "x", "enter")
        assert prompt.text == "/redox"
        await t.type("go on")
        assert prompt.text == "go on"
        await t.pilot.press("up")
        assert prompt.text == "/redox"


# Saves.


async def test_saves_are_listed_searched_and_opened(open_app):
    tales = [
        adventure(3, title="The Stair"),
        adventure(3, name="b2", title="The Moor", text="Fog."),
    ]
    async with open_app(saved=tales) as t:
        await t.pilot.press("s")
        await t.wait_for_screen(SavesScreen)
        await t.wait_until(lambda: t.app.screen.query_one("#saves").option_count == 2)
        await t.pilot.press("slash")
        await t.type("fog")
        await t.wait_until(lambda: t.app.screen.query_one("#saves").option_count == 3)
        await t.pilot.press("enter", "enter")
        await t.wait_until(lambda: t.app.play_screen and t.app.play_screen.is_mounted)
        assert t.game.adventure.title == "The Moor"


async def test_a_search_without_hits_says_so(open_app):
    async with open_app(saved=[adventure()]) as t:
        await t.pilot.press("s")
        await t.wait_for_screen(SavesScreen)
        await t.pilot.press("slash")
        await t.type("zebra")
        found = t.app.screen.query_one("#search-status")
        await t.wait_until(lambda: "No adventure says that" in str(found.content))
        t.app.screen.query_one(SafeInput).value = "!!"
        await t.wait_until(lambda: "no word" in str(found.content))


# Models.


async def test_presets_guidance_and_lengths_are_saved_and_used_at_once(open_app, home):
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.send("/model")
        await t.wait_for_screen(ModelsScreen)
        screen = t.app.screen
        screen.query_one("#presets").highlighted = 2
        screen.query_one("#presets").action_select()
        screen.query_one("#guidances").highlighted = 2
        screen.query_one("#guidances").action_select()
        screen.query_one("#formats").highlighted = 2
        screen.query_one("#formats").action_select()
        screen.query_one("#lengths").highlighted = 1
        screen.query_one("#lengths").action_select()
        await t.wait_until(lambda: load(home.settings).reply_tokens == 35)
        assert load(home.settings).preset == "wild"
        assert load(home.settings).guidance == 1.5
        assert load(home.settings).format_for(t.app.session.model) == "chat"
        assert t.game.generation_settings.prompt_format == "chat"
        assert t.game.generation_settings.sampling.temperature == 1.1
        assert t.game.generation_settings.sampling.guidance == 1.5
        await t.wait_until(lambda: t.game.generation_settings.reply_tokens == 35)


async def test_the_models_screen_says_where_replies_cannot_be_guided(open_app, monkeypatch):
    monkeypatch.setattr(ScriptedGenerator, "supports_guidance", False)
    async with open_app(saved=[adventure()], start=ON) as t:
        await t.send("/model")
        await t.wait_for_screen(ModelsScreen)
        label = t.app.screen.query_one("#guidance", SafeStatic)
        await t.wait_until(lambda: NOT_SUPPORTED in str(label.content))


async def test_another_model_takes_over_in_the_middle_of_a_story(open_app, home, monkeypatch):
    other = ScriptedGenerator(["The other one writes."], name="other")
    async with open_app(["It rains."], saved=[adventure()], start=ON) as t:
        monkeypatch.setattr("dungeon.generator.factory.create_generator", lambda *_, **__: other)
        await t.send("wait")
        await t.send("/model")
        await t.wait_for_screen(ModelsScreen)
        t.app.screen.query_one("#reference", SafeInput).value = "http://127.0.0.1:9"
        await t.pilot.press("tab", "enter")
        await t.wait_until(lambda: t.game.generator.model.name == "other")
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)
        await t.send("wait")
        assert t.prose()[-2:] == ["It rains.", "The other one writes."]
        await t.wait_until(lambda: load(home.settings).model == "http://127.0.0.1:9")


@pytest.mark.parametrize("reference", ["missing.gguf", "http://127.0.0.1:9"])
async def test_a_model_that_cannot_be_loaded_changes_nothing(open_app, home, reference):
    async with open_app(["It rains."], saved=[adventure()], start=ON) as t:
        before, told = t.app.model_loader, len(t.app._notifications)
        await t.send(f"/model {reference}")
        await t.wait_until(lambda: len(t.app._notifications) > told)
        assert t.app.model_loader is before
        assert before.is_ready
        await t.send("wait")
        assert t.prose()[-1] == "It rains."
        assert load(home.settings).model == ""


async def test_escape_leaves_the_menu_of_models(open_app):
    async with open_app() as t:
        await t.pilot.press("m")
        await t.wait_for_screen(ModelsScreen)
        assert t.app.screen.query_one("#models").option_count >= 1
        await t.pilot.press("escape")
        await t.wait_for_screen(TitleScreen)


def test_a_bar_fills_by_eighths():
    assert render_bar(0, 4) == "    "
    assert render_bar(0.5, 4) == "██  "
    assert render_bar(1 / 32, 4) == "▏   "
    assert render_bar(7, 4) == "████"
