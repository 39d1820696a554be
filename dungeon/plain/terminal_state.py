"""Change the state of the terminal that is read from, and restore it. Windows keeps it as it is."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, TextIO

_LOCAL_FLAGS = 3
"""The place of the local flags, such as ECHO, in the attributes that termios gives."""


@contextmanager
def restored_terminal(source: TextIO, *, echo: bool = True) -> Iterator[None]:
    """Leave the terminal `source` as it was before; meanwhile it echoes what is typed, or not."""
    try:
        termios: Any = import_module("termios")
    except ImportError:
        yield
        return
    if not source.isatty():
        yield
        return
    before = termios.tcgetattr(source)
    try:
        if not echo:
            during = list(before)
            during[_LOCAL_FLAGS] &= ~termios.ECHO
            termios.tcsetattr(source, termios.TCSADRAIN, during)
        yield
    finally:
        with suppress(termios.error):  # the terminal is gone
            termios.tcsetattr(source, termios.TCSADRAIN, before)
