"""Tests that a full disk is recognised, whichever library meets it, and told in a sentence."""

import errno
from pathlib import Path

import numpy as np
import pytest

from dungeon.files.disk_room import is_disk_full, write_advice, write_failure
from tests.rows import every_row

FULL = Path("/dev/full")


@every_row(
    ("error", "is_full"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 6 vs 7"), True),
        (RuntimeError("PytorchStreamWriter failed writing file data/3: file write failed"), True),
        (Exception("No space left on device (os error 28)"), True),
        (OSError("104 requested and 0 written"), True),
        (RuntimeError("shapes differ"), False),
        (RuntimeError("4 devices were requested and 1 is there"), False),
    ],
)
def test_a_full_disk_is_recognised(error: Exception, is_full: bool) -> None:
    assert is_disk_full(error) is is_full


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full here")
def test_numpy_says_it_without_a_number() -> None:
    with FULL.open("wb", buffering=0) as file, pytest.raises(OSError) as raised:
        np.zeros(10_000).tofile(file)
    assert is_disk_full(raised.value)


def test_what_is_needed_and_free_is_said(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    said = write_failure(full, tmp_path / "not" / "there", needed=2_340_000_000)
    assert said.startswith("the disk is full (2.3 GB are needed, and ")
    assert said.endswith("are free there)")
    assert "needed" not in write_failure(full, tmp_path)
    denied = OSError(errno.EACCES, "Permission denied")
    assert write_failure(denied, tmp_path, needed=5) == "Permission denied"


def test_room_is_asked_for_only_where_the_disk_is_full() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    denied = OSError(errno.EACCES, "Permission denied")
    advice = "or name another folder with HF_HUB_CACHE"
    assert write_advice(full, advice) == f"Make room there, {advice}."
    assert write_advice(denied, advice) == "Name another folder with HF_HUB_CACHE."
