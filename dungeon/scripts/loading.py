"""Load the code of scripts: from the bytes of a file that were hashed, or from a package."""

import hashlib
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from dungeon.scripts.calls import Caller, ScriptFailed
from dungeon.scripts.contract import NAME, Script
from dungeon.text import clean_line

GROUP = "grue.scripts"
"""The group of entry points."""

ATTRIBUTE = "SCRIPT"
"""What a file has to define."""

LOAD_SECONDS = 5.0
"""Seconds that the code of a script may take to be loaded."""

MAX_BYTES = 1_000_000
"""Size of a file; a longer one is no script."""


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A file of the scripts folder, read once: what is hashed is what is run."""

    path: Path
    source: bytes
    error: str = ""
    """Why it cannot be read; follows its name."""

    @property
    def name(self) -> str:
        """The name of the script."""
        return self.path.stem

    @property
    def sha256(self) -> str:
        """The hash of the file in hexadecimal digits."""
        return hashlib.sha256(self.source).hexdigest()


def read_files(folder: Path) -> list[ScriptFile]:
    """Return the Python files of `folder`, by name."""
    return [read_file(path) for path in sorted(folder.glob("*.py")) if NAME.fullmatch(path.stem)]


def misnamed_files(folder: Path) -> list[str]:
    """Return the names of Python files that no script may have."""
    return sorted(
        clean_line(path.name) for path in folder.glob("*.py") if not NAME.fullmatch(path.stem)
    )


def read_file(path: Path) -> ScriptFile:
    """Return the file; of one that is too long, only enough to be refused."""
    try:
        with path.open("rb") as file:
            return ScriptFile(path, file.read(MAX_BYTES + 1))
    except OSError as error:
        return ScriptFile(path, b"", f"cannot be read ({error.strerror or type(error).__name__})")


def load_file(file: ScriptFile) -> Script:
    """Run the code of a file, and return its script. Blocks. Raises ScriptFailed."""
    if len(file.source) > MAX_BYTES:
        raise ScriptFailed(f"is a file of more than {MAX_BYTES:,} bytes")

    def run() -> object:
        module = ModuleType(f"grue_script_{file.name.replace('-', '_')}")
        module.__file__ = str(file.path)
        sys.modules[module.__name__] = module  # dataclasses look themselves up in there
        exec(compile(file.source, str(file.path), "exec"), module.__dict__)  # noqa: S102 - trusted
        return getattr(module, ATTRIBUTE, None)

    return _checked(Caller(LOAD_SECONDS).call(run))


def find_entry_points() -> list[EntryPoint]:
    """Return those of installed packages, by name."""
    found = (each for each in entry_points(group=GROUP) if NAME.fullmatch(each.name))
    return sorted(found, key=lambda each: each.name)


def load_entry_point(point: EntryPoint) -> Script:
    """Import an installed script. Blocks. Raises ScriptFailed."""
    return _checked(Caller(LOAD_SECONDS).call(point.load))


def _checked(found: object) -> Script:
    if not isinstance(found, Script):
        raise ScriptFailed(f"defines no {ATTRIBUTE} = Script(…)")
    return found
