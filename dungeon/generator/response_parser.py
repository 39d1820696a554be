"""Turn the JSON documents of a completion stream into the events of a generator."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from dungeon.errors import EngineStopped
from dungeon.generator import Event, Finished, PrefillProgress, TextChunk, Usage
from dungeon.generator.http_errors import error_from_event
from dungeon.generator.server_kinds import parse_usage
from dungeon.generator.token_scores import parse_alternatives, parse_probability
from dungeon.text import clean


class ResponseParser:
    """The parser of one reply."""

    def __init__(self, server: str, key: str | None, *, prefill_only: bool = False) -> None:
        """`server` and `key` are for the messages of errors in the stream. With `prefill_only` no
        text is emitted: llama.cpp writes a token even where none is requested.
        """
        self.is_decoding = False
        """Whether the first text has arrived; before that the model reads the prompt."""
        self._server = server
        self._key = key
        self._prefill_only = prefill_only
        self._chunks = 0
        self._reason: str | None = None
        self._usage: Usage | None = None

    def parse(self, document: dict[str, Any]) -> Iterator[Event]:
        """Yield the events in a document. Raises GeneratorError for an error in it."""
        match document:
            case {"choices": [{"text": str(text), **choice}, *_]}:
                yield from self._text_events(text, choice.get("logprobs"))
                self._reason = _string_or_none(choice.get("finish_reason")) or self._reason
            case {"choices": [{"delta": dict(delta), **choice}, *_]}:
                yield from self._text_events(_string_or_none(delta.get("content")) or "")
                self._reason = _string_or_none(choice.get("finish_reason")) or self._reason
            case {"choices": [{"message": dict(message), **choice}, *_]}:  # it does not stream
                yield from self._text_events(_string_or_none(message.get("content")) or "")
                self._reason = _string_or_none(choice.get("finish_reason")) or self._reason
            case {"choices": _}:
                pass
            case _:
                error = error_from_event(document, server=self._server, key=self._key)
                if error is not None:
                    raise error
        if progress := document.get("prompt_progress"):
            yield from _prefill_events(progress)
        self._usage = parse_usage(document, self._chunks) or self._usage

    def finish(self, *, is_complete: bool) -> Finished:
        """Return the last event. Raises EngineStopped where the stream ended too early."""
        if self._reason is None and not is_complete:
            raise EngineStopped(f"{self._server} broke off in the middle of its reply. Try again.")
        reason: Literal["stop", "length"] = "length" if self._reason == "length" else "stop"
        spent = self._usage or Usage(tokens=self._chunks)
        return Finished(reason, replace(spent, tokens=0) if self._prefill_only else spent)

    def _text_events(self, text: str, probabilities: Any = None) -> Iterator[Event]:
        if not text:
            return
        self.is_decoding = True
        self._chunks += 1
        if not self._prefill_only and (cleaned := clean(text)):
            alternatives = parse_alternatives(cleaned, probabilities)
            yield TextChunk(cleaned, alternatives, parse_probability(probabilities))


def _string_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _prefill_events(progress: Any) -> Iterator[Event]:
    match progress:
        case {"processed": int(done), "total": int(total), "cache": int(cached)}:
            yield PrefillProgress(done, total, cached)
