"""Provides Account: what every block of a build did, and each thing left out, written as it comes.

Knows nothing of why anything is left out.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from corpus_scraper.corpus.filters import BlockCount, BlockLog, Exclusion
from corpus_scraper.corpus.stages import encoded


class ExclusionLog:
    """The counts of all blocks, and the file of what is left out."""

    def __init__(self, excluded: Path) -> None:
        self._file = excluded.open("wb")
        self.blocks: dict[str, BlockCount] = {}
        """By name, in the order of the pipeline."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._file.close()

    def block(self, name: str) -> BlockCount:
        """Return the count of the block called so."""
        return self.blocks.setdefault(name, BlockCount())

    def add(self, ledger: BlockLog, work: str) -> None:
        """Add what the filters did to one story, which is called `work` in the corpus."""
        for name, count in ledger.counts.items():
            self.block(name).add(count)
        self._write(replace(left, work=work) for left in ledger.left_out)

    def leave_out(self, left: Exclusion) -> None:
        """Note that something is left out by a step that sees all works."""
        self.block(left.block).did[left.reason] += 1
        self._write([left])

    def _write(self, left_out: Iterable[Exclusion]) -> None:
        for left in left_out:
            self._file.write(encoded(left.document()))
