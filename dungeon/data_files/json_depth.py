"""How deep a JSON value is nested."""

from typing import Any


def is_deeper(value: Any, levels: int) -> bool:
    """Return whether `value` has more than `levels` levels of lists and objects, level by level."""
    level = [value]
    for _ in range(levels):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
