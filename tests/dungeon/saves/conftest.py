"""Provides an open library in a folder of its own, and on a PostgreSQL server.

A module with `DATABASES = ("sqlite", "postgresql")` has its tests of `library` run on both.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dungeon.saves.library import Library
from tests.dungeon.saves import postgresql_server
from tests.dungeon.saves.postgresql_server import Server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on every database that its module names."""
    if "location" in metafunc.fixturenames:
        databases = getattr(metafunc.module, "DATABASES", ("sqlite",))
        metafunc.parametrize("location", databases, indirect=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the saves of the test are."""
    return tmp_path / "saves" / "adventures.db"


@pytest.fixture
def location(request: pytest.FixtureRequest, path: Path) -> Path | str:
    """What `Library.open` takes: the path of the saves, or the URL of the server."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql").url
    return path


@pytest.fixture
def library(location: Path | str, path: Path) -> Iterator[Library]:
    """An empty library."""
    with Library.open(location, backup_folder=path.parent / "backups") as opened:
        yield opened


@pytest.fixture(scope="session")
def postgresql_server_running() -> Iterator[Server]:
    """A server; the test is skipped where none is installed, or the driver is not."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (the extra `postgres`)")
    programs = postgresql_server.find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed: initdb and pg_ctl were not found")
    with postgresql_server.serve(programs) as server:
        yield server


@pytest.fixture
def postgresql(
    postgresql_server_running: Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """The server; what the test saved is deleted afterwards."""
    monkeypatch.setenv("GRUE_PLAYER", "Ada")
    yield postgresql_server_running
    postgresql_server_running.empty()
