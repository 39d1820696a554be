"""Fixtures of line mode."""

from pathlib import Path

import pytest

from tests.dungeon.plain.line_mode_run import RAIN, ROOM, LineModeRun


@pytest.fixture
def line_mode(own_home: Path) -> LineModeRun:
    return LineModeRun(own_home, [ROOM, RAIN])
