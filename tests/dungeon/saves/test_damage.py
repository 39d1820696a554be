"""Flipped bits, truncated files, lost headers: reported in full, never hidden, never made worse."""

import json
import random
import sqlite3
from contextlib import closing

import pytest

from dungeon.errors import NotSaved, SavesDamaged, SavesError
from dungeon.saves import integrity
from dungeon.saves.library import Library
from dungeon.saves.mapping import TurnsDamaged
from dungeon.story import Adventure, Kind
from tests.dungeon.saves import tales
from tests.dungeon.saves.tampering import tampering


@pytest.fixture
def adventure(library: Library) -> Adventure:
    """An adventure in the library."""
    stored = tales.played(12)
    library.create(stored)
    return stored


def test_every_flipped_bit_of_every_text_is_reported(
    library: Library, adventure: Adventure
) -> None:
    whole = library.location.read_bytes()
    chance = random.Random(7)
    for turn in adventure.turns.values():
        where = whole.index(turn.text.encode()) + chance.randrange(len(turn.text))
        damaged = bytearray(whole)
        damaged[where] ^= 1 << chance.randrange(8)
        library.location.write_bytes(damaged)
        report = integrity.check(library.location)
        assert [found.turn_id for found in report.damaged] == [turn.id]
        with pytest.raises(TurnsDamaged, match=turn.id) as raised:
            library.load(adventure.id)
        rest = raised.value.adventure
        assert raised.value.turn_ids == (turn.id,)
        assert len(rest.path()) == len(adventure.path())
        assert [t for t in rest.path() if t.id != turn.id] == [
            t for t in adventure.path() if t.id != turn.id
        ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("text", "Another text."),
        ("action", "You \x1b[2J wait."),
        ("kind", "dance"),
        ("parent", None),
        ("created", "yesterday"),
        ("created", "0001-01-01T00:00:00+23:59"),
        ("provenance", "{"),
        ("provenance", "[1]"),
        ("provenance", '{"model": "other"}'),
        ("provenance", "[" * 100_000),
        ("sha256", "0" * 64),
    ],
)
def test_a_changed_column_is_named_and_the_rest_can_be_played_on(
    library: Library, adventure: Adventure, column: str, value: str | None
) -> None:
    turn = adventure.path()[5]
    with tampering(library.location) as connection:
        connection.execute(f"UPDATE turns SET {column} = ? WHERE id = ?", (value, turn.id))
    with pytest.raises(TurnsDamaged) as raised:
        library.load(adventure.id)
    rest = raised.value.adventure
    assert raised.value.turn_ids == (turn.id,)
    assert len(rest.path()) == 12
    assert "\x1b" not in "".join(t.action + t.text for t in rest.turns.values())
    assert not integrity.check(library.location).good
    further = tales.following(rest.head)
    library.append(rest.id, further, expected_head=rest.head)
    with pytest.raises(TurnsDamaged) as raised:
        library.load(adventure.id)
    assert raised.value.adventure.current_turn() == further


def test_a_turn_whose_parent_is_gone_hangs_on_the_one_before(
    library: Library, adventure: Adventure
) -> None:
    gone = adventure.path()[5]
    with tampering(library.location) as connection:
        connection.execute("DELETE FROM turns WHERE id = ?", (gone.id,))
    with pytest.raises(TurnsDamaged) as raised:
        library.load(adventure.id)
    assert raised.value.turn_ids == (adventure.path()[6].id,)
    assert len(raised.value.adventure.path()) == 11
    assert "belongs to nothing" in " ".join(integrity.check(library.location).problems)


def test_a_head_that_does_not_exist_is_reported_and_replaced_by_the_newest_turn(
    library: Library, adventure: Adventure
) -> None:
    with tampering(library.location) as connection:
        connection.execute("UPDATE adventures SET head = 'nowhere', tip = 'nowhere'")
    with pytest.raises(TurnsDamaged, match="newest turn is taken") as raised:
        library.load(adventure.id)
    assert raised.value.adventure.head == raised.value.adventure.tip == adventure.head
    assert any(
        "does not exist" in problem for problem in integrity.check(library.location).problems
    )


