"""Which script files the player trusts: their names and SHA-256, in a file outside their folder."""

import re
from collections.abc import Mapping
from pathlib import Path

from dungeon.errors import InputRefused, NotSaved
from dungeon.files.atomic_file import atomic_write
from dungeon.files.toml_file import parse
from dungeon.scripts.contract import NAME
from dungeon.text import clean_path
from dungeon.text.encoding import read_text

_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_trusted(path: Path) -> dict[str, str]:
    """Return the hashes of trusted files by name. Raises InputRefused, which names the file."""
    if not path.exists():
        return {}
    table = parse(read_text(path), clean_path(path))
    for name, digest in table.items():
        is_hash = isinstance(digest, str) and _SHA256.fullmatch(digest)
        if not NAME.fullmatch(name) or not is_hash:
            raise InputRefused(
                f"{clean_path(path)} must hold names of scripts and their SHA-256. Delete it to "
                "trust none."
            )
    return table


def write_trusted(path: Path, trusted: Mapping[str, str]) -> None:
    """Write the file anew. Raises NotSaved."""
    lines = ["# Scripts that may run, with the SHA-256 of their files: see `grue scripts --help`."]
    lines += [f'{name} = "{digest}"' for name, digest in sorted(trusted.items())]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path) as file:
            file.write("\n".join([*lines, ""]).encode())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotSaved(f"{clean_path(path)} could not be written: {reason}.") from error
