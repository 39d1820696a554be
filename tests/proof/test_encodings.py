"""Proves that a game goes on in pipes that are not UTF-8; what they lack is a question mark."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.proof.program import NO_HANG, at_home, opening, plain, script


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("cp1252", "A ? stands – here, in the café."),
        ("ascii", "A ? stands ? here, in the caf?."),
        ("koi8-r", "A ? stands ? here, in the caf?."),
    ],
)
def test_what_an_encoding_lacks_costs_no_turn(tmp_path: Path, encoding: str, told: str) -> None:
    model = script(tmp_path / "script.json", ["A 🌳 stands – here, in the café. It is old."])
    done = subprocess.run(
        plain(model, "--scenario", opening(tmp_path / "gate.txt")),
        env={**os.environ, **at_home(tmp_path / "home"), "PYTHONIOENCODING": encoding},
        input=b"open the door\n/quit\n",
        capture_output=True,
        timeout=NO_HANG,
        check=False,
    )
    assert done.returncode == 0
    assert told in done.stdout.decode(encoding)
    assert b"Traceback" not in done.stderr
