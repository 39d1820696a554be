"""Hold some rows out, so that what they have in common is not in the training as well."""

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

Row = TypeVar("Row")

HELD_OUT_SHARE = 0.2
"""Share of the rows that are held out: of a few hundred rows, fewer would say little."""

MAX_HELD_OUT = 200
"""More held-out rows make an evaluation slower and hardly more exact."""


def hold_out(
    rows: Sequence[Row], seed: int, *group_names: Callable[[Row], str]
) -> tuple[list[Row], list[Row]]:
    """Return the rows to train on and those that are held out.

    Rows for which the first of `group_names` is the same stay together; where that is all of them,
    those of the next one do.
    """
    groups = _group(rows, group_names)
    wanted = min(max(round(len(rows) * HELD_OUT_SHARE), 1), MAX_HELD_OUT)
    train: list[Row] = []
    held_out: list[Row] = []
    for name in sorted(groups, key=lambda name: _shuffled(seed, name)):
        (held_out if len(held_out) < wanted else train).extend(groups[name])
    return (train, held_out) if train else (held_out[wanted:], held_out[:wanted])


def _group(
    rows: Sequence[Row], group_names: Sequence[Callable[[Row], str]]
) -> dict[str, list[Row]]:
    for name in group_names:
        groups: dict[str, list[Row]] = {}
        for row in rows:
            groups.setdefault(name(row), []).append(row)
        if len(groups) > 1:
            return groups
    return {str(number): [row] for number, row in enumerate(rows)}


def _shuffled(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()
