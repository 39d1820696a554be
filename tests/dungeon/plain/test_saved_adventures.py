"""Saved adventures in line mode: load, rename, export, delete, import."""

import json
from pathlib import Path

import pytest

from dungeon.errors import InputRefused
from dungeon.saves.library import Library
from dungeon.session.launcher import LaunchOptions
from tests.dungeon.plain.line_mode_run import LineModeRun
from tests.dungeon.transfer import samples
from tests.dungeon.tui.driver import adventure


async def test_another_adventure_and_back(line_mode: LineModeRun) -> None:
    await line_mode("look around")
    first = line_mode.saved[0].id
    assert (
        await line_mode(
            "/new ferry", f"/load {first}", "/title Back", start=LaunchOptions(last=True)
        )
        == 0
    )
    assert {summary.title for summary in line_mode.saved} == {"Back", line_mode.saved[1].title}
    assert len(line_mode.saved) == 2


async def test_an_adventure_is_loaded_by_its_title(line_mode: LineModeRun) -> None:
    with Library.open(line_mode.home.saves) as library:
        for name, title in (("a1", "The Stair"), ("b2", "The Moor"), ("c3", "The Moor")):
            library.create(adventure(name=name, title=title))
    lines = ["/load the stair", "/title Up", "/load the sta", "/load The Moor", "/load c3"]
    assert await line_mode(*lines, "/title Fog", "/load", "/load up and down") == 2
    titles = {each.id: each.title for each in line_mode.saved}
    assert (titles["a1"], titles["b2"], titles["c3"]) == ("Up", "The Moor", "Fog")
    messages = " ".join(line_mode.messages.getvalue().split())
    assert "No adventure has the id or the title “the sta”." in messages
    assert "“The Moor” may mean b2 “The Moor”, c3 “The Moor”. Give the id." in messages
    assert "/search WORDS finds their turns" in messages
    assert "Play one with /load ID or TITLE" in line_mode.out.getvalue()


async def test_another_adventure_is_renamed_exported_and_deleted(
    line_mode: LineModeRun, tmp_path: Path
) -> None:
    with Library.open(line_mode.home.saves) as library:
        for name, title in (("a1", "From Here to There"), ("b2", "The Moor")):
            library.create(adventure(name=name, title=title))
    book = tmp_path / "moor.md"
    lines = [
        "/library rename from here to there to The Road to Nowhere",
        f"/library export the moor as markdown {book}",
        "/library delete the moor",
        "/library delete b2 yes",
        "/library",
        "/library sell a1",
        "/library delete the lamp",
    ]
    assert await line_mode(*lines) == 2
    titles = {each.title for each in line_mode.saved}
    assert "The Road to Nowhere" in titles
    assert "The Moor" not in titles
    assert book.read_text("utf-8").startswith("# The Moor")
    messages = " ".join(line_mode.messages.getvalue().split())
    for said in (
        "“From Here to There” is now called The Road to Nowhere.",
        "If you are sure: /library delete b2 yes",
        "“The Moor” is deleted.",
        "/library cannot “sell”. Try /library rename WHICH to TITLE",
        "is being played. Go to another one first",
    ):
        assert said in messages


async def test_an_unknown_scenario_is_refused_with_the_command_that_lists_all(
    line_mode: LineModeRun,
) -> None:
    with pytest.raises(InputRefused, match="grue scenarios list"):
        await line_mode(start=LaunchOptions(scenario="nowhere"))


async def test_files_are_imported_and_exported(line_mode: LineModeRun, tmp_path: Path) -> None:
    old, book = tmp_path / "old.json", tmp_path / "tale.md"
    old.write_text(json.dumps(samples.KOBOLD), "utf-8")
    lines = ["look around", "/import", f'/import "{old}"', f"/export markdown {book}", "/export"]
    assert await line_mode(*lines, f"/export markdown {book}", "/export paper") == 2
    out, messages = line_mode.out.getvalue(), line_mode.messages.getvalue()
    assert "Format: a save of KoboldAI 1 or Lite." in out
    assert "with /import FILE" in out
    assert "Play it with /load " in out
    assert {"old"} < {summary.title for summary in line_mode.saved}
    assert "> You look around" in book.read_text("utf-8")
    said = (f"Written to {book}. Dropped: ", "The formats are grue", "is there already", "“paper”")
    for sentence in said:
        assert sentence in messages
