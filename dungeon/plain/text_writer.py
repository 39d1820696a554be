"""Write paragraphs as they come: wrapped at a terminal, on one line each in a pipe."""

import textwrap
from typing import TextIO

from dungeon import transcript
from dungeon.text.wrapping import terminal_width, wrap_for


def print_message(out: TextIO, message: str) -> None:
    """Write a message that is no part of the story, wrapped at a terminal."""
    print(wrap_for(out, message), file=out, flush=True)


class TextWriter:
    """Writes to `out`. Nothing but the player's actions begins a line with `>`."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._column = 0
        self._word = ""
        self._pending_space = False
        self._blank = True  # whether a blank line, or nothing, is above

    @property
    def is_interactive(self) -> bool:
        """Whether it is a terminal, where prose is wrapped and shown as it is written."""
        return self._out.isatty()

    def paragraph(self, text: str) -> None:
        """Write `text` as paragraphs of their own."""
        self.end_paragraph()
        self.stream(text)
        self.end_paragraph()

    def sentences(self, text: str) -> None:
        """Write `text`, which ends at a word's end."""
        self.stream(text)
        self._end_word()
        self._out.flush()

    def stream(self, piece: str) -> None:
        """Write the next piece of prose; a word appears once its end is known."""
        for character in piece:
            if character.isspace():
                self._end_word()
                self._space(character)
            else:
                self._word += character
        self._out.flush()

    def end_paragraph(self) -> None:
        """End the paragraph with a blank line, unless one is there."""
        self._end_word()
        if self._column:
            self._newline()
        if not self._blank:
            self._out.write("\n")
            self._blank = True
        self._out.flush()

    def action_line(self, text: str) -> None:
        """Write the player's line, on a line of its own; nothing where it is empty."""
        self.end_paragraph()
        if not text:
            return
        line = transcript.write([transcript.ActionLine(text)])
        self._out.write(wrap_for(self._out, line) + "\n")
        self._blank = False
        self.end_paragraph()

    def table(self, text: str) -> None:
        """Write lines as they are, indented by two columns; at a terminal none is too long."""
        self.end_paragraph()
        self._out.write(wrap_for(self._out, textwrap.indent(text, "  "), limit=None) + "\n")
        self._blank = False
        self.end_paragraph()

    def _end_word(self) -> None:
        word, self._word = self._word, ""
        if not word:
            return
        space, self._pending_space = " " * self._pending_space, False
        if (
            self.is_interactive
            and self._column + len(space + word) > terminal_width()
            and self._column
        ):
            self._newline()
        if self._column:
            word = space + word
        elif word.startswith(">"):
            word = "›" + word[1:]  # only the player's lines begin with `>`
        self._out.write(word)
        self._column += len(word)
        self._blank = False

    def _space(self, character: str) -> None:
        if character == "\n":
            if self._column:
                self._newline()
            elif not self._blank:
                self._out.write("\n")
                self._blank = True
        else:
            self._pending_space = True

    def _newline(self) -> None:
        self._out.write("\n")
        self._column = 0
        self._pending_space = False
