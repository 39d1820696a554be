"""The lore goes out to KoboldAI as world info, and comes back as it was."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dungeon import lore
from dungeon.lore import LoreEntry
from dungeon.story import Adventure
from dungeon.transfer.formats import Document
from dungeon.transfer.kobold import KOBOLD
from tests.dungeon.transfer import samples

WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=8)
KEYS = st.lists(WORDS, max_size=3, unique=True).map(tuple)
ENTRIES = st.builds(
    LoreEntry,
    id=st.uuids().map(lambda each: each.hex),
    title=WORDS,
    content=WORDS,
    keys=KEYS,
    secondary=KEYS,
    excluding=KEYS,
    always=st.booleans(),
    enabled=st.booleans(),
    probability=st.integers(0, 100),
    group=WORDS | st.just(""),
)

GATE: dict[str, Any] = {"key": "gate, iron gate", "keysecondary": "", "content": "It is shut.",
        "comment": "Gate", "folder": None, "constant": False, "wivec": 3}  # fmt: skip
FOX: dict[str, Any] = {"key": "/(old|grey) fox/i", "content": "It pays rent.", "uid": 7}
EMPTY: dict[str, Any] = {"key": "", "content": "", "init": False}


def read(save: dict[str, Any]) -> Adventure:
    assert KOBOLD.read
    [adventure] = KOBOLD.read(Document("tale.json", "", save)).adventures
    return adventure


def written(adventure: Adventure) -> list[dict[str, Any]]:
    assert KOBOLD.write
    found: list[dict[str, Any]] = json.loads(KOBOLD.write(adventure))["worldinfo"]
    return found


def without_ids(stored: str) -> list[LoreEntry]:
    return [replace(entry, id="x") for entry in lore.load(stored)]


@given(st.lists(ENTRIES, max_size=4, unique_by=lambda entry: entry.id))
def test_lore_survives_the_way_through_koboldai(entries: list[LoreEntry]) -> None:
    story = replace(read(samples.KOBOLD), lore=lore.dump(entries))
    again = read(samples.KOBOLD | {"worldinfo": written(story)})
    assert without_ids(again.lore) == without_ids(story.lore)
    assert not list(KOBOLD.loses(story))


def test_lore_of_grue_becomes_world_info() -> None:
    entry = LoreEntry("a", "Gate", "Shut.", ("gate", "door"), ("war",), always=True)
    [found] = written(replace(read(samples.KOBOLD), lore=lore.dump([entry])))
    assert (found["key"], found["keysecondary"]) == ("gate, door", "war")
    assert (found["comment"], found["content"]) == ("Gate", "Shut.")
    assert (found["selective"], found["constant"], found["folder"]) == (True, True, None)


def test_unchanged_entries_go_back_as_they_came() -> None:
    story = read(samples.KOBOLD | {"worldinfo": [GATE, EMPTY, FOX]})
    assert written(story) == [GATE, FOX, EMPTY]


def test_a_changed_entry_keeps_the_fields_that_grue_does_not_know() -> None:
    story = read(samples.KOBOLD | {"worldinfo": [GATE, FOX]})
    gate, fox = lore.load(story.lore)
    new = LoreEntry("new", "Well", "Deep.", ("well",))
    changed = [replace(fox, depth=9), new, replace(gate, content="It is open.")]
    out = written(replace(story, lore=lore.dump(changed)))
    assert out[0] == FOX  # KoboldAI has no depth
    assert "wivec" not in out[1]
    assert out[2]["content"] == "It is open."
    assert out[2] | {"content": "It is shut."} == out[2] | GATE


def test_second_keys_that_are_off_stay_where_the_text_is_changed() -> None:
    off = GATE | {"keysecondary": "war", "selective": False}
    story = read(samples.KOBOLD | {"worldinfo": [off]})
    [gate] = lore.load(story.lore)
    [out] = written(replace(story, lore=lore.dump([replace(gate, content="Open.")])))
    assert out == off | {"content": "Open."}
    [out] = written(replace(story, lore=lore.dump([replace(gate, secondary=("peace",))])))
    assert (out["keysecondary"], out["selective"]) == ("peace", True)


def test_a_removed_entry_is_gone() -> None:
    story = read(samples.KOBOLD | {"worldinfo": [GATE, FOX]})
    assert written(replace(story, lore="")) == []


def test_an_entry_of_version_2_is_written_as_one_of_version_1() -> None:
    two = {"entries": {"1": {"title": "T", "key": ["fox"], "content": "C", "mode": "x"}}}
    story = read(samples.KOBOLD | {"worldinfo_v2": two})
    [found] = written(story)
    assert (found["key"], found["title"], found["mode"]) == ("fox", "T", "x")


def test_each_of_many_entries_keeps_its_own_fields() -> None:
    world = [GATE | {"comment": f"Gate {number}", "wivec": number} for number in range(5_000)]
    story = read(samples.KOBOLD | {"worldinfo": world})
    entries = [replace(entry, content="Open.") for entry in lore.load(story.lore)]
    out = written(replace(story, lore=lore.dump(entries)))
    assert [each["wivec"] for each in out] == list(range(5_000))
