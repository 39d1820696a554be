"""Lore of other programs is added to an adventure, and written again as it was."""

import json
from collections.abc import AsyncGenerator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dungeon import lore, transfer
from dungeon.commands import parse_line
from dungeon.commands.effects import Message
from dungeon.commands.lore_import import add
from dungeon.errors import InputRefused
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.lore import LoreEntry, patterns
from dungeon.lore.patterns import MAX_PATTERNS
from dungeon.scenarios import fill, questions
from dungeon.scenarios.parser import from_toml
from dungeon.scenarios.writer import to_toml
from dungeon.story import Adventure, Kind, Turn
from dungeon.transfer import silly_tavern_lorebook
from dungeon.transfer.formats import Document
from dungeon.turns.game import Game
from tests.dungeon.memory_saves import MemorySaves
from tests.dungeon.transfer import samples

GATE = {
    "uid": 4, "key": ["gate", "/iron (gates?|doors)/i"], "keysecondary": ["war"], "selective": True,
    "selectiveLogic": 2, "comment": "The gate", "content": "It is shut.", "constant": False,
    "disable": False, "order": 7, "probability": 40, "useProbability": True, "scanDepth": 6,
    "caseSensitive": None, "group": "doors, west", "groupWeight": 30, "sticky": 3, "cooldown": 2,
    "delay": None, "preventRecursion": True, "position": 4, "depth": 4, "role": 0,
    "vectorized": False, "automationId": "x",
}  # fmt: skip
BOOK: dict[str, Any] = {"entries": {"4": GATE}, "name": "Marrow", "extensions": {"a": 1}}
CHARACTER_ENTRY = {
    "keys": ["mira"], "secondary_keys": ["light"], "selective": True, "content": "She is dry.",
    "name": "Mira", "enabled": False, "insertion_order": 3, "constant": True,
    "case_sensitive": True,
    "extensions": {"probability": 20, "scan_depth": 9, "prevent_recursion": True, "sticky": 4},
}  # fmt: skip


@pytest.fixture
async def game() -> AsyncGenerator[Game, None]:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    game = Game(MemorySaves(), ScriptedGenerator([]), Adventure("a", "T").with_turn(opening))
    yield game
    await game.close()


def written(tmp_path: Path, document: Any) -> Path:
    file = tmp_path / "lore.json"
    file.write_text(json.dumps(document))
    return file


async def run(game: Game, line: str) -> str:
    effect = await parse_line(line).run(game)
    assert isinstance(effect, Message)
    return effect.message


async def test_a_lorebook_is_added_and_what_is_there_is_not(game: Game, tmp_path: Path) -> None:
    file = written(tmp_path, BOOK)
    told = await run(game, f"/lore import '{file}'")
    assert told.startswith("1 lore entry added.\nFormat: a lorebook of SillyTavern.")
    assert "stood among the messages" in told
    assert "Kept for export, not used: extensions, name." in told
    [gate] = lore.load(game.adventure.lore)
    assert gate == LoreEntry(
        gate.id, "The gate", "It is shut.",
        ("gate", "/iron (gates?|doors)/i"), excluding=("war",), order=7,
        probability=40, depth=4, group="doors", weight=30, sticky=2, cooldown=1, recursive=False,
        patterns=True,
    )  # fmt: skip
    assert "Taken" not in told  # what was added is said instead
    assert (await run(game, f"/lore import {file}")).startswith(
        "0 lore entries added, 1 there already."
    )


async def test_an_unchanged_entry_is_written_as_it_was(game: Game, tmp_path: Path) -> None:
    await run(game, f"/lore import {written(tmp_path, BOOK)}")
    await run(game, "/lore add bell: It is cracked.")
    out = tmp_path / "out.json"
    assert "as a lorebook of SillyTavern" in await run(game, f"/lore export {out}")
    book = json.loads(out.read_text())
    assert (book["name"], book["extensions"]) == ("Marrow", {"a": 1})
    assert book["entries"]["4"] == GATE
    assert book["entries"]["0"]["key"] == ["bell"]
    await run(game, "/lore edit gate: It is open.")
    changed = json.loads(silly_tavern_lorebook.write(game.adventure))["entries"]["4"]
    assert (changed["content"], changed["automationId"]) == ("It is open.", "x")


async def test_a_character_book_is_read_as_well(game: Game, tmp_path: Path) -> None:
    await run(game, f"/lore import {written(tmp_path, {'entries': [CHARACTER_ENTRY]})}")
    [mira] = lore.load(game.adventure.lore)
    assert mira == LoreEntry(
        mira.id, "Mira", "She is dry.", ("mira",), secondary=("light",), always=True,
        enabled=False, case_sensitive=True, order=3, probability=20, depth=5, sticky=2,
        recursive=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        [{"keys": "gate", "value": "It is shut.", "type": "place", "title": "Gate"}],
        {"lorebookVersion": 5, "entries": [{"text": "It is shut.", "keys": ["gate"]}]},
        {"folders": {}, "entries": {"1": {"key": ["gate"], "content": "It is shut."}}},
        samples.KOBOLD | {"worldinfo": [{"key": "gate", "content": "It is shut."}]},
        samples.AVENTURAS | {"lorebookEntries": [{"name": "gate", "description": "It is shut."}]},
    ],
)
async def test_lore_is_found_in_every_file_that_has_some(
    game: Game, tmp_path: Path, document: Any
) -> None:
    await run(game, f"/lore import {written(tmp_path, document)}")
    [gate] = lore.load(game.adventure.lore)
    assert (gate.keys, gate.content) == (("gate",), "It is shut.")


