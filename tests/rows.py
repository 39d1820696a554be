"""Provides `every_row`: one test that checks many rows, each of which takes microseconds.

A test of pytest's own costs milliseconds, whatever it checks, so a row is one only where it has
fixtures of its own, or takes long enough for another core to be worth it.
"""

import inspect
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from reprlib import Repr
from typing import Any

import pytest

_Failed = pytest.fail.Exception

_short = Repr()
_short.maxstring = _short.maxother = 120


def every_row(names: str | Sequence[str], rows: Iterable[Any]) -> Callable[..., Any]:
    """Return a decorator like `parametrize` that checks all rows in one test.

    Every row that fails is named in the failure, and those behind it are checked nevertheless.
    """
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",")]
    values = [tuple(row) if len(names) > 1 else (row,) for row in rows]
    assert values, "no row proves nothing"

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @wraps(test)
        def check_rows(**fixtures: Any) -> None:
            failures: list[BaseException] = []
            for row in values:
                named = dict(zip(names, row, strict=True))
                try:
                    test(**fixtures, **named)
                except (Exception, _Failed) as error:  # noqa: BLE001 - raised below
                    error.add_note(f"in the row {_told(named)}")
                    failures.append(error)
            if len(failures) == 1:
                raise failures[0]
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(values)} rows fail", failures)

        signature = inspect.signature(test)
        fixtures = [each for each in signature.parameters.values() if each.name not in names]
        check_rows.__signature__ = signature.replace(parameters=fixtures)  # what pytest reads
        return check_rows

    return decorate


def _told(row: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_short.repr(value)}" for name, value in row.items())
