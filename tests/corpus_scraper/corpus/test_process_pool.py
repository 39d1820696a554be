import os
from collections.abc import Iterator
from contextlib import closing

import pytest

from corpus_scraper.corpus.process_pool import ITEMS_PER_PROCESS, ProcessPool
from dungeon.errors import GrueError


def double(number: int) -> int:
    return 2 * number


def die(_number: int) -> int:
    os._exit(1)


def test_results_come_in_the_order_of_the_items() -> None:
    for processes in (1, 2):
        with closing(ProcessPool(processes)) as workers:
            assert list(workers.in_order(double, range(40))) == [2 * n for n in range(40)]
            assert list(workers.in_order(double, [])) == []


def test_only_a_few_items_are_under_way() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for number in range(100):
            taken += 1
            yield number

    with closing(ProcessPool(2)) as workers:
        next(workers.in_order(double, items()))
        assert taken <= 2 * ITEMS_PER_PROCESS + 1


def test_a_process_that_is_killed_is_told_of() -> None:
    with closing(ProcessPool(2)) as workers, pytest.raises(GrueError, match="--processes 1"):
        list(workers.in_order(die, [1, 2]))
