"""Read which source each work of a corpus folder came from, in its works.jsonl."""

import json
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused
from dungeon.text import clean_line

UNKNOWN = "unknown"
_FILE = "works.jsonl"


def read_sources(corpus: Path) -> dict[str, str]:
    """Return the source of each work: an input of the build, else its format or site.

    The result is empty where the corpus has no list of works.

    Raises InputRefused, with the line number, where the list is broken.
    """
    file = corpus / _FILE
    if not file.is_file():
        return {}
    sources: dict[str, str] = {}
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    work, source = _source(line, f"{file}, line {number}")
                    sources[work] = source
    except (OSError, UnicodeDecodeError) as error:
        raise InputRefused(f"{file} cannot be read: {error}.") from error
    return sources


def _source(line: str, place: str) -> tuple[str, str]:
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{place} is not valid JSON: {error}.") from error
    match record:
        case {"id": str(work), "input": str(source)} if source:
            return work, clean_line(source)
        case {"id": str(work), "source": {"parser": str(source)}} if source:
            return work, clean_line(source)
        case {"id": str(work)}:
            return work, UNKNOWN
        case _:
            raise InputRefused(f"{place} is not the record of a work: it has no id.")
