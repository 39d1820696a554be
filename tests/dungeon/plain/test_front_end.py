"""Test what commands do in line mode: what they write, change and keep."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dungeon.generator import factory
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.generator.server_detection import LocalServer
from dungeon.saves.library import Library
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings, load
from tests.dungeon.generator.servers import OPENAI_MODELS, serving
from tests.dungeon.plain.line_mode_run import RAIN, ROOM, LineModeRun, Terminal
from tests.dungeon.tui.driver import adventure


async def test_turns_are_listed_with_the_numbers_that_goto_takes(line_mode: LineModeRun) -> None:
    with Library.open(line_mode.home.saves) as library:
        library.create(adventure(5))
    await line_mode("/undo 2", "/turns", "/goto 4", "/turns", start=LaunchOptions(last=True))
    out = line_mode.out.getvalue()
    assert "*   3  You do thing 2. Passage 2 is told" in out
    assert "    5  You do thing 4." in out
    assert "*   4  You do thing 3." in out


async def test_the_models_of_servers_on_this_machine_are_listed(line_mode: LineModeRun) -> None:
    async with serving({"/v1/models": OPENAI_MODELS}) as server:
        line_mode.local_servers = (LocalServer("Ollama", int(server.address.split(":")[-1])),)
        assert await line_mode("/model", "/quit") == 0
    assert f"{server.address}#tale  Ollama" in line_mode.out.getvalue()


async def test_another_model_is_chosen_by_name(line_mode: LineModeRun, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"replies": ["A goat looks in at the window, and it nods."]}))
    lines = ("look around", "/model missing.gguf", "wait", f"/model scripted:{other}", "wait")
    assert await line_mode(*lines) == 2
    assert "missing.gguf" in line_mode.messages.getvalue()
    assert "tells the story now" in line_mode.messages.getvalue()
    for told in (ROOM, RAIN, "A goat looks in"):
        assert told in line_mode.out.getvalue()
    assert load(line_mode.home.settings).model == f"scripted:{other}"


async def test_replies_and_branches_are_gone_through(line_mode: LineModeRun) -> None:
    lines = ("look around", "/retry", "/swipe -", "/undo", "wait", "/branches", "/branches 2")
    assert await line_mode(*lines) == 0
    assert "Reply 1 of 2." in line_mode.messages.getvalue()
    out = line_mode.out.getvalue()
    assert out.count(ROOM) == 2  # told, and gone back to
    assert "*   3  2 turns" in out
    assert out.rstrip().endswith(RAIN)


async def test_every_view_has_a_text(line_mode: LineModeRun) -> None:
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
    assert await line_mode(*lines, "/search rope", "/search xyzzy", "/menu") == 0
    out = line_mode.out.getvalue()
    for said in ("/undo", "Memory", "Author's note", "tokens", "scripted", "rope"):
        assert said in out
    assert len(line_mode.marked) == 1


async def test_an_earlier_turn_is_edited_and_later_ones_go_along(line_mode: LineModeRun) -> None:
    lines = ["look", "wait", "/edit --turn 2", "/edit --turn 2 It is dark.", "/print"]
    await line_mode(*lines, "/action --turn 2 listen", "/turns", "/action --turn 2")
    out, messages = line_mode.out.getvalue(), line_mode.messages.getvalue()
    assert "Change it with /edit --turn 2 TEXT." in out
    assert "and the turn after it goes on from there" in messages
    assert "The action of turn 2 is changed" in messages
    told = out[out.index("It is dark.") :]
    assert RAIN in told
    assert "2  You listen. It is dark." in out
    assert "The action of turn 2:\n  You listen." in out


async def test_the_context_names_the_quoted_turns_and_the_reason(line_mode: LineModeRun) -> None:
    with Library.open(line_mode.home.saves) as library:
        library.create(adventure(200))
    await line_mode("find passage 7", "/context", start=LaunchOptions(last=True))
    assert "Turn 8 is quoted; it matches: 7." in line_mode.out.getvalue()
    await line_mode("/retrieval off", "find passage 7", "/context", start=LaunchOptions(last=True))
    assert "is quoted" not in line_mode.out.getvalue()
    summary = " ".join(line_mode.out.getvalue().split())
    assert "turns are left out. Whenever the story is too long, its older half" in summary
    assert " tokens are free until then." in summary


async def test_an_edit_of_an_earlier_turn_shows_that_turn(line_mode: LineModeRun) -> None:
    assert await line_mode("look around", "wait", "/edit --turn 2 A cat sits here.") == 0
    assert line_mode.out.getvalue().rstrip().endswith("> You look around.\n\nA cat sits here.")
    assert "The reply of turn 2 is changed" in line_mode.messages.getvalue()
    await line_mode("look around", "wait", "/action --turn 2 sit down")
    assert line_mode.out.getvalue().rstrip().endswith(f"> You sit down.\n\n{ROOM}")


async def test_a_checkpoint_is_listed_on_both_lines_after_an_edit(line_mode: LineModeRun) -> None:
    lines = ["look around", "wait", "/checkpoint the rain", "/edit --turn 2 A cat sits here."]
    assert await line_mode(*lines, "/checkpoints", "/branches 1", "/goto the rain", "/print") == 0
    out = line_mode.out.getvalue()
    assert "  the rain  You wait. Rain begins" in out
    assert "  the rain  (branch 1) You wait. Rain begins" in out
    assert "A name means the turn on your line" in out
    assert "A cat sits here." not in out.rpartition("Go to one with")[2]


async def test_a_retry_that_says_nothing_new_says_so(own_home: Path) -> None:
    line_mode = LineModeRun(own_home, [ROOM] * 5)
    assert await line_mode("look around", "/retry") == 0
    assert "so none is added" in " ".join(line_mode.messages.getvalue().split())


async def test_banned_phrases_are_listed_and_saved(line_mode):
    assert await line_mode("/ban heart skips a beat", "/banned") == 0
    assert "heart skips a beat" in line_mode.out.getvalue()
    assert "allow one again with /unban PHRASE" in line_mode.out.getvalue()
    assert load(line_mode.home.settings).banned_phrases == ("heart skips a beat",)


async def test_biased_words_are_listed_and_saved(line_mode):
    assert await line_mode("/bias lantern 2", "/bias", "/sampling") == 0
    out = line_mode.out.getvalue()
    assert "lantern 2" in out
    assert "Biased words: 1; /bias lists them." in out
    assert "xtc_probability" in out
    assert load(line_mode.home.settings).biased_words == {"lantern": 2.0}


NAMED = "“the low room”"


async def test_a_checkpoint_a_comparison_and_a_fork_in_lines(line_mode: LineModeRun) -> None:
    assert await line_mode(
        "look around", "/checkpoint the low room", "/undo", "/story A bell rings.",
        "/checkpoints", "/compare the low", "/goto the low", "/fork The Other Way", "/print",
    ) == 0  # fmt: skip
    out = line_mode.out.getvalue()
    assert "the low room  You look around." in out
    assert "They share 1 turn and part after: The dark under Castle Marrow" in out
    first, second = (f"--- {name} goes on for 1 turn:" for name in ("The current line", NAMED))
    assert out.index(first) < out.index(second)
    assert "You play the fork now" in line_mode.messages.getvalue()
    forked, origin = sorted(line_mode.saved, key=lambda each: each.title != "The Other Way")
    assert (forked.title, forked.turns, origin.title) == ("The Other Way", 2, "The Lamp Is Low")


async def test_sampling_is_listed_and_changed(line_mode):
    assert await line_mode("/sampling top_k 40", "/sampling", "/preset save calm") == 0
    out = line_mode.out.getvalue()
    assert "Preset: storyteller, with top_k 40 (of storyteller, steady, wild, classic)" in out
    assert "top_k               40      (default 0)" in out
    assert load(line_mode.home.settings).presets["calm"].top_k == 40


@pytest.fixture
def endless_download(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the download of wayfarer-12b never end."""
    real = factory.create_generator

    def create_generator(reference: str, *given: Any, progress: Any, **named: Any) -> Any:
        while reference == "wayfarer-12b":
            progress("Fetching", 34_000_000, 100_000_000)
            time.sleep(0.001)
        return real(reference, *given, progress=progress, **named)

    monkeypatch.setattr(factory, "create_generator", create_generator)


