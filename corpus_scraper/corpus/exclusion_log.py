"""Log what every block of a build did, and each thing it excluded, as it happens."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from corpus_scraper.corpus.filters import BlockCount, BlockLog, Exclusion
from corpus_scraper.corpus.stages import encode_line


class ExclusionLog:
    """The counts of all blocks, and the file of what is left out."""

    def __init__(self, excluded: Path) -> None:
        self._file = excluded.open("wb")
        self.blocks: dict[str, BlockCount] = {}
        """By name, in the order of the pipeline."""

    def close(self) -> None:
        """Close what is open."""
        self._file.close()

    def block(self, name: str) -> BlockCount:
        """Return the count of the block called so."""
        return self.blocks.setdefault(name, BlockCount())

    def add(self, log: BlockLog, work: str) -> None:
        """Add what the filters did to one story, which is called `work` in the corpus."""
        for name, count in log.counts.items():
            self.block(name).add(count)
        self._write(replace(left, work=work) for left in log.excluded)

    def exclude(self, left: Exclusion) -> None:
        """Note that something is left out by a step that sees all works."""
        self.block(left.block).counts[left.reason] += 1
        self._write([left])

    def _write(self, excluded: Iterable[Exclusion]) -> None:
        for left in excluded:
            self._file.write(encode_line(left.document()))
