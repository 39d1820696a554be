"""Story cards, world info and lorebooks of other programs become lore entries."""

import json
from typing import Any

from dungeon import lore
from dungeon.lore import LoreEntry
from dungeon.lore.entry import MAX_CONTENT, MAX_ENTRIES
from dungeon.lore.patterns import MAX_PATTERNS
from dungeon.story import Adventure
from dungeon.transfer import kobold_lore, lorebook, silly_tavern_lorebook
from dungeon.transfer.imports import Notes
from dungeon.transfer.lorebook import Card
from tests.rows import every_row


def read(reader: Any, value: object) -> tuple[list[lore.LoreEntry], Notes]:
    notes = Notes("a file")
    return list(lore.load(reader(value, notes))), notes


def test_story_cards_and_older_world_info() -> None:
    cards = [
        {"keys": "gate, iron gate", "value": "It is shut.", "type": "place", "title": "The gate"},
        {"keys": "fox", "entry": "It pays rent."},
    ]
    entries, notes = read(lorebook.story_cards, cards)
    assert [(e.title, e.keys, e.content) for e in entries] == [
        ("The gate", ("gate", "iron gate"), "It is shut."),
        ("fox", ("fox",), "It pays rent."),
    ]
    assert notes.taken == ["2 lore entries"]
    _, notes = read(lorebook.story_cards, [{"title": "Gate", "entry": "Shut.", "keys": "/(?!a)/"}])
    assert notes.changed == ["1 lore entry without keys, never in the prompt: “Gate”"]


def test_world_info_of_both_versions() -> None:
    one = {"key": "gate", "keysecondary": "war", "content": "Shut.", "comment": "G",
           "selective": True, "constant": True, "keyanti": "dream", "probability": 40,
           "widisabled": True}  # fmt: skip
    [entry], _ = read(kobold_lore.read_world_info, [one])
    assert (entry.keys, entry.secondary, entry.excluding) == (("gate",), ("war",), ("dream",))
    assert (entry.title, entry.always, entry.enabled, entry.probability) == ("G", True, False, 40)
    two = {"entries": {"1": {"title": "T", "key": ["fox"], "keysecondary": ["x"], "content": "C"}}}
    [entry], _ = read(kobold_lore.read_world_info, two)
    assert (entry.title, entry.keys, entry.secondary) == ("T", ("fox",), ())


def test_a_lorebook_of_novelai() -> None:
    book = {"entries": [{"text": "Shut.", "displayName": "G", "keys": ["gate", "/ga.e/i"],
                         "enabled": False, "forceActivation": True}]}  # fmt: skip
    [entry], notes = read(lorebook.novelai_lorebook, book)
    assert (entry.title, entry.enabled, entry.always) == ("G", False, True)
    assert (entry.keys, entry.patterns) == (("gate", "/ga.e/i"), True)
    assert not notes.dropped


@every_row("value", [None, 3, {}, {"entries": 1}, [], "x"])
@every_row(
    "reader",
    [
        lorebook.story_cards,
        kobold_lore.read_world_info,
        lorebook.novelai_lorebook,
        lorebook.aventuras_entries,
    ],
)
def test_what_is_no_list_gives_nothing(reader: Any, value: object) -> None:
    assert read(reader, value) == ([], Notes("a file"))


def test_what_cannot_be_an_entry_is_noted() -> None:
    bad = [1, {}, {"value": 3, "keys": 7}, {"keys": "gate", "value": "x" * 30_000}]
    [entry], notes = read(lorebook.story_cards, bad)
    assert len(entry.content) == MAX_CONTENT
    assert notes.dropped == ["3 lore entries without a text, or that cannot be read"]
    assert notes.changed == ["lore texts cut at 20,000 characters"]


