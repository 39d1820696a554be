"""Provides a newcomer's two commands as tests: a Python and a game that only take notes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")

NOTE = '#!/bin/sh\necho "$(basename "$0") $*" >> "$NOTES"\n'
"""A program that writes down what it was called with."""


def program(path: Path, text: str = NOTE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o755)


READ_BY_MAKE = {"ARGS", "GPU", "GRUE_HOME", "PYTHON"}


class House:
    """A copy of the set-up in a folder of its own; `calls` is what ran in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes = folder / "notes"
        self.path = folder / "bin"
        for name in ("Makefile", "pyproject.toml", "constraints.txt", ".ci/checks"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
        program(self.path / "nvidia-smi", "#!/bin/sh\nexit 9\n")
        program(
            self.path / "python3", f"{NOTE}\ncase $* in '-m venv'*) {self._new_venv()};; esac\n"
        )

    def _new_venv(self) -> str:
        for name in ("python", "grue", "ruff", "mypy", "lint-imports"):
            program(self.folder / "made" / "bin" / name)
        return f"cp -R '{self.folder}/made' .venv"

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.notes.write_text("")
        return subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env={
                **{name: value for name, value in os.environ.items() if name not in READ_BY_MAKE},
                "PATH": f"{self.path}:{os.environ['PATH']}",
                "NOTES": str(self.notes),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        return self.notes.read_text().splitlines()

    def installed(self) -> list[str]:
        return [call.rpartition(" ")[2] for call in self.calls if " pip install " in call]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_the_first_play_sets_up_fetches_the_model_and_opens_the_game(house: House) -> None:
    run = house.make("play", "ARGS=--plain --seed 7")
    assert run.returncode == 0, run.stderr
    assert house.installed() == ["."]
    assert house.calls[-2:] == ["grue models pull default", "grue play --plain --seed 7"]


def test_the_second_play_only_opens_the_game(house: House) -> None:
    house.make("play")
    run = house.make("-j4", "play", "ARGS=--quick")
    assert house.calls == ["grue play --quick"]
    assert run.stdout == ""


def test_new_pins_are_installed(house: House) -> None:
    house.make("play")
    later = (house.folder / ".venv" / ".installed").stat().st_mtime + 10
    os.utime(house.folder / "constraints.txt", (later, later))
    house.make("play")
    assert house.installed() == ["."]


def test_setup_does_not_open_the_game(house: House) -> None:
    assert house.make("setup").returncode == 0
    assert house.calls[-1] == "grue models pull default"


def test_another_home_gets_its_model(house: House, tmp_path: Path) -> None:
    house.make("setup")
    house.make("setup", GRUE_HOME=str(tmp_path / "a home"))
    assert house.calls == ["grue models pull default"]


def test_a_model_that_was_not_fetched_is_fetched_the_next_time(house: House) -> None:
    house.make("setup")
    (house.folder / ".venv" / ".model").unlink()
    program(house.folder / ".venv" / "bin" / "grue", f"{NOTE}exit 1\n")
    assert house.make("play").returncode
    assert house.make("play").returncode
    assert house.calls == ["grue models pull default"]


def test_the_gpu_engine_is_added_once_where_a_gpu_is(house: House) -> None:
    house.make("setup")
    assert house.installed() == ["."]
    program(house.path / "nvidia-smi", NOTE)
    house.make("setup")
    assert house.installed() == [".[gpu]"]
    house.make("setup")
    assert house.calls == []


def test_the_gpu_engine_can_be_left_out(house: House) -> None:
    program(house.path / "nvidia-smi", NOTE)
    house.make("setup", "GPU=no")
    assert house.installed() == ["."]


@pytest.mark.parametrize(
    ("missing", "advice"),
    [("version_info", "Python 3.11 or newer"), ("ensurepip", "apt install python3-venv")],
)
def test_a_python_that_will_not_do_is_told_in_a_sentence(
    house: House, missing: str, advice: str
) -> None:
    program(house.path / "python3", f"#!/bin/sh\ncase $* in *{missing}*) exit 1;; esac\n")
    run = house.make("play")
    assert run.returncode
    assert advice in run.stderr
    assert "Traceback" not in run.stderr


def test_every_check_runs_and_the_failed_ones_are_named(house: House) -> None:
    house.make("setup")
    for name in ("mypy", "lint-imports"):
        program(house.folder / ".venv" / "bin" / name, f"{NOTE}echo not good\nexit 1\n")
    run = house.make("test")
    assert run.returncode
    assert "Failed: types (mypy), imports (lint-imports)." in run.stderr
    assert "not good" in run.stdout
    assert [call.split()[0] for call in house.calls if "pip" not in call] == [
        "ruff",
        "ruff",
        "mypy",
        "lint-imports",
        "python",
    ]


def test_checks_that_pass_pass(house: House) -> None:
    assert house.make("test").returncode == 0
    assert house.installed() == [".", ".[dev]"]


def test_help_names_every_goal(house: House) -> None:
    run = house.make()
    for goal in ("play", "setup", "test", "soak", "bench", "format", "pins", "clean"):
        assert f"make {goal} " in run.stdout
