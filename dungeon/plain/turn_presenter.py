"""Provides Telling: a reply written on the page sentence by sentence, and only what will stay.

A sentence under way may still be taken back, and a line on a page cannot; so a sentence is told
when it is whole, which is also how a screen reader likes it. Knows nothing of the game.
"""

from dungeon.plain.text_writer import TextWriter
from dungeon.sentences import SentenceSplitter


class TurnPresenter:
    """One reply, or one attempt at it."""

    def __init__(self, page: TextWriter) -> None:
        self._page = page
        self._splitter = SentenceSplitter()
        self._told = ""
        self._pending = ""

    def hear(self, piece: str) -> None:
        """Take the next piece; tell the sentences it completes, at a terminal."""
        if not self._page.interactive:
            return
        for sentence in self._splitter.feed(piece):
            begun = self._told or self._pending
            self._pending += (sentence.gap if begun else "") + sentence.text
            if sentence.whole:
                self._tell(self._pending)
                self._pending = ""

    def conclude(self, text: str) -> bool:
        """Tell the rest of the reply as it was saved: `text`.

        Return False, and tell nothing, where something else stands on the page already.
        """
        if not text.startswith(self._told):
            return False
        self._tell(text[len(self._told) :])
        self._page.part()
        return True

    def _tell(self, text: str) -> None:
        self._told += text
        self._page.sentences(text)
