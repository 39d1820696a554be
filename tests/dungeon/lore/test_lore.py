"""Lore entries: which fire, why, and how they are stored."""

import json
from typing import Any

import pytest

from dungeon.errors import InputRefused
from dungeon.lore import LoreEntry, LoreIndex, activate, dump, load, record
from tests.rows import every_row


def entry(name: str, content: str = "A fact.", **more: Any) -> LoreEntry:
    return LoreEntry(name, name, content, **({"keys": (name,)} | more))


def fired(entries: list[LoreEntry], *texts: str, **more: Any) -> list[str]:
    return [one.entry.id for one in activate(LoreIndex(entries), texts, **more).fired]


@every_row(
    ("text", "fires"),
    [("The Gate is shut.", True), ("gates", False), ("GATE!", True), ("Gate-keeper", True)],
)
def test_a_key_matches_whole_words_in_any_case(text: str, fires: bool) -> None:
    assert bool(fired([entry("gate")], text)) is fires


def test_a_key_may_be_a_phrase_or_regard_case() -> None:
    phrase = entry("a", keys=("iron gate",))
    assert fired([phrase], "the iron  gate") == ["a"]
    assert fired([phrase], "the iron old gate") == []
    exact = entry("b", keys=("Rose",), case_sensitive=True)
    assert fired([exact], "you rose") == []
    assert fired([exact], "you rose to see Rose") == ["b"]
    assert fired([exact, entry("c", keys=("ROSE",))], "you rose") == ["c"]


def test_secondary_and_excluding_keys_narrow_it_down() -> None:
    one = entry("gate", secondary=("key", "lock"), excluding=("dream",))
    assert fired([one], "gate") == []
    assert fired([one], "gate lock") == ["gate"]
    assert fired([one], "gate lock dream") == []


def test_depth_counts_the_texts_from_the_end() -> None:
    one = entry("gate", depth=2)
    assert fired([one], "gate", "x") == ["gate"]
    assert fired([one], "gate", "x", "y") == []
    found = activate(LoreIndex([one]), ["gate", "x"]).fired
    assert found[0].reason == "key “gate”, 1 turn back"


def test_always_on_ordered_and_disabled_entries() -> None:
    entries = [entry("b", keys=(), always=True), entry("a", order=1), entry("c", enabled=False)]
    assert fired(entries, "a c") == ["a", "b"]


def test_recursion_is_capped_and_can_be_switched_off() -> None:
    chain = [entry(f"k{n}", f"see k{n + 1}") for n in range(9)]
    assert fired(chain, "k0") == ["k0", "k1", "k2", "k3"]
    assert fired([entry("a", "b", recursive=False), entry("b")], "a") == ["a"]


def test_a_probability_is_drawn_from_the_seed() -> None:
    one = [entry("gate", probability=50)]
    drawn = [fired(one, "gate", seed=str(n)) for n in range(200)]
    assert 60 < sum(map(bool, drawn)) < 140
    assert drawn == [fired(one, "gate", seed=str(n)) for n in range(200)]
    assert fired([entry("gate", probability=0)], "gate") == []


def test_one_entry_of_a_group_is_drawn_by_weight() -> None:
    group = [entry("a", group="g", weight=1), entry("b", group="g", weight=999)]
    drawn = [fired(group, "a b", seed=str(n)) for n in range(100)]
    assert all(len(one) == 1 for one in drawn)
    assert drawn.count(["b"]) > 90
    lost = activate(LoreIndex(group), ["a b"]).suppressed
    assert "group “g”" in lost[0].reason


def test_sticky_cooldown_and_delay_follow_from_the_records() -> None:
    sticky = entry("s", sticky=2)
    held = activate(LoreIndex([sticky]), ["x"], ["", "s"]).fired
    assert record(held) == "s+"
    assert fired([sticky], "x", records=["s", "s+"]) == ["s"]
    assert fired([sticky], "x", records=["s", "s+", "s+"]) == []
    cooling = entry("c", cooldown=2)
    assert fired([cooling], "c", records=["c", ""]) == []
    assert fired([cooling], "c", records=["c", "", ""]) == ["c"]
    assert fired([entry("d", delay=2)], "d", records=[""]) == []
    assert fired([entry("d", delay=2)], "d", records=["", ""]) == ["d"]


def test_entries_are_stored_without_loss() -> None:
    entries = (
        entry("a", "Öl\n“x”", order=-3, secondary=("b",), always=True),
        entry("b", keys=(), sticky=4, group="g"),
    )
    assert load(dump(entries)) == entries
    assert dump(()) == ""
    assert load("") == ()


@every_row(
    "stored",
    [
        "{", "{}", "[1]", '[{"title": "x"}]', '[{"id": "a", "keys": "x"}]', '[{"id": "a", "n": 1}]',
        '[{"id": "a", "depth": true}]', '[{"id": "a", "depth": 1e9}]', '[{"id": "a b"}]',
        '[{"id": "a", "probability": 101}]', '[{"id": "a"}, {"id": "a"}]', "[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_lore_is_refused(stored: str) -> None:
    with pytest.raises(InputRefused):
        load(stored)


def test_what_is_not_allowed_in_an_entry_is_refused() -> None:
    for more in ({"content": "x" * 20_001}, {"keys": ("…",)}, {"keys": ("x",) * 201}):
        with pytest.raises(InputRefused):
            entry("a", **more)
    assert json.loads(dump([entry("a")])) == [
        {"id": "a", "title": "a", "content": "A fact.", "keys": ["a"]}
    ]
