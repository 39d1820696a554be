"""Write messages to standard error, and keep the exit code that they lead to."""

from typing import TextIO

from dungeon.errors import GrueError
from dungeon.plain.text_writer import TextWriter, print_message


class MessageWriter:
    """Writes what line mode says besides the story."""

    def __init__(self, out: TextIO, writer: TextWriter, *, is_interactive: bool) -> None:
        """`writer` writes the story, whose paragraph ends before a message; `is_interactive` says
        whether a person reads them, who can type another line.
        """
        self.out = out
        self.exit_code = 0
        self._writer = writer
        self._is_interactive = is_interactive

    def show(self, message: str) -> None:
        """Write a sentence; nothing where it is empty."""
        if message:
            self._writer.end_paragraph()
            print_message(self.out, message)

    def refuse(self, error: GrueError) -> None:
        """Say what could not be done; in a pipe it also sets the exit code."""
        self.show(str(error))
        if not self._is_interactive:
            self.exit_code = error.exit_code

    def end_line(self) -> None:
        """End the line that Ctrl-C has left open."""
        print(file=self.out, flush=True)

    def ring(self) -> None:
        """Ring the bell of the terminal, if there is one."""
        if self._writer.is_interactive:
            print("\a", end="", file=self.out, flush=True)
