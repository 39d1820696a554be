"""Tests of `grue saves replay`, where no model is needed."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from dungeon.cli.saves import saves
from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.saves.library import Library
from tests.dungeon.saves import tales


def test_replaying_text_by_a_person_says_that_there_is_nothing_to_compare(tmp_path: Path) -> None:
    adventure = tales.opened()
    with Library.open(Home(tmp_path).saves) as library:
        library.create(adventure)
    arguments = ["--data-dir", str(tmp_path), "replay", adventure.id]
    ended = CliRunner().invoke(saves, arguments, catch_exceptions=False)
    assert ended.stdout == "   1  not by a model\n"
    assert ended.stderr.startswith("0 of 0 replies came out word for word")


def test_replaying_without_saves_is_refused(tmp_path: Path) -> None:
    arguments = ["--data-dir", str(tmp_path), "replay", "abc"]
    with pytest.raises(InputRefused, match="no adventure"):
        CliRunner().invoke(saves, arguments, catch_exceptions=False)