def test_a_lorebook_for_silly_tavern() -> None:
    entries = [
        lore.LoreEntry("a", "Öl", "It burns.", ("oil",), secondary=("lamp",), order=7, sticky=2),
        lore.LoreEntry("b", "Gate", "Shut.", ("gate",), excluding=("dream",), enabled=False),
    ]
    adventure = Adventure("a", "T", lore=lore.dump(entries))
    written = json.loads(silly_tavern_lorebook.write(adventure))["entries"]
    oil, gate = written["0"], written["1"]
    assert (oil["comment"], oil["key"], oil["keysecondary"]) == ("Öl", ["oil"], ["lamp"])
    assert (oil["selectiveLogic"], oil["order"], oil["sticky"], oil["scanDepth"]) == (0, 7, 4, 7)
    assert (gate["keysecondary"], gate["selectiveLogic"], gate["disable"]) == (["dream"], 2, True)
    assert json.loads(silly_tavern_lorebook.write(Adventure("a", "T"))) == {"entries": {}}


def test_the_rules_of_novelai_entries() -> None:
    book = {
        "categories": [{"id": "c", "enabled": False}],
        "entries": [
            {"text": "Shut.", "keys": ["gate & iron"], "searchRange": 1200, "category": "c",
             "contextConfig": {"budgetPriority": 600}},
            {"text": "Old.", "keys": ["fox & hen", "/(old|grey) fox/i"]},
        ],
    }  # fmt: skip
    [gate, fox], notes = read(lorebook.novelai_lorebook, book)
    assert (gate.keys, gate.secondary, gate.depth) == (("gate",), ("iron",), 4)
    assert (gate.order, gate.enabled) == (-600, False)
    assert (fox.keys, fox.patterns) == (("/(old|grey) fox/i",), True)
    assert notes.dropped == ["lore keys that ask for several words at once"]


def test_entries_of_aventuras() -> None:
    entry = {"name": "Mira", "description": "Keeps the light.", "aliases": ["the keeper"],
             "injection": {"mode": "keyword", "keywords": ["lighthouse"],
                           "priority": 5}}  # fmt: skip
    [mira], _ = read(lorebook.aventuras_entries, [entry])
    assert (mira.title, mira.keys) == ("Mira", ("Mira", "the keeper", "lighthouse"))
    assert (mira.order, mira.always, mira.enabled) == (-5, False, True)


def test_a_pattern_is_kept_where_it_can_be_searched_and_named_where_not() -> None:
    keys = ["gate", r"/\b(iron )?gates?\b/i", "/(?<=the )king/", "/" + "x" * 90 + "(/"]
    [entry], notes = read(kobold_lore.read_world_info, [{"key": keys, "content": "Shut."}])
    assert entry.keys == ("gate", r"/\b(iron )?gates?\b/i")
    assert entry.patterns
    assert notes.dropped == [
        "the lore key /(?<=the )king/, a pattern that cannot be searched",
        f"the lore key /{'x' * 39}…, a pattern that cannot be searched",
    ]
    [plain], _ = read(kobold_lore.read_world_info, [{"key": ["gate"], "content": "Shut."}])
    assert not plain.patterns


def test_no_more_patterns_are_taken_than_are_searched() -> None:
    keys = [[f"/gate{entry}{key}/" for key in range(60)] for entry in range(2)]
    entries, notes = read(
        kobold_lore.read_world_info, [{"key": each, "content": "Shut."} for each in keys]
    )
    assert sum(len(entry.keys) for entry in entries) == MAX_PATTERNS
    assert set(notes.dropped) == {"lore keys that are patterns, more or larger than are searched"}


def test_entries_behind_the_last_are_counted_and_not_read() -> None:
    notes, entry = Notes("f"), LoreEntry("a", "Gate", "It is shut.", ("gate",))
    asked = 0

    def read_one(card: Card) -> LoreEntry:
        nonlocal asked
        asked += 1
        return entry

    found = lorebook.read_entries([{"a": 1}] * (MAX_ENTRIES + 3), notes, read_one)
    assert len(found) == asked == MAX_ENTRIES
    assert notes.dropped == ["3 lore entries behind the first 10,000"]
