"""Proves the panels: memory, note, context, the whole story, help, saves, models, the palette."""

from textual.command import CommandList, CommandPalette

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings, load
from dungeon.tui.key_bindings import key_label
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.context import ContextScreen
from dungeon.tui.screens.help import HelpScreen
from dungeon.tui.screens.models import ModelsScreen
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.saves import SavesScreen
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.screens.title import TitleScreen
from dungeon.tui.screens.transcript import TranscriptScreen
from dungeon.tui.widgets.safe_text import SafeInput, SafeTextArea
from dungeon.tui.widgets.token_bar import TokenBar, render_bar
from tests.dungeon.tui.table import adventure

ON = LaunchOptions(last=True)


async def at(table, screen):
    await table.until(lambda: isinstance(table.app.screen, screen) and table.app.screen.is_mounted)
    await table.pilot.pause()


async def test_the_memory_is_kept(opened):
    async with opened(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+g")
        await at(t, TextEditor)
        await t.type("dark")
        await t.pilot.press("ctrl+s")
        await at(t, PlayScreen)
        assert t.game.adventure.memory == "dark"
        assert t.app.session.library.load("a1").memory == "dark"


async def test_the_note_is_kept_and_emptied(opened):
    async with opened(saved=[adventure()], start=ON) as t:
        for words in ("be brief", ""):
            await t.pilot.press("ctrl+n")
            await at(t, TextEditor)
            t.app.screen.query_one(SafeTextArea).text = words
            await t.pilot.press("ctrl+s")
            await at(t, PlayScreen)
            assert t.app.session.library.load("a1").note == words


async def test_leaving_an_editor_asks_only_where_words_would_be_lost(opened):
    async with opened(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+g")
        await at(t, TextEditor)
        await t.pilot.press("escape")
        await at(t, PlayScreen)
        await t.pilot.press("ctrl+g")
        await at(t, TextEditor)
        await t.type("dark")
        await t.pilot.press("escape")
        await at(t, ConfirmDialog)
        await t.pilot.press("escape")
        await at(t, TextEditor)
        assert t.app.screen.query_one(SafeTextArea).text == "dark"
        await t.pilot.press("escape")
        await at(t, ConfirmDialog)
        await t.pilot.press("y")
        await at(t, PlayScreen)
        assert t.game.adventure.memory == ""


async def test_what_is_refused_stays_in_the_editor(opened):
    async with opened(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+l")
        await at(t, TextEditor)
        t.app.screen.query_one(SafeTextArea).text = "   "
        await t.pilot.press("ctrl+s")
        await t.pilot.pause()
        assert isinstance(t.app.screen, TextEditor)
        assert "empty reply" in str(t.app.screen.query_one(".error").content)


async def test_the_context_shows_every_part_and_the_prompt(opened):
    async with opened(["It rains."], saved=[adventure()], start=ON) as t:
        await t.send("/memory You are a cook.")
        await t.send("wait")
        await t.game.settle()
        await t.pilot.press("f2")
        await at(t, ContextScreen)
        assert len(t.app.screen.query(TokenBar)) == len(t.game.context.parts)
        assert t.app.screen.query_one("#prompt").text == t.game.context.prompt
        await t.pilot.press("escape")
        await at(t, PlayScreen)


async def test_the_whole_story_can_be_read(opened):
    async with opened(saved=[adventure(80)], start=ON) as t:
        await t.send("/print")
        await at(t, TranscriptScreen)
        text = t.app.screen.query_one("#transcript").text
        assert "Passage 0 is told" in text
        assert "> You do thing 79." in text


async def test_help_tells_the_players_own_keys(opened):
    settings = Settings(keys={"retry": "f5"})
    async with opened(saved=[adventure()], start=ON, settings=settings) as t:
        await t.pilot.press("f1")
        await at(t, HelpScreen)
        shown = "\n".join(str(part.content) for part in t.app.screen.query("KeyValueTable"))
        assert "F5" in shown
        assert "/retry" in shown


async def test_a_key_can_be_remapped(opened):
    settings = Settings(keys={"retry": "f5"})
    async with opened(["One is told.", "Two is told."],
                      saved=[adventure()], start=ON, settings=settings) as t:  # fmt: skip
        await t.send("wait")
        await t.pilot.press("ctrl+r")
        await t.settled()
        assert t.prose()[-1] == "One is told."
        await t.pilot.press("f5")
        await t.settled()
        assert t.prose()[-1] == "Two is told."


def test_a_key_is_said_as_people_say_it():
    from dungeon.commands import find

    assert key_label(find("retry"), {}) == "Ctrl+R"
    assert key_label(find("retry"), {"retry": "f5,ctrl+k"}) == "F5, Ctrl+K"


async def test_the_footer_shows_what_is_possible_now(opened):
    async with opened(["It rains."], saved=[adventure(1)], start=ON) as t:

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


async def test_the_palette_carries_commands_out(opened):
    async with opened(["It rains."], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.pilot.press("ctrl+p")
        await at(t, CommandPalette)
        await t.type("undo")
        hits = t.app.screen.query_one(CommandList)
        await t.until(lambda: hits.option_count and "Undo" in str(hits.options[0].prompt))
        await t.pilot.press("enter")
        await t.until(lambda: "It rains." not in t.prose())


async def test_the_palette_tells_commands_in_the_order_of_help(opened):
    async with opened(["It rains."], saved=[adventure()], start=ON) as t:
        await t.send("wait")
        await t.pilot.press("ctrl+p")
        await t.until(lambda: t.app.screen.query(CommandList))
        offered = t.app.screen.query_one(CommandList)
        await t.until(lambda: offered.option_count > 15)
        names = [str(option.prompt).partition("\n")[0] for option in offered.options]
        assert names[:4] == ["Help", "Continue", "Retry", "Undo"]
        assert names[-2:] == ["Quit", "Theme"]
        assert len(names) == len(set(names))


async def test_the_theme_is_kept(opened, home):
    async with opened() as t:
        t.app.theme = "nord"
        await t.until(lambda: home.settings.exists())
        assert load(home.settings).theme == "nord"


async def test_a_theme_that_is_not_there_is_no_trouble(opened):
    async with opened(settings=Settings(theme="nosuch")) as t:
        assert t.app.theme == "grue"


async def test_slash_lines_are_suggested_and_completed(opened):
    async with opened(saved=[adventure()], start=ON) as t:
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
        await t.settled()
        assert t.game.adventure.title == "Deep"


async def test_a_command_that_wants_words_waits_for_them(opened):
    async with opened(["It opens."], saved=[adventure()], start=ON) as t:
        await t.type("/sto")
        await t.pilot.press("enter")
        assert t.play.prompt_bar.text == "/story "
        await t.send("Rain falls.")
        assert "Rain falls." in t.prose()


async def test_an_unknown_command_is_refused_and_stays_in_the_line(opened):
    async with opened(saved=[adventure()], start=ON) as t:
        await t.send("/frobnicate now")
        assert "no command /frobnicate" in t.activity
        assert t.play.prompt_bar.text == "/frobnicate now"


# Saves.


async def test_saves_are_listed_searched_and_opened(opened):
    tales = [
        adventure(3, title="The Stair"),
        adventure(3, name="b2", title="The Moor", text="Fog."),
    ]
    async with opened(saved=tales) as t:
        await t.pilot.press("s")
        await at(t, SavesScreen)
        await t.until(lambda: t.app.screen.query_one("#saves").option_count == 2)
        await t.pilot.press("slash")
        await t.type("fog")
        await t.until(lambda: t.app.screen.query_one("#saves").option_count == 3)
        await t.pilot.press("enter", "enter")
        await t.until(lambda: t.app.play_screen and t.app.play_screen.is_mounted)
        assert t.game.adventure.title == "The Moor"


async def test_a_search_for_nothing_says_so(opened):
    async with opened(saved=[adventure()]) as t:
        await t.pilot.press("s")
        await at(t, SavesScreen)
        await t.pilot.press("slash")
        await t.type("zebra")
        found = t.app.screen.query_one("#search-status")
        await t.until(lambda: "No adventure says that" in str(found.content))
        t.app.screen.query_one(SafeInput).value = "!!"
        await t.until(lambda: "no word" in str(found.content))


async def test_deleting_names_the_adventure_and_asks(opened):
    async with opened(saved=[adventure(title="The Stair")]) as t:
        await t.pilot.press("s")
        await at(t, SavesScreen)
        await t.until(lambda: t.app.screen.query_one("#saves").option_count == 1)
        await t.pilot.press("d")
        await at(t, ConfirmDialog)
        assert "The Stair" in str(t.app.screen.query_one(".question").content)
        await t.pilot.press("enter")
        await at(t, SavesScreen)
        assert len(t.app.session.library.summaries()) == 1
        await t.pilot.press("d")
        await at(t, ConfirmDialog)
        await t.pilot.press("y")
        await at(t, SavesScreen)
        await t.until(lambda: not t.app.session.library.summaries())


async def test_what_is_being_played_is_not_deleted(opened):
    async with opened(saved=[adventure()], start=ON) as t:
        await t.pilot.press("ctrl+o")
        await at(t, SavesScreen)
        await t.until(lambda: t.app.screen.query_one("#saves").option_count == 1)
        await t.pilot.press("d")
        await t.at_rest()
        assert isinstance(t.app.screen, SavesScreen)
        assert t.app.session.library.summaries()


# Models.


async def test_presets_and_lengths_are_kept_and_used_at_once(opened, home):
    async with opened(saved=[adventure()], start=ON) as t:
        await t.send("/model")
        await at(t, ModelsScreen)
        screen = t.app.screen
        screen.query_one("#presets").highlighted = 2
        screen.query_one("#presets").action_select()
        screen.query_one("#lengths").highlighted = 0
        screen.query_one("#lengths").action_select()
        await t.until(lambda: load(home.settings).reply_tokens == 40)
        assert load(home.settings).preset == "wild"
        assert t.game.style.sampling.temperature == 1.1
        assert t.game.style.reply_tokens == 40


async def test_another_model_takes_over_in_the_middle_of_a_story(opened, monkeypatch):
    other = ScriptedGenerator(["The other one writes."], name="other")
    async with opened(["It rains."], saved=[adventure()], start=ON) as t:
        monkeypatch.setattr("dungeon.generator.factory.create_generator", lambda *_, **__: other)
        await t.send("wait")
        await t.send("/model")
        await at(t, ModelsScreen)
        t.app.screen.query_one("#reference", SafeInput).value = "http://127.0.0.1:9"
        await t.pilot.press("tab", "enter")
        await t.until(
            lambda: t.app.model_loader.is_ready and t.game.generator.model.name == "other"
        )
        await t.pilot.press("escape")
        await at(t, PlayScreen)
        await t.send("wait")
        assert t.prose()[-2:] == ["It rains.", "The other one writes."]


async def test_escape_leaves_the_menu_of_models(opened):
    async with opened() as t:
        await t.pilot.press("m")
        await at(t, ModelsScreen)
        assert t.app.screen.query_one("#models").option_count >= 1
        await t.pilot.press("escape")
        await at(t, TitleScreen)


def test_a_bar_fills_by_eighths():
    assert render_bar(0, 4) == "    "
    assert render_bar(0.5, 4) == "██  "
    assert render_bar(1 / 32, 4) == "▏   "
    assert render_bar(7, 4) == "████"
