"""The names of benchmarks: on the command line, in the documentation and as modules."""

import re
from pathlib import Path

import benchmarks
from benchmarks.__main__ import DEFAULT, summaries

MODULES = {path.stem for path in Path(benchmarks.__file__).parent.glob("*.py")}
DOCS = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


def test_every_default_benchmark_exists() -> None:
    assert set(DEFAULT) <= MODULES


def test_every_documented_benchmark_exists() -> None:
    named = set(re.findall(r"-m benchmarks\.(\w+)", DOCS.read_text("utf-8")))
    assert named <= MODULES
    assert set(DEFAULT) <= named


def test_every_benchmark_is_listed_with_what_it_measures() -> None:
    found = summaries()
    assert set(DEFAULT) <= set(found) <= MODULES
    assert {"continuity", "retrieval"} <= set(found)
    assert "session" not in found
    assert all(found.values())