@pytest.mark.usefixtures("endless_download")
async def test_a_model_that_is_here_ends_the_download_of_another(
    line_mode: LineModeRun, tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"replies": [RAIN]}))
    await line_mode("/model wayfarer-12b", f"/model scripted:{other}", "wait")
    said = line_mode.messages.getvalue()
    assert said.index("The download is stopped") < said.index("tells the story now")
    assert load(line_mode.home.settings).model == f"scripted:{other}"


@pytest.mark.usefixtures("endless_download")
async def test_a_download_goes_on_in_the_background_and_is_kept(line_mode: LineModeRun) -> None:
    await line_mode("/model wayfarer-12b", "look around", "/model austral-24b", "/models", "/quit")
    said = line_mode.messages.getvalue()
    assert "Licence: Apache-2.0" in said
    assert "being downloaded while you play on" in said
    assert "wayfarer-12b is being downloaded. /models cancel ends that." in said
    assert "kept as far as it is: /model wayfarer-12b resumes" in said
    assert ROOM in line_mode.out.getvalue()
    assert "recommended" not in line_mode.out.getvalue()
    assert "qwen3-4b       ~2.5 GB" in line_mode.out.getvalue()
    assert await line_mode("/models cancel", "/models what", "/models test") == 2
    assert "Nothing is being downloaded." in line_mode.messages.getvalue()
    assert "its speed cannot be measured" in line_mode.messages.getvalue()


