"""A progress bar on standard error: one line on a terminal, a line for each step elsewhere."""

import sys
from typing import TextIO

_WIDTH = 24
_MEGABYTE = 1_000_000


class ProgressBar:
    """Called like `dungeon.models.progress.Progress`; a context manager that ends its line."""

    def __init__(self, title: str, stream: TextIO | None = None) -> None:
        """`title` is what is worked on. `stream` is standard error for None."""
        self._title = title
        self._stream = stream or sys.stderr
        self._lively = self._stream.isatty()
        self._shown = ""

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        if self._lively and self._shown:
            self._stream.write("\n")
            self._stream.flush()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far it is; writes only where that changes what is seen."""
        line = self._filled(what, done, total) if self._lively else self._plain(what, total)
        if line == self._shown:
            return
        self._stream.write(f"\r{line:<{len(self._shown)}}" if self._lively else f"{line}\n")
        self._stream.flush()
        self._shown = line

    def _filled(self, what: str, done: int, total: int) -> str:
        part = min(done / total, 1.0) if total > 0 else 1.0
        bar = "█" * round(part * _WIDTH)
        size = f"{done / _MEGABYTE:.0f} of {total / _MEGABYTE:.0f} MB"
        return f"{what:<10} {bar:░<{_WIDTH}} {part:4.0%}  {size}"

    def _plain(self, what: str, total: int) -> str:
        return f"{what} {self._title} ({total / _MEGABYTE:.0f} MB)"
