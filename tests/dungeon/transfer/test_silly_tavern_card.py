"""A character card keeps, through play, what Grue has no use for, and goes out as a card again."""

import json
import tracemalloc
from dataclasses import replace
from typing import Any

from dungeon import lore, scenarios
from dungeon.lore import LoreEntry
from dungeon.lore.entry import MAX_CONTENT
from dungeon.scenarios.parser import LIMITS, MAX_FOREIGN, from_toml
from dungeon.scenarios.writer import to_toml
from dungeon.story import Adventure, Kind, Turn
from dungeon.transfer import silly_tavern_lorebook
from dungeon.transfer.formats import Document
from dungeon.transfer.grue_json import read as read_grue
from dungeon.transfer.grue_json import write as write_grue
from dungeon.transfer.imports import Imported
from dungeon.transfer.silly_tavern_card import CARD
from dungeon.transfer.silly_tavern_macros import replace_character
from dungeon.turns.adventure_store import new_adventure
from tests.dungeon.transfer import samples
from tests.rows import every_row

ENTRY: dict[str, Any] = {
    "id": 0, "keys": ["light"], "content": "{{char}} watches {{user}}.", "name": "Light",
    "comment": "Light", "enabled": True, "insertion_order": 3, "position": "before_char",
    "extensions": {"depth": 4, "probability": 50},
}  # fmt: skip
DATA: dict[str, Any] = samples.CARD["data"] | {
    "mes_example": "<START>\n{{char}}: It's Öl.",
    "tags": ["sea"],
    "creator": "someone",
    "post_history_instructions": "Keep it dry, {{char}}.",
    "character_book": {"name": "Light", "entries": [ENTRY], "extensions": {}},
}
CARD_V2: dict[str, Any] = samples.CARD | {"data": DATA, "name": "Mira", "avatar": "none"}


def read(card: dict[str, Any]) -> Imported:
    assert CARD.read
    return CARD.read(Document("mira.json", "", card))


def played(card: dict[str, Any], greeting: int = 0) -> Adventure:
    """Return the adventure that the card's scenario, saved as a file, begins."""
    scenario = read(card).scenarios[greeting]
    loaded = from_toml(to_toml(scenario), name="mira", source="mira.toml")
    assert loaded.foreign_fields == scenario.foreign_fields
    return new_adventure(scenarios.fill(loaded, {"your name": "Ada"}))


def written(adventure: Adventure) -> dict[str, Any]:
    assert CARD.write
    found: dict[str, Any] = json.loads(CARD.write(adventure))
    return found


def test_what_grue_has_no_use_for_is_kept() -> None:
    report = read(CARD_V2).report
    assert {"avatar", "creator", "extensions", "mes_example", "tags"} <= set(report.kept)
    assert {"spec", "description", "greeting"}.isdisjoint(report.kept)
    assert report.dropped == ()


@every_row("greeting", [0, 1])
def test_a_card_goes_out_as_it_came(greeting: int) -> None:
    adventure = played(CARD_V2, greeting)
    assert "Ada" in adventure.memory
    again = written(read_grue("mira.json", write_grue(adventure)))
    assert {name: again[name] for name in CARD_V2} == CARD_V2 | {"data": again["data"]}
    assert {name: again["data"][name] for name in DATA} == DATA


def test_what_was_changed_in_play_is_in_the_card() -> None:
    adventure = played(CARD_V2)
    [light] = lore.load(adventure.lore)
    new = LoreEntry("new", "Well", "Deep.", ("well",))
    changed = replace(
        adventure,
        memory="Mira is gone.",
        note="Be grim.",
        tags=("dark", "sea"),
        lore=lore.dump([replace(light, content="It is out."), new]),
    )
    data = written(changed)["data"]
    assert (data["description"], data["personality"]) == ("Mira is gone.", "")
    assert (data["post_history_instructions"], data["tags"]) == ("Be grim.", ["sea", "dark"])
    assert data["first_mes"] == DATA["first_mes"]
    first, second = data["character_book"]["entries"]
    assert (first["content"], first["keys"], first["enabled"]) == ("It is out.", ["light"], True)
    assert first["extensions"]["depth"] == 4
    assert (second["name"], second["keys"]) == ("Well", ["well"])


def test_an_adventure_of_grue_becomes_a_card() -> None:
    entry = LoreEntry("a", "Rat", "It bites.", ("rat",), excluding=("cat",), sticky=2, depth=9)
    adventure = Adventure("a", "The Cell", memory="A cell.", lore=lore.dump([entry]))
    adventure = adventure.with_turn(Turn("0", None, Kind.OPENING, "", "You wake."))
    adventure = adventure.with_turn(Turn("1", "0", Kind.DO, "You look.", "A rat."))
    card = written(adventure)
    [scenario] = read(card).scenarios
    assert (scenario.title, scenario.opening) == ("The Cell", "You wake.")
    assert scenario.memory == "A cell."
    [again] = lore.load(scenario.lore)
    assert replace(again, id="a") == entry
    assert list(CARD.loses(adventure)) == ["1 turn after the opening"]