async def test_suggestions_are_listed_and_one_is_played(own_home: Path) -> None:
    line_mode = LineModeRun(
        own_home, [" light the lamp.", "", " draw a sword.", "", " drop the sack.", ROOM]
    )
    assert await line_mode("/suggest 1", "/suggest", "2") == 2
    assert "There is no suggestion of that number" in line_mode.messages.getvalue()
    listed = "1  You light the lamp.\n  2  You draw a sword.\n  3  You drop the sack."
    assert listed in line_mode.out.getvalue()
    assert line_mode.marked == ["> You draw a sword."]
    assert [each.turns for each in line_mode.saved] == [2]


async def test_labels_orders_and_figures_in_lines(line_mode: LineModeRun) -> None:
    await line_mode("look around", "/tag sea, night", "/favourite", "/stats", "/sort title")
    assert "2 turns on 1 branch," in line_mode.messages.getvalue()
    assert "The Lamp Is Low (2 turns) ★ #night #sea" in line_mode.out.getvalue()
    await line_mode("wait", "/saves #sea", "/search #moor", "/sort size")
    listed = line_mode.out.getvalue()
    assert listed.count("The Lamp Is Low: You look around. (2 turns)") == 1
    assert "sorted by played" in line_mode.messages.getvalue()
    assert line_mode.saved[0].tags == ()


async def test_a_reply_is_written_anew_from_a_word(own_home: Path) -> None:
    line_mode = LineModeRun(own_home, ["It rains hard.", " on you.", " by day.", " at night."])
    assert await line_mode(
        "/alternatives", "wait", "/alternatives", "/rewrite 3", "/rewrite 2 never",
        "/rewrite 2 snows", "/rewrite 9", "/rewrite x never", "/print",
    ) == 2  # fmt: skip
    out = line_mode.out.getvalue()
    assert "2  rains  50%   perhaps 30%, never 20%" in out
    for reply in ("It rains on you.", "It never by day.", "It snows at night."):
        assert reply in out
    assert line_mode.messages.getvalue().count("There are words 1 to 4 in the reply") == 2


async def test_other_words_are_those_of_the_memory_of_then(line_mode: LineModeRun) -> None:
    line_mode.generator = ScriptedGenerator(["It rains hard."])
    await line_mode("/memory You are Zed.", "wait", "/memory You are Tom.", "/alternatives")
    (prompt,) = line_mode.generator.scored
    assert "You are Zed." in prompt
    assert "You are Tom." not in prompt


async def test_settings_and_themes_in_line_mode(line_mode: LineModeRun) -> None:
    line_mode.terminal = Terminal()
    await line_mode(
        "/help", "/settings", "/theme", "/theme grue-contrast", "/settings widht 60", "/quit"
    )
    out, messages = line_mode.out.getvalue(), line_mode.messages.getvalue()
    assert "write_ahead" in out
    assert "* grue\n" in out
    assert max(map(len, out.split("\n"))) < 80  # the fallback for a terminal of unknown size
    assert "theme is now grue-contrast." in messages
    assert "Did you mean `width`?" in messages
    assert load(line_mode.home.settings).theme == "grue-contrast"


async def test_speech_in_line_mode(line_mode: LineModeRun, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    code = f"open({str(heard)!r}, 'a').write('x')"
    line_mode.settings = Settings(speech_command=f'"{sys.executable}" -S -c "{code}"')
    await line_mode("/speak", "/speak loud", "/speak on", "/speak again", "/quit")
    messages = line_mode.messages.getvalue()
    assert "speech is off (default off)." in messages
    assert "try /speak on, /speak off or /speak again." in messages
    assert "speech is now on.\n" in messages
    assert load(line_mode.home.settings).speech
