"""The fields of a dataclass as a dictionary."""

from dataclasses import fields
from typing import Any


def shallow_dict(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass by name; unlike `asdict`, what is in them is not copied."""
    return {item.name: getattr(value, item.name) for item in fields(value)}
