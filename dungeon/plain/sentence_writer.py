"""Write a reply sentence by sentence, and only what will stay.

A sentence under way may still be discarded, and what is written cannot be taken back; so a sentence
is written when it is whole, which also suits screen readers.
"""

from dungeon.plain.text_writer import TextWriter
from dungeon.text.sentences import SentenceSplitter


class SentenceWriter:
    """One reply, or one attempt at it."""

    def __init__(self, writer: TextWriter) -> None:
        self._writer = writer
        self._splitter = SentenceSplitter()
        self._written = ""
        self._pending = ""

    @property
    def has_written(self) -> bool:
        """Whether some of the reply stands on the terminal."""
        return bool(self._written)

    def feed(self, text: str) -> None:
        """Take the next piece; at a terminal, write the sentences it completes."""
        if not self._writer.is_interactive:
            return
        for sentence in self._splitter.feed(text):
            gap = sentence.gap if self._written or self._pending else ""
            self._pending += gap + sentence.text
            if sentence.whole:
                self._write(self._pending)
                self._pending = ""

    def finish(self, reply: str) -> bool:
        """Write the rest of the reply as it was saved.

        Return False, and write nothing, where something else than its beginning is written already.
        """
        if not reply.startswith(self._written):
            return False
        self._write(reply[len(self._written) :])
        self._writer.end_paragraph()
        return True

    def _write(self, text: str) -> None:
        self._written += text
        self._writer.sentences(text)