def test_an_entry_at_depth_stays_there() -> None:
    deep = ENTRY | {"position": "after_char", "extensions": {"position": 4, "depth": 2, "role": 0}}
    card = CARD_V2 | {"data": DATA | {"character_book": {"entries": [deep], "extensions": {}}}}
    assert any("stood among the messages" in change for change in read(card).report.changed)
    assert written(played(card))["data"]["character_book"]["entries"] == [deep]


SILLY_TAVERN: dict[str, Any] = {
    "id": 3, "keys": ["gate", "/iron gates?/i"], "secondary_keys": ["war"], "comment": "The gate",
    "content": "Shut, {{user}}.", "constant": False, "selective": True, "insertion_order": 100,
    "enabled": True, "position": "after_char", "use_regex": True,
    "extensions": {
        "position": 4, "exclude_recursion": False, "display_index": 0, "probability": 100,
        "useProbability": True, "depth": 4, "selectiveLogic": 0, "outlet_name": "", "group": "",
        "group_override": False, "group_weight": 100, "prevent_recursion": False,
        "delay_until_recursion": False, "scan_depth": None, "match_whole_words": None,
        "use_group_scoring": False, "case_sensitive": True, "automation_id": "", "role": 0,
        "vectorized": False, "sticky": 0, "cooldown": 0, "delay": 0, "ignore_budget": False,
    },
}  # fmt: skip
"""As SillyTavern writes an entry, and not as the standard of cards has it."""

STANDARD = ENTRY | {"name": "Light", "comment": "for the tower", "case_sensitive": True}


@every_row("entry", [SILLY_TAVERN, STANDARD])
def test_an_entry_is_written_as_it_was_and_changed_where_it_is_said(entry: dict[str, Any]) -> None:
    book = {"entries": [entry], "extensions": {}}
    adventure = played(CARD_V2 | {"data": DATA | {"character_book": book}})
    [known] = lore.load(adventure.lore)
    assert known.case_sensitive
    assert written(adventure)["data"]["character_book"] == book
    changed = replace(known, title="Other", enabled=False, case_sensitive=False)
    [out] = written(replace(adventure, lore=lore.dump([changed])))["data"]["character_book"][
        "entries"
    ]
    assert (out["comment"], out["enabled"]) == ("Other", False)
    card = read(CARD_V2 | {"data": DATA | {"character_book": {"entries": [out]}}})
    [again] = lore.load(card.lore)
    assert (again.title, again.enabled, again.case_sensitive) == ("Other", False, False)
    lorebook = json.loads(silly_tavern_lorebook.write(adventure))["entries"]
    assert "automation_id" not in lorebook[str(next(iter(lorebook.values()))["uid"])]


def test_of_a_changed_entry_the_other_rules_stay_as_they_were() -> None:
    rules = {"scan_depth": 6, "sticky": 3, "useProbability": False, "probability": 40}
    entry = SILLY_TAVERN | {"selective": False, "extensions": SILLY_TAVERN["extensions"] | rules}
    adventure = played(CARD_V2 | {"data": DATA | {"character_book": {"entries": [entry]}}})
    [known] = lore.load(adventure.lore)

    def out(changed: LoreEntry) -> dict[str, Any]:
        data = written(replace(adventure, lore=lore.dump([changed])))["data"]
        found: dict[str, Any] = data["character_book"]["entries"][0]
        return found

    assert out(replace(known, content="Open.")) == entry | {"content": "Open."}
    rarer = out(replace(known, probability=5))["extensions"]
    assert (rarer["probability"], rarer["useProbability"], rarer["sticky"]) == (5, True, 3)
    second = out(replace(known, secondary=("peace",)))
    assert (second["secondary_keys"], second["selective"]) == (["peace"], True)


def test_no_two_entries_have_one_number() -> None:
    book = {"entries": [ENTRY | {"id": number, "name": str(number)} for number in (0, 1, 5, 5)]}
    adventure = played(CARD_V2 | {"data": DATA | {"character_book": book}})
    _, *left = lore.load(adventure.lore)
    new = LoreEntry("new", "Well", "Deep.", ("well",))
    changed = replace(adventure, lore=lore.dump([new, *left]))
    entries = written(changed)["data"]["character_book"]["entries"]
    assert [each["id"] for each in entries] == [0, 1, 5, 2]
    lorebook = json.loads(silly_tavern_lorebook.write(changed))["entries"]
    assert list(lorebook) == [str(each["uid"]) for each in lorebook.values()]
    assert len(lorebook) == 4


