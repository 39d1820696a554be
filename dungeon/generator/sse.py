"""Parse a completion's body, bytes in and JSON documents out: a stream of server-sent events, or
the one document of a server that does not stream.

Not httpx-sse, which has no limit on the length of an event and drops the `error:` lines that
llama.cpp sends.
"""

import json
from collections.abc import Iterator
from typing import Any

from dungeon.errors import GeneratorError

MAX_EVENT_BYTES = 1 << 20
"""A longer event is refused, so that a hostile server cannot fill the memory."""


class EventReader:
    """Collects the chunks of a stream, which may split an event or a character."""

    def __init__(self) -> None:
        self.done = False
        """Whether the stream has sent `[DONE]`."""
        self._rest = b""

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """Yield the documents that `chunk` completes; invalid UTF-8 becomes U+FFFD.

        Raises GeneratorError where an event is no JSON object or longer than MAX_EVENT_BYTES.
        """
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > MAX_EVENT_BYTES:
            raise GeneratorError("The model server sent an event without an end. Try again.")
        for line in lines:
            yield from self._document(line)

    def finish(self) -> Iterator[dict[str, Any]]:
        """Yield nothing: a stream that ends without `[DONE]` may have been cut off."""
        return iter(())

    def _document(self, line: bytes) -> Iterator[dict[str, Any]]:
        field, _, value = line.partition(b":")
        if field not in (b"data", b"error"):  # a keep-alive comment, the name of an event
            return
        value = value.strip()
        if value == b"[DONE]":
            self.done = True
        elif value:
            yield _parse(value)


class BodyReader:
    """Collects a body that is one JSON document."""

    def __init__(self) -> None:
        self.done = False
        """Whether the document is complete."""
        self._body = bytearray()

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """Collect `chunk`; yield nothing before the end.

        Raises GeneratorError where the document is longer than MAX_EVENT_BYTES.
        """
        self._body += chunk
        if len(self._body) > MAX_EVENT_BYTES:
            raise GeneratorError("The model server sent an answer without an end. Try again.")
        return iter(())

    def finish(self) -> Iterator[dict[str, Any]]:
        """Yield the document. Raises GeneratorError where it is no JSON object."""
        document = _parse(bytes(self._body))
        self.done = True
        yield document


def _parse(value: bytes) -> dict[str, Any]:
    try:
        document = json.loads(value.decode("utf-8", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise GeneratorError(
            "The model server sent something that is no JSON. Try again."
        ) from error
    if not isinstance(document, dict):
        raise GeneratorError("The model server sent JSON that is no event. Try again.")
    return document
