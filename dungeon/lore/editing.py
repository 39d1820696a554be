"""Lore entries as players write them: a form of named fields above the text."""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from dungeon.errors import InputRefused
from dungeon.lore.entry import MAX_ENTRIES, LoreEntry
from dungeon.lore.patterns import MAX_PATTERNS, PatternRoom, compile_pattern, split_keys
from dungeon.text import clean, clean_line
from dungeon.text.error_words import did_you_mean, in_quotes

CONTENT = "text"
"""The name of the field below the others."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an entry, by the name that players use."""

    name: str
    attribute: str
    about: str


FIELDS: Mapping[str, Field] = {
    name: Field(name, attribute, about)
    for name, attribute, about in (
        ("title", "title", "what lists call it"),
        ("keys", "keys", "any of these puts it into the prompt"),
        ("and", "secondary", "and one of these, if there are any"),
        ("not", "excluding", "and none of these"),
        ("always", "always", "yes: in every prompt"),
        ("enabled", "enabled", "no: never"),
        ("case", "case_sensitive", "yes: keys must be in the same case"),
        ("patterns", "patterns", "yes: keys between slashes are patterns: /gates?/i"),
        ("order", "order", "lower ones stand first"),
        ("probability", "probability", "in percent"),
        ("depth", "depth", "turns that are searched for keys"),
        ("group", "group", "one entry of a group is drawn"),
        ("weight", "weight", "how likely it is drawn"),
        ("sticky", "sticky", "turns for which it stays"),
        ("cooldown", "cooldown", "turns until it may come again"),
        ("delay", "delay", "turns that the story must have"),
        ("recursive", "recursive", "no: its text makes no others fire"),
        (CONTENT, "content", "what is true of it"),
    )
}
"""The fields, in the order of the form."""

_SHOWN = ("title", "keys", "and", "not", "always")
"""The fields that a form always has; of the others it has those that are not at their default."""

MORE_FIELDS = ", ".join(name for name in FIELDS if name not in (*_SHOWN, CONTENT))
"""The names of the others, for hints."""

_DEFAULT = LoreEntry("x", "", "")
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_YES_NO = {"yes": True, "no": False}


def write_form(entry: LoreEntry) -> str:
    """Return the entry as a form: lines for its fields, a blank line, the text."""
    lines = [
        f"{field.name}: {_shown(getattr(entry, field.attribute))}"
        for field in FIELDS.values()
        if field.name in _SHOWN or (field.name != CONTENT and _differs(entry, field))
    ]
    return "\n".join([*lines, "", entry.content])


def read_form(form: str, entry: LoreEntry) -> LoreEntry:
    """Return `entry` as the form says, other fields at their defaults. Raises InputRefused, naming
    the line.
    """
    head, *content = _EMPTY_LINE.split(clean(form).strip(), maxsplit=1)
    values: dict[str, Any] = {"content": "".join(content).strip()}
    for line in filter(None, map(str.strip, head.splitlines())):
        name, colon, value = line.partition(":")
        field = FIELDS.get(name.strip().lower())
        if not colon or field is None or field.name == CONTENT:
            raise InputRefused(
                f"“{line[:40]}” is no field. A form has lines like “keys: gate, iron gate”, an "
                "empty line, and the text."
            )
        values[field.attribute] = _parse(field, value.strip())
    return _complete(replace(_DEFAULT, id=entry.id, **values))


def change_field(entry: LoreEntry, name: str, value: str) -> LoreEntry:
    """Return `entry` with another value of the field `name`. Raises InputRefused."""
    field = FIELDS.get(name.strip().lower())
    if field is None:
        raise InputRefused(
            f"There is no field {in_quotes(name)}.{did_you_mean(name.strip(), FIELDS)} Fields are "
            f"{', '.join(FIELDS)}."
        )
    return _complete(replace(entry, **{field.attribute: _parse(field, clean(value).strip())}))


def parse_keys(text: str) -> tuple[str, ...]:
    """Return the keys in a list with commas, each once."""
    return tuple(dict.fromkeys(filter(None, map(clean_line, split_keys(text)))))


