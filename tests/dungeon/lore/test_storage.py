"""Lore entries in the saves and in Grue's own export."""

from dataclasses import replace
from pathlib import Path

import pytest

from dungeon.errors import InputRefused
from dungeon.lore import LoreEntry, dump, load
from dungeon.saves.library import Library
from dungeon.transfer import grue_json
from tests.dungeon.saves import tales
from tests.rows import every_row

ENTRY = LoreEntry("gate", "The gate", "It is “shut”.\nÖl.", ("gate",), sticky=2)


def test_lore_is_saved_and_its_former_value_is_kept(tmp_path: Path) -> None:
    with Library.open(tmp_path / "adventures.db", back_up=False) as library:
        adventure = replace(tales.branched(), lore=dump([ENTRY]))
        library.create(adventure)
        assert load(library.load(adventure.id).lore) == (ENTRY,)
        library.revise(adventure.id, lore="")
        assert library.load(adventure.id).lore == ""
        assert library.revisions(adventure.id)[0].value == adventure.lore


def test_lore_is_exported_and_read_back() -> None:
    adventure = replace(tales.branched(), lore=dump([ENTRY]))
    assert grue_json.read("a.json", grue_json.write(adventure)) == adventure


@every_row("stored", ["{}", "[1]", '[{"id": "a", "depth": 0}]', "[" * 100_000])
def test_an_export_with_other_lore_is_refused(stored: str) -> None:
    text = grue_json.write(replace(tales.branched(), lore=stored))
    with pytest.raises(InputRefused, match=r"a\.json.*lore"):
        grue_json.read("a.json", text)
