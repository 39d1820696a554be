"""Tests of lore keys that are patterns."""

import pytest

from dungeon.errors import InputRefused
from dungeon.lore import LoreEntry, LoreIndex, activate, dump, load
from dungeon.lore.editing import change_field, parse_keys, read_form, with_entry, write_form
from dungeon.lore.patterns import MAX_PATTERNS, PatternRoom, compile_pattern, is_pattern
from tests.rows import every_row

GATE = LoreEntry("a", "Gate", "It is shut.", (r"/\bgates?\b/i",), patterns=True)


def fired(entry: LoreEntry, *texts: str) -> list[str]:
    return [one.reason for one in activate(LoreIndex([entry]), texts).fired]


@every_row(
    ("key", "text", "fires"),
    [
        (r"/\bgates?\b/i", "The GATES are shut.", True),
        (r"/\bgates?\b/i", "The gatekeeper waits.", False),
        ("/gate/", "the gatekeeper", True),  # a pattern may match within words
        ("/gate/", "The Gate", False),
        ("/iron.{1,3}gate/s", "iron\ngate", True),
        ("/^gate$/m", "You go.\ngate\n", True),
        (r"/caf\u00e9/gu", "the café", True),
        ("/smith|smithy/i", "A Smithy.", True),
        (r"/\/x/", "1/x", True),
    ],
)
def test_a_pattern_is_searched_as_it_is_written(key: str, text: str, fires: bool) -> None:
    assert bool(compile_pattern(key)(text.encode())) is fires
    assert bool(fired(LoreEntry("a", "A", "Fact.", (key,), patterns=True), text)) is fires


def test_patterns_are_opted_into_by_each_entry() -> None:
    literal = LoreEntry("a", "A", "Fact.", ("/gates?/i",))
    assert fired(literal, "the gates") == []
    assert fired(literal, "gates i") == ["key “/gates?/i”, in your action"]
    both = LoreIndex([literal, LoreEntry("b", "B", "Fact.", ("/gates?/i",), patterns=True)])
    assert [one.entry.id for one in activate(both, ["the gates"]).fired] == ["b"]


def test_an_entry_may_have_words_and_patterns_and_say_where_they_are() -> None:
    entry = LoreEntry("a", "A", "Fact.", ("bell", "/gates?/"), ("/iron|oak/",), ("/dreams?/",),
                      patterns=True)  # fmt: skip
    assert fired(entry, "an iron gate", "You wait.") == [
        "key “/gates?/”, 1 turn back and “/iron|oak/”, 1 turn back"
    ]
    assert fired(entry, "oak bell") == [
        "key “bell”, in your action and “/iron|oak/”, in your action"
    ]
    assert fired(entry, "an iron gate in dreams") == []


@every_row("key", ["/(?=a)b/", r"/(a)\1/", "/(gate/", "/a/x", "/(a{1000}){1000}/", "gate"])
def test_what_the_engine_cannot_search_is_refused(key: str) -> None:
    with pytest.raises(InputRefused, match="pattern"):
        compile_pattern(key)


def test_a_pattern_takes_time_by_the_length_of_the_text_alone() -> None:
    search = compile_pattern("/(a+)+$/")  # a backtracking engine would never end
    assert not search(b"a" * 50_000 + b"!")


def test_the_form_of_an_entry_keeps_patterns_and_refuses_wrong_ones() -> None:
    entry = LoreEntry("a", "Gate", "It is shut.", ("/a{1,2}/", "iron gate"), patterns=True)
    form = write_form(entry)
    assert "keys: /a{1,2}/, iron gate" in form
    assert "patterns: yes" in form
    assert read_form(form, entry) == entry
    assert parse_keys("/(a,b)/i, c d,e") == ("/(a,b)/i", "c d", "e")
    with pytest.raises(InputRefused, match="Look-around"):
        change_field(entry, "keys", "/(?=a)/")
    plain = LoreEntry("b", "B", "Fact.", ("/(gate/",))
    with pytest.raises(InputRefused, match="cannot be used"):
        change_field(plain, "patterns", "yes")


def test_patterns_are_stored_and_a_broken_one_fires_nothing() -> None:
    assert load(dump([GATE])) == (GATE,)
    broken = LoreEntry("a", "A", "Fact.", ("/(gate/", "bell"), patterns=True)
    assert fired(broken, "(gate") == []
    assert fired(broken, "the bell") == ["key “bell”, in your action"]


def test_an_adventure_has_a_bounded_number_of_patterns() -> None:
    keys = tuple(f"/gate{number}/" for number in range(MAX_PATTERNS))
    full = LoreEntry("a", "A", "Fact.", keys, patterns=True)
    assert with_entry([full], full) == (full,)
    with pytest.raises(InputRefused, match="100 patterns"):
        with_entry([full], LoreEntry("b", "B", "Fact.", ("/more/",), patterns=True))
    assert with_entry([full], LoreEntry("c", "C", "Fact.", ("more",)))


def test_large_patterns_are_fewer_so_that_no_file_holds_up_a_turn() -> None:
    slow = [f"/{letter}[ab ]{{0,500}}c/" for letter in "abcdefgh"]  # 0.3 s each in a long text
    large = [LoreEntry(f"e{number}", "A", "Fact.", (key,), patterns=True)
             for number, key in enumerate(slow)]  # fmt: skip
    room = PatternRoom()
    taken = [key for key in slow if room.take(key)]
    assert taken == slow[:3]
    assert room.take(taken[0])  # it is searched once, however often it stands there
    with pytest.raises(InputRefused, match="fewer"):
        with_entry(large[:3], large[3])
    text = "\n".join(f"{letter} c" for letter in "abcdefgh")
    assert [one.entry.id for one in activate(LoreIndex(large), [text]).fired] == ["e0", "e1", "e2"]


def test_a_large_pattern_that_several_entries_have_takes_room_once() -> None:
    room = PatternRoom()
    *first, last = (f"/{letter}[ab ]{{0,500}}c/" for letter in "abcd")
    assert all(map(room.take, first))
    assert not any(room.take(last) for _ in range(MAX_PATTERNS))
    assert room.take("/gate/")


@every_row(("key", "found"), [("/a/i", True), ("/a", False), ("//", False), ("a/b/c", False)])
def test_a_pattern_stands_between_slashes(key: str, found: bool) -> None:
    assert is_pattern(key) is found
