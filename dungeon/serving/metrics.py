"""The Prometheus metrics of the server, and the observer that takes them from each reply."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from dungeon.errors import GeneratorError
from dungeon.generator.slot_keeper import SlotEvent
from dungeon.generator.sse import BodyReader, EventReader

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_FIRST_TOKEN_SECONDS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 30, 60)
_INTER_TOKEN_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5)


class Metrics:
    """The metrics of one server; `now` is its clock."""

    def __init__(self, slots: int, now: Callable[[], float] = time.perf_counter) -> None:
        self.now = now
        self._slots = slots
        self._active = 0
        registry = self._registry = CollectorRegistry()
        self.first_token = Histogram(
            "grue_time_to_first_token_seconds",
            "From a request to the first text of its streamed reply.",
            buckets=_FIRST_TOKEN_SECONDS,
            registry=registry,
        )
        self.inter_token = Histogram(
            "grue_inter_token_latency_seconds",
            "Between two pieces of text of a streamed reply.",
            buckets=_INTER_TOKEN_SECONDS,
            registry=registry,
        )
        self.responses = Counter(
            "grue_responses", "Answered requests by status.", ["status"], registry=registry
        )
        self.broken = Counter(
            "grue_replies_broken", "Replies that the engine cut off.", registry=registry
        )
        self.queried = Counter(
            "grue_prefix_cache_queries", "Prompt tokens received.", registry=registry
        )
        self.hit = Counter(
            "grue_prefix_cache_hits",
            "Prompt tokens found in the prefix cache, and not evaluated again.",
            registry=registry,
        )
        self._slot_events: dict[SlotEvent, Counter] = {
            "query": Counter(
                "grue_slot_restore_queries",
                "Prompts that no slot held the beginning of.",
                registry=registry,
            ),
            "hit": Counter(
                "grue_slot_restore_hits",
                "Those of them whose saved state was restored.",
                registry=registry,
            ),
            "save": Counter("grue_slot_saves", "States of slots saved.", registry=registry),
        }
        self.generated = Counter("grue_generation_tokens", "Tokens generated.", registry=registry)
        running = Gauge("grue_requests_running", "Requests in a slot.", registry=registry)
        running.set_function(lambda: min(self._active, self._slots))
        waiting = Gauge("grue_requests_waiting", "Requests waiting.", registry=registry)
        waiting.set_function(lambda: max(0, self._active - self._slots))

    def to_text(self) -> bytes:
        """Return all of them in Prometheus's text format."""
        text: bytes = generate_latest(self._registry)
        return text

    def count_slot(self, event: SlotEvent) -> None:
        """Count what happened to a slot."""
        self._slot_events[event].inc()

    @contextmanager
    def active(self) -> Iterator[None]:
        """Count a request that is with the engine, in a slot or waiting for one."""
        self._active += 1
        try:
            yield
        finally:
            self._active -= 1


class ReplyObserver:
    """Takes the metrics of one reply from its bytes, which it does not change.

    A client that has read enough hangs up before the engine's own count comes at the end, as the
    game does: then the events are counted.
    """

    def __init__(self, metrics: Metrics, started: float, content_type: str) -> None:
        self._metrics = metrics
        self._started = started
        self._last = 0.0
        self._cached = self._prompt = self._generated = 0
        is_stream = content_type.startswith("text/event-stream")
        self._reader: EventReader | BodyReader | None = EventReader() if is_stream else BodyReader()

    def feed(self, chunk: bytes) -> None:
        """Take note of the next bytes."""
        if self._reader is None:
            return
        try:
            for document in self._reader.feed(chunk):
                self._note(document)
        except GeneratorError:
            self._reader = None  # no JSON: it is passed on, and not measured

    def finish(self) -> None:
        """Count the tokens of the reply, whole or not."""
        if self._reader is not None:
            with suppress(GeneratorError):
                for document in self._reader.finish():
                    self._note_tokens(document)
        self._metrics.hit.inc(self._cached)
        self._metrics.queried.inc(self._prompt)
        self._metrics.generated.inc(self._generated)

    def _note(self, document: dict[str, Any]) -> None:
        if _has_text(document):
            now = self._metrics.now()
            if self._last:
                self._metrics.inter_token.observe(now - self._last)
            else:
                self._metrics.first_token.observe(now - self._started)
            self._last = now
            self._generated += 1
        self._note_tokens(document)

    def _note_tokens(self, document: dict[str, Any]) -> None:
        match document:
            case {"timings": {"cache_n": int(cached), "prompt_n": int(evaluated)} as timings}:
                self._cached, self._prompt = cached, cached + evaluated
                self._generated = timings.get("predicted_n", self._generated)
            case {"prompt_progress": {"cache": int(cached), "total": int(total)}}:
                self._cached, self._prompt = cached, total


def _has_text(document: dict[str, Any]) -> bool:
    """Whether an event of a completion or a chat has text: the first of a chat has a role only."""
    match document.get("choices"):
        case [{"text": str(text)}, *_] | [{"delta": {"content": str(text)}}, *_]:
            return bool(text)
    return False
