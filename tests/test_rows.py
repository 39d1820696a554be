"""Tests of tests that check many rows."""

import inspect

import pytest

from tests.rows import every_row


def test_every_row_is_checked_and_each_that_fails_is_named() -> None:
    checked = []

    @every_row(("number", "word"), [(1, "one"), (2, "deux"), (3, "three"), (4, "quatre")])
    def is_english(number: int, word: str, known: list[str]) -> None:
        checked.append(number)
        assert word in known

    assert list(inspect.signature(is_english).parameters) == ["known"]
    with pytest.raises(BaseExceptionGroup, match="2 of 4 rows fail") as failed:
        is_english(known=["one", "three"])
    assert checked == [1, 2, 3, 4]
    notes = [error.__notes__ for error in failed.value.exceptions]
    assert notes == [["in the row number=2, word='deux'"], ["in the row number=4, word='quatre'"]]


def test_a_single_failure_is_raised_as_it_is() -> None:
    @every_row("number", [1, 2])
    def raises(number: int) -> None:
        with pytest.raises(ZeroDivisionError):
            1 / (number - 1)

    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE") as failed:
        raises()
    assert failed.value.__notes__ == ["in the row number=2"]


def test_decorators_multiply_the_rows() -> None:
    checked = []

    @every_row("first", "ab")
    @every_row("second", "cd")
    def pairs(first: str, second: str) -> None:
        checked.append(first + second)

    pairs()
    assert checked == ["ac", "ad", "bc", "bd"]


def test_no_rows_are_refused() -> None:
    with pytest.raises(AssertionError, match="no row proves nothing"):
        every_row("number", [])
