"""Provides what the tests of the game stand on, beside what every test does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dungeon.saves import migration, schema

ONE_PAGE = 4096
"""The bytes of a file of saves that has no table yet."""


@pytest.fixture(autouse=True, scope="session")
def migrated_once() -> Iterator[None]:
    """Begin new saves as a copy of the first ones: every migration takes longer than most tests."""
    migrate = migration.migrate
    migrated: dict[tuple[Path, int], bytes] = {}

    def copy_or_migrate(path: Path, to: str = "head") -> None:
        if to != "head" or path.stat().st_size > ONE_PAGE:
            migrate(path, to)
            return
        grue = (schema.MIGRATIONS, schema.SCHEMA_VERSION)
        if grue in migrated:
            path.write_bytes(migrated[grue])
        else:
            migrate(path, to)
            migrated[grue] = path.read_bytes()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migration, "migrate", copy_or_migrate)
        yield
