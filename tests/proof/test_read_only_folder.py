"""Proves that a folder nobody may write to is told of in a sentence."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.proof.program import GRUE, NO_HANG, at_home, listed, opening, plain, script

_BOUND = """\
import ctypes, os, sys
drop_from_bounding_set, may_ignore_permissions = 24, 1
if ctypes.CDLL(None).prctl(drop_from_bounding_set, may_ignore_permissions, 0, 0, 0):
    sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Runs a program without the right to ignore permissions, which root has on Linux."""


@pytest.fixture
def bound() -> tuple[str, ...]:
    """Return what to put before a command so that permissions bind it."""
    if os.geteuid() != 0:
        return ()
    prefix = (sys.executable, "-c", _BOUND)
    if subprocess.run([*prefix, sys.executable, "-c", ""], check=False).returncode != 0:
        pytest.skip("root may write anywhere, and cannot let go of that right here")
    return prefix


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Return what makes the home, and the saves in it, read-only until the test ends."""
    home = tmp_path / "home"

    def close() -> None:
        for file in home.iterdir():
            file.chmod(0o444)
        home.chmod(0o555)

    yield close
    home.chmod(0o755)


def run_bound(
    bound: tuple[str, ...], home: Path, *command: str, typed: str = ""
) -> subprocess.CompletedProcess[bytes]:
    """Run a command in pipes, bound by permissions, and return how it ended."""
    done = subprocess.run(
        [*bound, *command],
        env={**os.environ, **at_home(home)},
        input=typed.encode(),
        capture_output=True,
        timeout=NO_HANG,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def begun(home: Path, folder: Path) -> str:
    """Begin an adventure in `home` and return the model it is played on."""
    model = script(folder / "script.json")
    command = plain(model, "--scenario", opening(folder / "gate.txt"))
    assert run_bound((), home, *command, typed="wait\n").returncode == 0
    return model


def test_a_new_game_in_a_read_only_folder(
    tmp_path: Path, bound: tuple[str, ...], read_only: Callable[[], None]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    read_only()
    command = plain(script(tmp_path / "s.json"), "--scenario", opening(tmp_path / "gate.txt"))
    done = run_bound(bound, home, *command, typed="open the door\n")
    assert done.returncode == 2
    said = done.stderr.decode()
    assert f"{home / 'adventures.db'} cannot be created: its folder takes no new file." in said
    advice = "Choose another folder with --data-dir, or another place with GRUE_DATABASE_URL."
    assert advice in said
    assert done.stdout == b"", "a story that can be saved nowhere is not begun"
    assert list(home.iterdir()) == []


def test_a_saved_game_in_a_read_only_folder(
    tmp_path: Path, bound: tuple[str, ...], read_only: Callable[[], None]
) -> None:
    home = tmp_path / "home"
    model = begun(home, tmp_path)
    before = (home / "adventures.db").read_bytes()
    read_only()
    done = run_bound(bound, home, *plain(model, "--continue"), typed="open the door\n")
    assert "Not saved: the file or its folder is read-only" in done.stderr.decode()
    assert "Saved. Go on" not in done.stderr.decode()
    assert "> You open the door." in done.stdout.decode(), "the story goes on where it can"
    assert done.returncode == 1
    assert (home / "adventures.db").read_bytes() == before


def test_what_is_saved_in_a_read_only_folder_can_be_carried_away(
    tmp_path: Path, bound: tuple[str, ...], read_only: Callable[[], None]
) -> None:
    home = tmp_path / "home"
    begun(home, tmp_path)
    [adventure] = listed(home)
    read_only()
    done = run_bound(bound, home, *GRUE, "saves", "export", adventure["id"])
    assert done.returncode == 0, done.stderr.decode()
    assert adventure["id"].encode() in done.stdout