@pytest.mark.parametrize(
    ("document", "kept"),
    [
        (
            [{"keys": "gate", "value": "It is shut.", "useForCharacterCreation": True}],
            "of each lore entry: useForCharacterCreation",
        ),
        (
            {"lorebookVersion": 5, "settings": {"orderByKeyLocations": True},
             "entries": [{"text": "It is shut.", "keys": ["gate"], "id": "x"}]},
            "settings, of each lore entry: id",
        ),
        (
            {"folders": {"a": []}, "entries": {"1": {"key": ["gate"], "content": "It is shut.",
                                                     "manual_text": "No."}}},
            "folders, of each lore entry: manual_text",
        ),
    ],
)  # fmt: skip
async def test_unknown_fields_of_lore_are_kept_with_the_adventure(
    game: Game, tmp_path: Path, document: Any, kept: str
) -> None:
    told = await run(game, f"/lore import {written(tmp_path, document)}")
    assert f"Kept in Grue's own exports, not used: {kept}." in told
    [gate] = lore.load(game.adventure.lore)
    [fields] = json.loads(game.adventure.foreign_fields).values()
    assert list(fields["entries"]) == [gate.id]
    await run(game, f"/lore import {written(tmp_path, document)}")
    [again] = json.loads(game.adventure.foreign_fields).values()
    assert again == fields


async def test_a_character_and_scenarios_have_their_lore(game: Game, tmp_path: Path) -> None:
    book = {"entries": [CHARACTER_ENTRY | {"content": "{{char}} distrusts {{user}}."}]}
    card = samples.CARD | {"data": samples.CARD["data"] | {"character_book": book}}
    entry = {"keys": ["sea"], "text": "It is cold, ${name}.", "entry": "It is cold, ${name}."}
    for document, told in (
        (card, "Mira distrusts Ada."),
        (samples.NOVELAI_SCENARIO | {"lorebook": {"entries": [entry]}}, "It is cold, Ada."),
        (samples.AETHERROOM | {"worldInfos": [entry]}, "It is cold, Ada."),
    ):
        file = written(tmp_path, document)
        scenario = transfer.read_file(file).scenarios[0]
        loaded = from_toml(to_toml(scenario), name="x", source="x")
        assert loaded.lore == scenario.lore
        answers = {question.name: "Ada" for question in questions(loaded)}
        [filled] = lore.load(fill(loaded, answers).lore)
        assert filled.content == told
    await run(game, f"/lore import {written(tmp_path, card)}")
    [mira] = lore.load(game.adventure.lore)
    assert mira.content == "Mira distrusts you."


async def test_all_lore_of_a_character_is_added_whatever_a_scenario_has_room_for(
    game: Game, tmp_path: Path
) -> None:
    entries = [
        CHARACTER_ENTRY | {"name": str(number), "content": f"{number} knows {{{{user}}}}. " * 99,
                           "extensions": {"unknown": "x" * 2_000}}
        for number in range(50)
    ]  # fmt: skip
    card = samples.CARD | {"data": samples.CARD["data"] | {"character_book": {"entries": entries}}}
    file = written(tmp_path, card)
    imported = transfer.read_file(file)
    assert len(lore.load(imported.scenarios[0].lore)) < 50
    assert "`/lore import` of the file" in " ".join(imported.report.lines())
    told = await run(game, f"/lore import {file}")
    assert told.startswith("50 lore entries added.")
    assert "too long" not in told
    added = lore.load(game.adventure.lore)
    assert all("knows you. " in entry.content for entry in added)
    [fields] = json.loads(game.adventure.foreign_fields).values()
    assert all(len(fields["entries"][entry.id]["unknown"]) == 2_000 for entry in added)


def test_lore_that_a_character_has_brought_is_not_added_again(tmp_path: Path) -> None:
    entries = [
        CHARACTER_ENTRY | {"name": str(number), "content": text * 99}
        for number, text in enumerate(["It is dry. ", "{{user}} knows {{user}}. "] * 10)
    ]
    card = samples.CARD | {"data": samples.CARD["data"] | {"character_book": {"entries": entries}}}
    imported = transfer.read_file(written(tmp_path, card))
    brought = fill(imported.scenarios[0], {"your name": "Ada"}).lore
    assert 1 < len(lore.load(brought)) < 20
    changes, said = add(Adventure("a", "T", lore=brought), imported)
    assert f"{len(lore.load(brought))} there already" in said
    added = lore.load(changes["lore"])
    assert len(added) == 20
    assert all("dry" in entry.content or "Ada knows Ada" in entry.content for entry in added)


