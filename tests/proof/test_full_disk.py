"""Proves that a full disk costs no turn: it stays on the screen, is told of, and is saved later."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.dungeon.small_disk import write_stories
from tests.proof import witness
from tests.proof.program import grue, listed, opening, script, shown
from tests.proof.sitting import Sitting

NOT_SAVED = "Not saved: "
"""How the sentence begins that tells of a turn that is on the screen only."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of 512 KiB of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root to mount a small disk")
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this system lets nobody mount a disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_no_byte_more_may_be_written(tmp_path: Path) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with sitting(tmp_path / "home", tmp_path) as game:
        game.ready()
        game.play("open door 1")
        resource.prlimit(game.pid, resource.RLIMIT_FSIZE, (1, most))
        unsaved = game.play("open door 2")
        resource.prlimit(game.pid, resource.RLIMIT_FSIZE, (most, most))
        saved = game.play("open door 3")
        assert game.leave() == 0, game.text
    assert_both_turns_are_saved(tmp_path / "home", unsaved, saved)


def test_the_disk_is_full(small_disk: Path, tmp_path: Path) -> None:
    home, ballast = small_disk / "home", small_disk / "ballast"
    with sitting(home, tmp_path) as game:
        game.ready()
        game.play("open door 1")
        fill(ballast)
        unsaved = game.play("open door 2")
        ballast.unlink()
        saved = game.play("open door 3")
        assert game.leave() == 0, game.text
    assert_both_turns_are_saved(home, unsaved, saved)


def test_an_import_that_does_not_fit_leaves_nothing_of_it(small_disk: Path, tmp_path: Path) -> None:
    home, small = small_disk / "home", tmp_path / "small.txt"
    small.write_text("> look\nA hall.", "utf-8")
    large = write_stories(tmp_path / "large.json", 20)
    done = grue("saves", "import", str(small), str(large), str(small), home=home)
    assert done.returncode == 2
    said = " ".join(done.stderr.decode().split())
    assert "large.json: Nothing of it was imported: the disk is full" in said
    assert "Not imported either: 1 file behind it. Imported: 1 file before it." in said
    assert [each["title"] for each in listed(home)] == ["small"]
    assert grue("saves", "check", home=home).returncode == 0


def sitting(home: Path, folder: Path) -> Sitting:
    """Begin an adventure in `home`; what the test brings along lies in `folder`."""
    model, begin = script(folder / "script.json"), opening(folder / "gate.txt")
    return Sitting(home, model, "--scenario", begin)


def fill(ballast: Path) -> None:
    """Write until the disk takes no more."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(512))


def assert_both_turns_are_saved(home: Path, unsaved: str, saved: str) -> None:
    """Check what stood on the screen when the disk was full, and after there was room again."""
    assert NOT_SAVED in unsaved
    assert NOT_SAVED not in saved
    assert "Traceback" not in unsaved + saved
    seen = [
        *witness.answer_to("open door 2", unsaved),
        *witness.answer_to("open door 3", saved),
    ]
    assert [turn.deed for turn in seen] == ["You open door 2.", "You open door 3."]
    [adventure] = listed(home)
    document = shown(home, adventure["id"])
    assert witness.lost(seen, document) == []
    assert len(document["path"]) == 4
    assert grue("saves", "check", home=home).returncode == 0


def test_leaving_with_an_unsaved_turn_does_not_say_that_it_is_saved(tmp_path: Path) -> None:
    home = tmp_path / "home"
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    with sitting(home, tmp_path) as game:
        game.ready()
        resource.prlimit(game.pid, resource.RLIMIT_FSIZE, (1, most))
        game.play("open door 1")
        game.enter("/quit")
        game.wait_for("Leave without the last turn? [y/N]")
        game.enter("y")
        code = game.end()
    farewell = game.text.rpartition("What do you do? ")[2]
    assert "Traceback" not in game.text
    assert "Saved." not in farewell
    assert "not saved" in farewell.lower()
    assert code == 1
