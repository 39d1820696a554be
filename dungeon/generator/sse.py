"""Provides the reader of a server-sent event stream: bytes in, JSON documents out.

Knows nothing of what the documents say. A character or an event split over two chunks is put
together again; bytes that are no UTF-8 become U+FFFD.
"""

import json
from collections.abc import Iterator
from typing import Any

from dungeon.errors import GeneratorError

MAX_EVENT_BYTES = 1 << 20
"""An event longer than this is refused, so that a hostile server cannot fill the memory."""


class EventReader:
    """Collects chunks of a stream and yields the document of every complete event."""

    def __init__(self) -> None:
        self.done = False
        """Whether the stream said `[DONE]`."""
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """Yield the documents that `chunk` completes.

        Raises GeneratorError where an event is no JSON object or longer than MAX_EVENT_BYTES.
        """
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > MAX_EVENT_BYTES:
            raise GeneratorError("The model server sent an event without an end. Try again.")
        for line in lines:
            yield from self._document(line)

    def end(self) -> Iterator[dict[str, Any]]:
        """Yield the document of a last line that has no line break."""
        line, self._rest = self._rest, b""
        yield from self._document(line)

    def _document(self, line: bytes) -> Iterator[dict[str, Any]]:
        field, _, value = line.partition(b":")
        if field not in (b"data", b"error"):  # a comment that keeps the line open, an event's name
            return
        value = value.strip()
        if value == b"[DONE]":
            self.done = True
        elif value:
            yield _parsed(value)


def _parsed(value: bytes) -> dict[str, Any]:
    try:
        document = json.loads(value.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise GeneratorError(
            "The model server sent something that is no JSON. Try again."
        ) from error
    if not isinstance(document, dict):
        raise GeneratorError("The model server sent JSON that is no event. Try again.")
    return document
