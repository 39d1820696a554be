"""Saved adventures in line mode: load, rename, export, delete, import."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from dungeon.errors import InputRefused, NotSaved
from dungeon.saves.library import Library
from dungeon.session.launcher import LaunchOptions
from tests.dungeon.generator.servers import Said, serving
from tests.dungeon.plain.line_mode_run import ROOM, LineModeRun
from tests.dungeon.saves.tampering import tampering
from tests.dungeon.small_disk import leave_little_room, write_stories
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


async def test_a_word_that_begins_an_id_is_searched_for(line_mode: LineModeRun) -> None:
    with Library.open(line_mode.home.saves) as library:
        library.create(adventure(name="dead01", title="The Stair"))
        library.create(adventure(name="b2", title="The Moor", text="The dead do not answer."))
    assert await line_mode("/search dead", "/title Here") == 0
    assert "The Moor, turn 1" in line_mode.out.getvalue()
    assert {each.title for each in line_mode.saved} == {"The Stair", "The Moor", "Here"}


@pytest.mark.parametrize("title", ["Say Yes", "Say Yes to the Sea"])
async def test_a_yes_in_a_title_confirms_nothing(line_mode: LineModeRun, title: str) -> None:
    with Library.open(line_mode.home.saves) as library:
        library.create(adventure(name="a1", title=title))
    assert await line_mode("/library delete say yes") == 0
    assert "If you are sure: /library delete a1 yes" in line_mode.messages.getvalue()
    await line_mode("/library delete say yes yes")
    assert "a1" not in {each.id for each in line_mode.saved}


async def test_the_game_goes_on_where_a_file_cannot_be_written(
    line_mode: LineModeRun, tmp_path: Path
) -> None:
    lines = [f"/export markdown {tmp_path}/nowhere/tale.md", "look around"]
    assert await line_mode(*lines) == 2
    assert "was not written" in line_mode.messages.getvalue()
    assert ROOM in line_mode.out.getvalue()


async def test_the_game_goes_on_where_a_damaged_adventure_is_not_opened(
    line_mode: LineModeRun,
) -> None:
    with Library.open(line_mode.home.saves) as library:
        library.create(adventure(name="a1", title="The Stair"))
    with tampering(line_mode.home.saves) as connection:
        connection.execute("UPDATE turns SET text = 'x' WHERE depth = 2")
    assert await line_mode("/load the stair", "look around") == 1
    assert "changed on the disk" in line_mode.messages.getvalue()
    assert ROOM in line_mode.out.getvalue()


async def test_a_refused_beginning_leaves_the_game_that_is_played(
    line_mode: LineModeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Library, "append", _fail)
    assert await line_mode("look around", "/new nowhere", "/quit") == 1
    assert "is no scenario" in line_mode.messages.getvalue()
    assert line_mode.messages.getvalue().count("only stands above") == 1  # at the end


def _fail(*_: object, **__: object) -> None:
    raise NotSaved("The disk is full.")


async def test_another_adventure_is_tagged_and_made_a_favourite(line_mode: LineModeRun) -> None:
    with Library.open(line_mode.home.saves) as library:
        library.create(adventure(name="a1", title="As Cold as Ice"))
    lines = ["/library tag as cold as ice as sea, Night", "/library favourite a1", "/saves #sea"]
    assert await line_mode(*lines) == 0
    (saved,) = [each for each in line_mode.saved if each.id == "a1"]
    assert (saved.tags, saved.favourite) == (("Night", "sea"), True)
    assert "★ #Night #sea" in line_mode.out.getvalue()
    messages = " ".join(line_mode.messages.getvalue().split())
    assert "The tags of “As Cold as Ice” are: Night, sea." in messages
    assert "“As Cold as Ice” stands first in the list of saves." in messages
    lines = ["/library tag a1 as -", "/library favourite a1", "/library tag a1 sea"]
    assert await line_mode(*lines, "/library tag the lamp as sea") == 2
    (saved,) = [each for each in line_mode.saved if each.id == "a1"]
    assert (saved.tags, saved.favourite) == ((), False)
    messages = " ".join(line_mode.messages.getvalue().split())
    assert "“As Cold as Ice” has no tags." in messages
    assert "Try /library rename WHICH to TITLE, /library tag WHICH as TAGS" in messages


async def test_a_card_is_exported_as_a_picture_and_imported(
    line_mode: LineModeRun, tmp_path: Path
) -> None:
    card = tmp_path / "card.png"
    assert await line_mode("look around", f"/export sillytavern-card-png {card}") == 0
    assert "Dropped: 1 turn after the opening" in " ".join(line_mode.messages.getvalue().split())
    assert await line_mode(f"/import {card}") == 0
    assert "Format: a character card of SillyTavern." in line_mode.out.getvalue()


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


WELL = 'title = "The Well"\nopening = "You lean over the well."\n'


def rainy_pack() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("pack.toml", 'title = "Rain"')
        archive.writestr("well.toml", WELL)
        archive.writestr("bad.toml", "title =")
    return data.getvalue()


async def test_a_pack_of_scenarios_is_imported_from_an_address_and_from_a_file(
    line_mode: LineModeRun, tmp_path: Path
) -> None:
    pack, one = tmp_path / "rain.zip", tmp_path / "moor.toml"
    pack.write_bytes(rainy_pack())
    one.write_text(WELL.replace("Well", "Moor").replace("well", "moor"), "utf-8")
    async with serving({"/rain.zip": Said(rainy_pack())}) as server:
        lines = [f"/import {server.address}/rain.zip", "/new well", f"/import {pack}"]
        assert await line_mode(*lines, f"/import {one}", "/new moor") == 2
    out = line_mode.out.getvalue()
    assert "well  The Well (scenario; `grue play --scenario well`)" in out
    assert "Not installed: " in out
    assert "Play it with /new well." in out
    assert "You lean over the well." in out
    assert "You lean over the moor." in out
    assert "The pack rain is installed already." in " ".join(line_mode.messages.getvalue().split())


async def test_a_file_with_nothing_in_it_is_refused(line_mode: LineModeRun, tmp_path: Path) -> None:
    book = tmp_path / "empty.lorebook"
    book.write_text('{"lorebookVersion": 5, "entries": []}', "utf-8")
    assert await line_mode(f"/import {book}", "look around") == 2
    messages = " ".join(line_mode.messages.getvalue().split())
    assert "is a lorebook of NovelAI, and there is nothing in it to import." in messages
    assert ROOM in line_mode.out.getvalue()


async def test_a_file_that_does_not_fit_on_the_disk_is_left_out_whole(
    line_mode: LineModeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_stories(tmp_path / "stories.json")
    await line_mode("/quit")
    on = LaunchOptions(last=True)
    with monkeypatch.context() as disk:
        leave_little_room(disk, line_mode.home.saves)
        assert await line_mode(f"/import {file}", "look around", start=on) == 2
    said = " ".join(line_mode.messages.getvalue().split())
    assert "Nothing of it was imported: the disk is full" in said
    assert "Once that is solved, import it again." in said
    assert ROOM in line_mode.out.getvalue()
    assert len(line_mode.saved) == 1
    assert await line_mode(f"/import {file}", start=on) == 0
    assert len(line_mode.saved) == 9
