"""Parse JSON from untrusted files, and check that values have the expected types.

Every refusal names the file and, where it is known, the line.
"""

import json
from typing import Any, NoReturn

from corpus_scraper.formats.story_file import StoryFile
from dungeon.data_files.json_depth import is_deeper

_MAX_DEPTH = 400
"""Nesting depth; below the recursion limit of every Python version."""


def parse(file: StoryFile) -> Any:
    """Return the JSON document in `file`.

    Raises Unreadable where it is broken, contains NaN, or is nested too deep.
    """

    def refuse(constant: str) -> NoReturn:
        raise file.unreadable(f"{constant} is no JSON number.")

    try:
        value = json.loads(file.text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise file.unreadable(f"this is broken JSON: {error.msg}.", error.lineno) from error
    except RecursionError as error:
        raise _too_deep(file) from error
    except ValueError as error:  # Python refuses integers of thousands of digits
        raise file.unreadable("a number in it has more digits than any number.") from error
    if is_deeper(value, _MAX_DEPTH):
        raise _too_deep(file)
    return value


def _too_deep(file: StoryFile) -> Exception:
    return file.unreadable("brackets within brackets, deeper than in any story.")


def object_at(file: StoryFile, place: str, value: Any) -> dict[str, Any]:
    """Return `value`, which must be an object; `place` names it in the error."""
    if not isinstance(value, dict):
        raise file.unreadable(f"{place} must be an object.")
    return value


def list_at(file: StoryFile, place: str, value: Any) -> list[Any]:
    """Return `value`, which must be a list; None gives an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise file.unreadable(f"{place} must be a list.")
    return value


def text_at(file: StoryFile, place: str, value: Any) -> str:
    """Return `value`, which must be a string; None gives an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise file.unreadable(f"{place} must be a string.")
    return value
