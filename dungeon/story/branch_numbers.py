"""Which branch each turn of a long adventure is on, from few rows of its saves: pure.

Nearly all turns follow the one that was made just before them. So an adventure of ten thousand
turns is a few runs of such turns, and its branches are numbered without reading every turn.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

PLAYED = 0
"""Stands for the line that is played, which needs no number."""


@dataclass(frozen=True, slots=True)
class Run:
    """Turns of an adventure that follow one another and were made one after another.

    Turns are named by their numbers in the order of creation, which leave gaps: those between them
    are of other adventures.
    """

    first: int
    last: int
    parent: int | None
    """The turn that the first one follows; None for an opening."""


class BranchNumbers:
    """The branches of one adventure, numbered from 1 on in the order in which their ends were made,
    as `branching.find_branch` takes them. A turn on several has the first; one on the line to the
    tip, which is played, has `PLAYED`.
    """

    def __init__(self, runs: Sequence[Run], tip: int | None) -> None:
        """`runs` are all turns of the adventure, oldest first; `tip` is the end of the line that is
        played, None where there is none.
        """
        self._runs = runs
        self._firsts = [run.first for run in runs]
        # for each run the last turn that each branch has of it, where no branch before it has it
        self._marks: list[list[tuple[int, int]]] = [[] for _ in runs]
        followed = {run.parent for run in runs}
        ends = sorted(run.last for run in runs if run.last not in followed)
        self.count = len(ends)
        """How many branches there are."""
        if tip is not None and runs:
            self._mark(tip, PLAYED)
        for number, end in enumerate(ends, 1):
            self._mark(end, number)

    def branch_of(self, turn: int) -> int:
        """Return the number of the branch that has this turn of the adventure, or `PLAYED` where
        the runs do not hold it: they may be damaged.
        """
        marks = self._marks[self._run_of(turn)] if self._runs else []
        return next((number for last, number in marks if turn <= last), PLAYED)

    def _run_of(self, turn: int) -> int:
        return bisect_right(self._firsts, turn) - 1

    def _mark(self, end: int, number: int) -> None:
        """Note that the line to `end` is the branch `number`, up to the turns that others have."""
        turn: int | None = end
        while turn is not None:
            run = self._run_of(turn)
            marks = self._marks[run]
            if marks and turn <= marks[-1][0]:
                return
            marks.append((turn, number))
            if len(marks) > 1:  # the line before it is marked
                return
            turn = self._runs[run].parent
