"""Provides Answer, which turns the documents of a completion stream into a generator's events.

Knows nothing of connections or bytes.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from dungeon.errors import EngineStopped
from dungeon.generator import Event, Finished, PrefillProgress, TextChunk, Usage
from dungeon.generator.http_errors import failure
from dungeon.generator.server_kinds import usage
from dungeon.text import clean


class ResponseParser:
    """One reply as it comes in."""

    def __init__(self, server: str, key: str | None, *, reads_only: bool = False) -> None:
        """`server` and `key` are for the sentence of an error the stream tells of. With
        `reads_only` no text is passed on: llama.cpp writes a token even where none is wanted.
        """
        self.writing = False
        """Whether the model has begun to write; before that it reads the prompt."""
        self._server = server
        self._key = key
        self._reads_only = reads_only
        self._pieces = 0
        self._reason: str | None = None
        self._usage: Usage | None = None

    def take(self, document: dict[str, Any]) -> Iterator[Event]:
        """Yield the events in one document of the stream. Raises GeneratorError it tells of."""
        match document:
            case {"choices": [{"text": str(text), **choice}, *_]}:
                if text:
                    yield from self._piece(text)
                self._reason = _text(choice.get("finish_reason")) or self._reason
            case {"choices": _}:
                pass
            case _:
                error = failure(document, server=self._server, key=self._key)
                if error is not None:
                    raise error
        if progress := document.get("prompt_progress"):
            yield from _reading(progress)
        self._usage = usage(document, self._pieces) or self._usage

    def finished(self, *, whole: bool) -> Finished:
        """Return the last event. Raises EngineStopped where the stream ended before its end."""
        if self._reason is None and not whole:
            raise EngineStopped(f"{self._server} broke off in the middle of its reply. Try again.")
        reason: Literal["stop", "length"] = "length" if self._reason == "length" else "stop"
        spent = self._usage or Usage(tokens=self._pieces)
        return Finished(reason, replace(spent, tokens=0) if self._reads_only else spent)

    def _piece(self, text: str) -> Iterator[Event]:
        self.writing = True
        self._pieces += 1
        if not self._reads_only and (cleaned := clean(text)):
            yield TextChunk(cleaned)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _reading(progress: Any) -> Iterator[Event]:
    match progress:
        case {"processed": int(done), "total": int(total), "cache": int(cached)}:
            yield PrefillProgress(done, total, cached)
