"""Read the decisions on the story's state from Grue's own JSON format."""

from collections.abc import Container
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from dungeon.story.state_events import (
    MAX_NAME,
    Category,
    Change,
    Decision,
    Source,
    StateEvent,
)
from dungeon.text import clean_line
from dungeon.transfer.strict_json import Fields, expect_datetime, expect_text, quote, refuse

MAX_EVENTS = 100_000
"""Decisions of all branches: an edit copies those after it onto another line."""

_E = TypeVar("_E", bound=StrEnum)


def read_state_events(turns: Container[str], place: str, value: object) -> tuple[StateEvent, ...]:
    """Return the decisions in a list, each on a change in one of `turns`. Raises InputRefused."""
    if not isinstance(value, list) or len(value) > MAX_EVENTS:
        refuse(place, f"must be a list of at most {MAX_EVENTS:,} decisions")
    return tuple(_event(turns, f"{place}[{number}]", item) for number, item in enumerate(value))


def _event(turns: Container[str], place: str, value: object) -> StateEvent:
    item = Fields(place, value)
    turn = item.read("turn", expect_text)
    if turn not in turns:
        refuse(item.at("turn"), f"{quote(turn)} is no turn known here")
    change = Change(
        _member(item, "category", Category),
        item.read("name", _line),
        item.read("value", _line),
        item.read("removed", _flag),
    )
    if not change.name:
        refuse(item.at("name"), "must not be empty")
    event = StateEvent(
        turn,
        change,
        _member(item, "decision", Decision),
        _member(item, "source", Source),
        item.read("created", _moment) if "created" in item else None,
    )
    item.refuse_unread()
    return event


def _member(item: Fields, name: str, kind: type[_E]) -> _E:
    """Return the member of `kind` that a field names."""
    text = item.read(name, expect_text)
    if text not in set(kind):
        refuse(item.at(name), f"{quote(text)} must be one of {', '.join(kind)}")
    return kind(text)


def _line(place: str, value: object) -> str:
    text = clean_line(expect_text(place, value))
    return text if len(text) <= MAX_NAME else refuse(place, f"has more than {MAX_NAME} characters")


def _moment(place: str, value: object) -> datetime | None:
    """Return when a decision was made; an older export does not say it."""
    return None if value == "" else expect_datetime(place, value)


def _flag(place: str, value: object) -> bool:
    return value if isinstance(value, bool) else refuse(place, "must be true or false")
