"""Provides an open library in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dungeon.saves.library import Library


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the saves of the test are."""
    return tmp_path / "saves" / "adventures.db"


@pytest.fixture
def library(path: Path) -> Iterator[Library]:
    """An empty library."""
    with Library.open(path) as opened:
        yield opened