@every_row("half", ["\ud800", "Öl \udfff"])
def test_half_of_a_surrogate_pair_goes_out_as_it_came(half: str) -> None:
    entry = ENTRY | {"extensions": {"half": half}}
    book = {"entries": [entry], "extensions": {}}
    adventure = played(CARD_V2 | {"data": DATA | {"creator": half, "character_book": book}})
    data = written(adventure)["data"]
    assert (data["creator"], data["character_book"]) == (half, book)
    assert (
        json.loads(silly_tavern_lorebook.write(adventure).encode())["entries"]["0"]["half"] == half
    )


def test_macros_of_other_programs_do_not_keep_a_card_out() -> None:
    first = "{{random::{{user}}}} waits. " + "x" * LIMITS["opening"] + "{{roll d6}}"
    found = read(CARD_V2 | {"data": DATA | {"first_mes": first, "personality": "{{pick}}"}})
    assert "macros that cannot be drawn, to their words" in found.report.changed
    for scenario in found.scenarios:
        assert "pick" in scenario.memory
        from_toml(to_toml(scenario), name="x", source="x")


def test_a_long_name_takes_no_memory() -> None:
    card = {"name": "n" * 1_000_000, "description": "{{char}}" * 500_000, "first_mes": "Hello."}
    tracemalloc.start()
    [scenario] = read(card).scenarios
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(scenario.memory) == LIMITS["memory"]
    assert most < 64 * 1024 * 1024
    assert replace_character("{{char}}!", "n" * 1_000) == "n" * 80 + "!"


def test_a_text_of_lore_is_cut_where_the_names_make_it_too_long() -> None:
    entry = ENTRY | {"content": "{{user}} " * 2_000}
    card = CARD_V2 | {"data": DATA | {"character_book": {"entries": [entry]}}}
    found = read(card)
    assert [len(each.content) for each in lore.load(found.lore)] == [MAX_CONTENT]
    assert f"lore texts cut at {MAX_CONTENT:,} characters" in found.report.changed


def test_a_card_of_the_first_version_goes_out_as_one_of_the_second() -> None:
    card = written(played(DATA))
    assert card["spec"] == "chara_card_v2"
    assert card["data"]["mes_example"] == DATA["mes_example"]


def test_a_text_that_was_cut_is_whole_in_the_card() -> None:
    long = "{{char}} knows {{user}}. " * 400
    adventure = played(CARD_V2 | {"data": DATA | {"description": long, "extensions": {}}})
    assert adventure.memory.endswith("…")
    assert written(adventure)["data"]["description"] == long


def test_what_is_too_long_for_a_scenario_is_said() -> None:
    huge = {"regex": "x" * MAX_FOREIGN}
    found = read(CARD_V2 | {"data": DATA | {"extensions": huge}})
    assert (found.report.dropped, found.report.no_room) == ((), ("extensions",))
    assert "Dropped: extensions, too long for a scenario." in found.report.lines()
    assert "extensions" not in found.report.kept
    assert "mes_example" in found.report.kept
    assert len(found.scenarios[0].foreign_fields) <= MAX_FOREIGN


def test_as_much_as_a_scenario_holds_is_kept_and_read_again() -> None:
    creator = "'\u001b" * 5_000
    adventure = played(CARD_V2 | {"data": DATA | {"creator": creator}})
    assert written(adventure)["data"]["creator"] == creator
    many = {str(number): "x" * 90 for number in range(900)}
    for extensions in (many, {"a": many, "b": many}):
        found = read(CARD_V2 | {"data": DATA | {"extensions": extensions, "more": many}})
        for scenario in found.scenarios:
            assert from_toml(to_toml(scenario), name="x", source="x") == replace(scenario, name="x")


@every_row("name", ["", None, " "])
def test_a_card_without_a_name_goes_out_with_that_of_its_file(name: str | None) -> None:
    adventure = played(CARD_V2 | {"data": DATA | {"name": name}})
    data = written(adventure)["data"]
    assert (data["name"], data["post_history_instructions"]) == ("mira", "Keep it dry, {{char}}.")


def test_the_first_message_stays_where_another_greeting_was_played_and_changed() -> None:
    adventure = played(CARD_V2, greeting=1)
    opening = replace(adventure.path()[0], text="Rain on the stairs.")
    data = written(replace(adventure, turns={opening.id: opening}))["data"]
    assert data["first_mes"] == "Rain on the stairs."
    assert data["alternate_greetings"] == [DATA["first_mes"], *DATA["alternate_greetings"]]
