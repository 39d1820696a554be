"""A file of byte records, read back by index, so that memory need not hold them."""

from array import array
from collections.abc import Iterator
from pathlib import Path


class RecordFile:
    """A file of pieces, read back in any order. It is nobody's but its maker's."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self._ends = array("Q", [0])
        self._written = True

    def close(self) -> None:
        """Close what is open."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._ends) - 1

    def append(self, piece: bytes) -> None:
        """Put `piece` behind the others."""
        if not self._written:
            self._file.seek(0, 2)
            self._written = True
        self._file.write(piece)
        self._ends.append(self._ends[-1] + len(piece))

    def __getitem__(self, number: int) -> bytes:
        self._written = False
        self._file.seek(self._ends[number])
        return self._file.read(self._ends[number + 1] - self._ends[number])

    def __iter__(self) -> Iterator[bytes]:
        return map(self.__getitem__, range(len(self)))