def test_an_unreadable_kind_keeps_its_words(library: Library, adventure: Adventure) -> None:
    turn = adventure.path()[5]
    with tampering(library.location) as connection:
        connection.execute("UPDATE turns SET kind = 'dance' WHERE id = ?", (turn.id,))
    with pytest.raises(TurnsDamaged) as raised:
        library.load(adventure.id)
    salvaged = raised.value.adventure.turns[turn.id]
    assert (salvaged.kind, salvaged.action, salvaged.text) == (Kind.STORY, turn.action, turn.text)


def test_titles_and_texts_of_untrusted_files_are_cleaned(
    library: Library, adventure: Adventure
) -> None:
    with tampering(library.location) as connection:
        connection.execute("UPDATE adventures SET title = 'a\x1b]52;c;x\x07b', memory = '\x9b2J'")
    loaded = library.load(adventure.id)
    assert (loaded.title, loaded.memory) == ("a]52;c;xb", "2J")
    assert library.summaries()[0].title == loaded.title
    assert library.search("clock", 1)[0].title == loaded.title


def test_a_turn_cannot_be_changed_by_accident(library: Library, adventure: Adventure) -> None:
    with (
        closing(sqlite3.connect(library.location)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="never changed"),
    ):
        connection.execute("UPDATE turns SET text = 'Other.'")


def test_an_outdated_index_is_reported(library: Library, adventure: Adventure) -> None:
    with tampering(library.location) as connection:
        connection.execute("INSERT INTO turns_search(turns_search) VALUES ('delete-all')")
    assert any("search index" in problem for problem in integrity.check(library.location).problems)


def zeroed_header(whole: bytes) -> bytes:
    return bytes(100) + whole[100:]


def all_zero(whole: bytes) -> bytes:
    return bytes(len(whole))


def cut_to_half(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def cut_within_the_header(whole: bytes) -> bytes:
    return whole[:50]


def cut_to_nothing(whole: bytes) -> bytes:
    return b""


def middle_overwritten(whole: bytes) -> bytes:
    return whole[:8192] + b"\xff" * 20_000 + whole[28_192:]


def some_other_file(whole: bytes) -> bytes:
    return json.dumps({"save": 1}).encode() * 500


DAMAGES = (
    zeroed_header,
    all_zero,
    cut_to_half,
    cut_within_the_header,
    cut_to_nothing,
    middle_overwritten,
    some_other_file,
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_ruined_file_is_reported_unchanged_with_its_newest_good_backup(
    library: Library, adventure: Adventure, damage: object
) -> None:
    old = library.backup()
    good = library.backup()
    bad = library.backup()
    bad.write_bytes(all_zero(bad.read_bytes()))
    ruined = damage(library.location.read_bytes())  # type: ignore[operator]
    library.location.write_bytes(ruined)

    report = integrity.check(library.location)
    assert not report.good
    assert report.good_backup == good != old
    with pytest.raises(SavesError):
        Library.open(library.location).load(adventure.id)
    with pytest.raises(NotSaved):
        library.append(adventure.id, tales.following(adventure.head), expected_head=adventure.head)
    assert library.location.read_bytes() == ruined
    with Library.open(report.good_backup, back_up=False) as saved:
        assert saved.load(adventure.id) == adventure


def test_a_damaged_file_is_not_copied_over_good_backups(
    library: Library, adventure: Adventure
) -> None:
    library.location.write_bytes(middle_overwritten(library.location.read_bytes()))
    with pytest.raises((SavesDamaged, NotSaved), match="damaged"):
        library.backup()
    with pytest.raises(SavesError):
        library.delete(adventure.id)
    assert not list((library.location.parent / "backups").iterdir())


def test_an_intact_file_has_no_problems(library: Library, adventure: Adventure) -> None:
    library.create(tales.branched())
    report = integrity.check(library.location)
    assert report.good
    assert (report.adventures, report.turns, report.problems) == (2, 17, ())
    assert report.good_backup is None
