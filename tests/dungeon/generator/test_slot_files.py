"""Tests of the folder of saved slots: what is found, kept, deleted, and not trusted."""

import os
import stat

import pytest

from dungeon.generator.slot_files import (
    BLOCK,
    MAX_OPENINGS,
    SlotFiles,
    common_blocks,
    prefix_hashes,
    state_key,
)

RIVER, MILL = "river " * 200, "mill  " * 200
"""Two stories of 1,200 characters, four blocks."""


def files(root, *, key="model", limit=1_000_000) -> SlotFiles:
    found = SlotFiles(root, key, limit)
    found.create_folder()
    return found


def save(
    slots: SlotFiles, text: str, *, size: int = 1000, used: int = 0, is_opening: bool = False
) -> str:
    """Save a state of `size` bytes as the engine does; `used` is when it was used last."""
    name = slots.new_name()
    (slots.folder / name).write_bytes(os.urandom(size))
    if used:
        os.utime(slots.folder / name, (used, used))
    assert slots.add(name, prefix_hashes(text), is_opening=is_opening)
    return name


def found(slots: SlotFiles, text: str, *, is_opening: bool = False) -> str:
    slot, _ = slots.find(prefix_hashes(text), is_opening=is_opening)
    return slot.name if slot else ""


def test_a_text_is_recognised_by_its_beginnings() -> None:
    assert prefix_hashes(RIVER[: BLOCK - 1]) == ()
    assert len(prefix_hashes(RIVER)) == 4
    longer = prefix_hashes(RIVER + MILL)
    assert common_blocks(prefix_hashes(RIVER), longer) == 4
    assert common_blocks(prefix_hashes(MILL), longer) == 0
    assert prefix_hashes("\ud800" * BLOCK)  # what is no Unicode is text of a request, too


def test_the_longest_beginning_is_found_also_by_the_next_process(tmp_path) -> None:
    slots = files(tmp_path)
    other, whole = save(slots, RIVER[:300] + MILL), save(slots, RIVER + MILL)
    for each in (slots, files(tmp_path)):
        assert found(each, RIVER + MILL + "and on") == whole
        assert found(each, RIVER[:300] + MILL) == other
        assert found(each, "something else " * 99) == ""


def test_a_continuation_replaces_the_state_that_it_continues(tmp_path) -> None:
    slots = files(tmp_path)
    first = save(slots, RIVER)
    second = save(slots, RIVER + MILL)
    assert found(slots, RIVER) == second
    assert not (slots.folder / first).exists()
    assert len(list(slots.folder.iterdir())) == 2


def test_an_opening_stays_beside_the_adventures_that_begin_with_it(tmp_path) -> None:
    slots = files(tmp_path)
    opening = save(slots, RIVER, is_opening=True)
    save(slots, RIVER[:600])
    adventure = save(slots, RIVER + MILL)
    for each in (slots, files(tmp_path)):
        assert found(each, RIVER + "You look", is_opening=True) == opening
        assert found(each, RIVER + "You look") == adventure  # which may hold the rest, too
        assert found(each, RIVER + MILL, is_opening=True) == adventure
    assert len(list(slots.folder.glob("*.kv"))) == 2
    longer = save(slots, RIVER + MILL[:300], is_opening=True)
    assert found(slots, RIVER, is_opening=True) == longer


def test_the_openings_used_last_are_kept(tmp_path) -> None:
    slots = files(tmp_path)
    adventure = save(slots, RIVER, used=1000)
    saved = [
        save(slots, f"opening {number} " * 100, used=2000 - number, is_opening=True)
        for number in range(MAX_OPENINGS + 1)
    ]
    left = {path.name for path in slots.folder.glob("*.kv")}
    assert left == {adventure, *saved[:-1]}


def test_the_states_unused_for_longest_go_first_also_those_of_other_models(tmp_path) -> None:
    old = save(files(tmp_path, key="another"), RIVER, used=1000)
    slots = files(tmp_path, limit=2500)
    kept, used = save(slots, MILL, used=3000), save(slots, RIVER, used=2000)
    assert not (tmp_path / "another" / old).exists()
    slot, _ = slots.find(prefix_hashes(RIVER))
    assert slots.is_intact(slot)  # and is the last one used now
    newest = save(slots, "new " * 300)
    left = {path.name for path in tmp_path.glob("*/*.kv")}
    assert left == {used, newest}
    assert found(slots, MILL) == ""
    assert kept not in left


def test_a_state_larger_than_the_limit_is_not_kept(tmp_path) -> None:
    slots = files(tmp_path, limit=500)
    (slots.folder / (name := slots.new_name())).write_bytes(bytes(501))
    assert not slots.add(name, prefix_hashes(RIVER))
    assert not list(slots.folder.iterdir())


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_state_is_deleted(tmp_path, damage) -> None:
    slots = files(tmp_path)
    path = slots.folder / save(slots, RIVER)
    data = bytearray(path.read_bytes())
    match damage:
        case "flipped":
            data[500] ^= 1
            path.write_bytes(data)
        case "cut":
            path.write_bytes(data[:-1])
        case _:
            path.unlink()
    slot, _ = slots.find(prefix_hashes(RIVER))
    assert not slots.is_intact(slot)
    assert found(slots, RIVER) == ""
    assert not list(slots.folder.iterdir())


@pytest.mark.parametrize(
    "index",
    ["", "[]", "{", "[" * 99_999, '{"name": 1}', '{"name": "../x.kv", "prefixes": [], "size": 1}'],
)
def test_a_damaged_index_is_deleted_with_its_state(tmp_path, index) -> None:
    path = files(tmp_path).folder / save(files(tmp_path), RIVER)
    path.with_suffix(".json").write_text(index)
    assert found(files(tmp_path), RIVER) == ""
    assert not path.exists()


def test_a_state_without_an_index_counts_and_goes(tmp_path) -> None:
    slots = files(tmp_path, limit=1500)
    (orphan := slots.folder / "orphan.kv").write_bytes(bytes(1000))
    os.utime(orphan, (1, 1))
    save(slots, RIVER)
    assert not orphan.exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
def test_nobody_else_may_look_into_the_folder(tmp_path) -> None:
    (tmp_path / "slots").mkdir(mode=0o755)
    slots = files(tmp_path / "slots")
    for folder in (tmp_path / "slots", slots.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_model_and_context_have_states_of_their_own(tmp_path) -> None:
    keys = {state_key("a" * 64, 512), state_key("b" * 64, 512), state_key("a" * 64, 1024)}
    assert len(keys) == 3
    save(files(tmp_path, key=min(keys)), RIVER)
    assert found(files(tmp_path, key=max(keys)), RIVER) == ""