@pytest.mark.parametrize(
    "fields", ["[]", '{"sillytavern-lorebook": 5}', '{"sillytavern-lorebook": {"entries": 5}}']
)
def test_kept_fields_that_no_import_has_written_are_no_obstacle(
    tmp_path: Path, fields: str
) -> None:
    adventure = Adventure("a", "T", foreign_fields=fields)
    changes, _ = add(adventure, transfer.read_file(written(tmp_path, BOOK)))
    changed = adventure.with_changes(changes)
    [entry] = lore.load(changed.lore)
    assert json.loads(silly_tavern_lorebook.write(changed))["entries"]["4"]["key"] == list(
        entry.keys
    )


def test_an_import_adds_no_more_patterns_than_are_searched(tmp_path: Path) -> None:
    keys = tuple(f"/gate{number}/" for number in range(MAX_PATTERNS))
    full = LoreEntry("full", "Full", "Fact.", keys, patterns=True)
    adventure = Adventure("a", "T", lore=lore.dump([full]))
    with pytest.raises(InputRefused, match="may have 100 patterns"):
        add(adventure, transfer.read_file(written(tmp_path, BOOK)))
    words = [{"keys": "gate", "value": "It is shut."}]
    changes, _ = add(adventure, transfer.read_file(written(tmp_path, words)))
    assert len(lore.load(adventure.with_changes(changes).lore)) == 2


def test_patterns_without_room_go_out_as_they_came_and_are_not_compiled(tmp_path: Path) -> None:
    source = {"uid": 0, "comment": "Gate", "content": "It is shut.", "selective": False}
    entries = {
        str(number): source | {"uid": number, "key": ["gate", f"/gate{number}/"]}
        for number in range(300)
    }
    found = transfer.read_file(written(tmp_path, {"entries": entries}))
    changes, _ = add(Adventure("a", "T"), found)
    adventure = Adventure("a", "T").with_changes(changes)
    assert len(lore.load(adventure.lore)) == MAX_PATTERNS + 1  # the others are all the same
    patterns._compiled.cache_clear()
    out = json.loads(silly_tavern_lorebook.write(adventure))["entries"]
    assert out == {number: entries[number] for number in out}
    assert patterns._compiled.cache_info().misses <= MAX_PATTERNS


async def test_what_has_no_lore_is_refused(game: Game, tmp_path: Path) -> None:
    for document in (samples.AVENTURAS, {"entries": {}}):
        with pytest.raises(InputRefused, match="no lore in the file"):
            await run(game, f"/lore import {written(tmp_path, document)}")
    (tmp_path / "notes.txt").write_text("Nobody knows what this is.")
    with pytest.raises(InputRefused, match="Lore is read of Grue, SillyTavern") as refused:
        await run(game, f"/lore import {tmp_path / 'notes.txt'}")
    assert "--" not in str(refused.value)
    with pytest.raises(InputRefused, match="which file"):
        await run(game, "/lore import")


WORDS = st.lists(st.sampled_from(["gate", "fox", "bell"]), min_size=1, max_size=2).map(" ".join)
ENTRIES = st.builds(
    LoreEntry,
    st.just("x"),
    title=WORDS,
    content=WORDS,
    keys=st.lists(WORDS, unique=True, max_size=3).map(tuple),
    secondary=st.lists(WORDS, unique=True, max_size=2).map(tuple),
    always=st.booleans(),
    enabled=st.booleans(),
    case_sensitive=st.booleans(),
    order=st.integers(-999, 999),
    probability=st.integers(0, 100),
    depth=st.integers(1, 50),
    group=WORDS | st.just(""),
    weight=st.integers(1, 500),
    sticky=st.integers(0, 500),
    cooldown=st.integers(0, 500),
    delay=st.integers(0, 500),
    recursive=st.booleans(),
)


@settings(max_examples=30)
@given(st.lists(ENTRIES, min_size=1, max_size=3))
def test_lore_survives_a_round_trip(entries: list[LoreEntry]) -> None:
    known = [replace(entry, id=str(number)) for number, entry in enumerate(entries)]
    text = silly_tavern_lorebook.write(Adventure("a", "T", lore=lore.dump(known)))
    assert silly_tavern_lorebook.FORMAT.read
    read = silly_tavern_lorebook.FORMAT.read(Document("x", text, json.loads(text)))
    again = lore.load(read.lore)
    assert without_ids(again) == without_ids(known)
    changes, _ = add(Adventure("b", "T"), read)
    imported = Adventure("b", "T").with_changes(changes)
    assert len(lore.load(imported.lore)) == len(set(map(repr, without_ids(again))))


def without_ids(entries: Iterable[LoreEntry]) -> list[LoreEntry]:
    return [replace(entry, id="x") for entry in entries]


def test_a_lorebook_alone_is_no_adventure(tmp_path: Path) -> None:
    found = transfer.read_file(written(tmp_path, BOOK))
    assert (found.adventures, found.scenarios) == ((), ())
