"""Read the JSON of other programs: known fields by name, all others kept for export.

Unlike `strict_json`, a missing field or `null` is the default: those programs leave out what is
empty, and every version adds fields. A wrong type is refused with its place all the same.
"""

import json
from collections.abc import Container, Iterable, Mapping
from typing import Any

from dungeon.text import clean, clean_line
from dungeon.text.counts import count
from dungeon.transfer.imports import Notes
from dungeon.transfer.strict_json import expect_integer, expect_text, quote, refuse

PICKLE = "base64:"
"""What begins a string that KoboldAI unpickles. A pickle can run any program, so none is read."""

MAX_NAMES = 12
"""Fields that a report names one by one."""


class ForeignObject:
    """A JSON object of another program, which remembers the fields that nobody has read."""

    def __init__(self, place: str, value: object) -> None:
        if not isinstance(value, dict):
            refuse(place, "must be an object")
        self.place = place
        self.unread: dict[str, Any] = dict(value)

    def __contains__(self, name: str) -> bool:
        return self.unread.get(name) is not None

    def take(self, name: str, default: Any = None) -> Any:
        """Return any value, or the default where it is missing or null."""
        value = self.unread.pop(name, None)
        return default if value is None else value

    def text(self, *names: str) -> str:
        """Return the first of these fields that is not empty, cleaned; it must be a string."""
        for name in names:
            if name in self.unread:
                value = self.unread.pop(name)
                found = "" if value is None else clean(expect_text(f"{self.place}.{name}", value))
                if found.strip():
                    return found
        return ""

    def line(self, *names: str) -> str:
        """Return a text on one line."""
        return clean_line(self.text(*names))

    def integer(self, name: str, default: int = 0) -> int:
        """Return an integer."""
        value = self.unread.pop(name, None)
        return default if value is None else expect_integer(f"{self.place}.{name}", value)

    def flag(self, name: str, default: bool = False) -> bool:
        """Return true or false."""
        value = self.unread.pop(name, None)
        if value is not None and not isinstance(value, bool):
            refuse(f"{self.place}.{name}", "must be true or false")
        return default if value is None else value

    def items(self, name: str) -> list[Any]:
        """Return a list."""
        value = self.take(name, [])
        if not isinstance(value, list):
            refuse(f"{self.place}.{name}", "must be a list")
        return value

    def texts(self, name: str) -> list[str]:
        """Return a list of strings, cleaned."""
        place = f"{self.place}.{name}"
        found = enumerate(self.items(name))
        return [clean(expect_text(f"{place}[{number}]", each)) for number, each in found]

    def object(self, name: str) -> "ForeignObject":
        """Return an object, an empty one where it is missing."""
        return ForeignObject(f"{self.place}.{name}", self.take(name, {}))

    def objects(self, name: str) -> list["ForeignObject"]:
        """Return a list of objects."""
        place = f"{self.place}.{name}"
        found = enumerate(self.items(name))
        return [ForeignObject(f"{place}[{number}]", each) for number, each in found]

    def entries(self, name: str) -> dict[str, "ForeignObject"]:
        """Return objects that stand in an object by their keys, in its order."""
        values = self.object(name).unread
        place = f"{self.place}.{name}"
        return {key: ForeignObject(f"{place}[{quote(key)}]", each) for key, each in values.items()}


def without_pickles(document: Any, notes: Notes) -> Any:
    """Return a JSON document without the strings that KoboldAI unpickles, and note them."""
    found = 0

    def is_pickle(value: object) -> bool:
        return isinstance(value, str) and value.lstrip().startswith(PICKLE)

    def cleared(value: Any) -> Any:
        nonlocal found
        if is_pickle(value):
            found += 1
            return None
        if isinstance(value, dict):
            return {key: cleared(each) for key, each in value.items() if not is_pickle(key)}
        return [cleared(each) for each in value] if isinstance(value, list) else value

    document = cleared(document)
    if found:
        fields = "field that begins" if found == 1 else "fields that begin"
        notes.dropped.append(
            f"{found:,} {fields} with “{PICKLE}” (pickles, which can run programs)"
        )
    return document


def keep(
    format_id: str, fields: Mapping[str, Any], notes: Notes, *, used: Container[str] = ()
) -> str:
    """Return unread fields as an adventure keeps them, and note the names of those that are not
    `used` all the same.
    """
    notes.kept += names_of(fields, used)
    return dump_formats({format_id: fields}) if fields else ""


def names_of(fields: Mapping[str, Any], used: Container[str] = ()) -> list[str]:
    """Return the names of the fields that are not empty and not `used`, for a report."""
    filled = (name for name, value in fields.items() if value not in (None, "", [], {}))
    return shown_names(name for name in filled if name not in used)


def names_in_each(noun: str, objects: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return one phrase with the names of the fields that objects have and that are not empty."""
    names = dict.fromkeys(name for each in objects for name, value in each.items() if value)
    return [f"of each {noun}: {', '.join(shown_names(names))}"] if names else []


def drop_unread(notes: Notes, noun: str, objects: Iterable[ForeignObject]) -> None:
    """Note the fields of each turn, or of each message, that nobody has read."""
    notes.dropped += names_in_each(noun, (each.unread for each in objects))


def dump_formats(fields: Mapping[str, Mapping[str, Any]]) -> str:
    """Return fields, by the id of the format that they are of, as the JSON an adventure keeps."""
    filled = {format_id: each for format_id, each in fields.items() if each}
    return json.dumps(filled, separators=(",", ":"), sort_keys=True) if filled else ""


def kept(adventure_fields: str, format_id: str) -> dict[str, Any]:
    """Return the fields that an adventure keeps for a format."""
    document = json.loads(adventure_fields) if adventure_fields else {}
    return object_of(object_of(document).get(format_id))


def object_of(value: object) -> dict[str, Any]:
    """Return an object, an empty one for any other value."""
    return dict(value) if isinstance(value, dict) else {}


def write_json(document: object) -> str:
    """Return a document as the text of a file, with letters as they are.

    Where a kept field has half of a surrogate pair, which no file can hold, all are escaped.
    """
    text = json.dumps(document, ensure_ascii=False, indent=1)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(document, indent=1)
    return text + "\n"


def shown_names(fields: Iterable[str]) -> list[str]:
    """Return the names of fields as a report shows them: the first ones, and how many more."""
    names = list(fields)
    shown = [clean_line(name)[:40] for name in names[:MAX_NAMES]]
    more = len(names) - MAX_NAMES
    return shown if more <= 0 else [*shown, count(more, "more field")]