def find(entries: Sequence[LoreEntry], reference: str) -> LoreEntry:
    """Return the entry with that number in the list, that id, title or key. Raises InputRefused."""
    wanted = clean_line(reference).casefold()
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < 10
    if is_number and 1 <= int(wanted) <= len(entries):
        return entries[int(wanted) - 1]
    for kind in range(3):
        found = [at for at, entry in enumerate(entries, 1) if wanted in _names(entry)[kind]]
        if len(found) == 1:
            return entries[found[0] - 1]
        if found:
            numbers = ", ".join(map(str, found[:10]))
            raise InputRefused(f"“{reference}” may mean several entries; use a number: {numbers}.")
    guess = did_you_mean(
        reference, [name for entry in entries for name in (entry.title, *entry.keys)]
    )
    raise InputRefused(f"There is no lore entry {in_quotes(reference)}.{guess} /lore lists them.")


def find_field(entries: Sequence[LoreEntry], typed: str) -> tuple[LoreEntry, str]:
    """Return the entry and the field that are meant by `gate order`, or by `gate`: its text.

    Raises InputRefused where there is no such entry or field.
    """
    reference, _, name = typed.rpartition(" ")
    if reference and name.lower() in FIELDS:
        return find(entries, reference), name
    try:
        return find(entries, typed), CONTENT
    except InputRefused:
        if reference:
            with suppress(InputRefused):
                return find(entries, reference), name  # no field; change_field names them all
        raise


def _names(entry: LoreEntry) -> tuple[set[str], set[str], set[str]]:
    """Return its id, its title and its keys, in any case."""
    keys = {key.casefold() for key in entry.keys}
    return {entry.id.casefold()}, {clean_line(entry.title).casefold()}, keys


def with_entry(entries: Sequence[LoreEntry], entry: LoreEntry) -> tuple[LoreEntry, ...]:
    """Return the entries with `entry` in the place of that with its id, or at the end.

    Raises InputRefused where these are too many.
    """
    if entry.pattern_keys:
        check_patterns([*(each for each in entries if each.id != entry.id), entry])
    if any(each.id == entry.id for each in entries):
        return tuple(entry if each.id == entry.id else each for each in entries)
    if len(entries) >= MAX_ENTRIES:
        raise InputRefused(f"An adventure may have {MAX_ENTRIES:,} lore entries. Remove some.")
    return (*entries, entry)


def check_patterns(entries: Iterable[LoreEntry]) -> None:
    """Raise InputRefused where entries have more patterns than are searched, or larger ones."""
    room = PatternRoom()
    if not all(room.take(key) for each in entries for key in each.pattern_keys):
        raise InputRefused(
            f"An adventure may have {MAX_PATTERNS} patterns, fewer with repetitions such as "
            "`.{0,30}`. Remove some."
        )


def _complete(entry: LoreEntry) -> LoreEntry:
    """Return the entry with a title. Raises InputRefused where it could never do anything."""
    if not entry.content.strip():
        raise InputRefused("The entry has no text. Say below the fields what is true of it.")
    if not entry.keys and not entry.always:
        raise InputRefused("The entry has no keys. Name some, or say “always: yes”.")
    for key in entry.pattern_keys:
        compile_pattern(key)
    return entry if entry.title else replace(entry, title=next(iter(entry.keys), "Always"))


def _differs(entry: LoreEntry, field: Field) -> bool:
    return bool(getattr(entry, field.attribute) != getattr(_DEFAULT, field.attribute))


def _shown(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(_shown_key, value))
    return clean_line(str(value))


def _shown_key(key: str) -> str:
    """Return a key that a comma does not end: the same words, or the pattern."""
    return clean_line(key if split_keys(key) == [key] else key.replace(",", " "))


def _parse(field: Field, value: str) -> Any:
    match getattr(_DEFAULT, field.attribute):
        case bool():
            if value.lower() not in _YES_NO:
                raise InputRefused(f"`{field.name}` is yes or no, not {in_quotes(value)}.")
            return _YES_NO[value.lower()]
        case tuple():
            return parse_keys(value)
        case int():
            try:
                return int(value) if len(value) < 10 else int("no")
            except ValueError:
                raise InputRefused(
                    f"`{field.name}` is a whole number, not {in_quotes(value)}."
                ) from None
    return value if field.name == CONTENT else clean_line(value)
