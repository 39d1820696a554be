"""A streamed reply as its client has it, and the request for its rest where a replica was lost.

The events of the first replica are sent on unchanged. Those of a later one become events of the
same reply: with its id, and with the tokens of all replicas in the usage.
"""

import json
from dataclasses import dataclass, replace
from typing import Any, Literal

from deploy.engine_request import EngineRequest
from dungeon.errors import GeneratorError
from dungeon.generator.sse import EventReader
from dungeon.prose.thinking import ends_in_thinking
from dungeon.serving.slots import prompt_text
from dungeon.text.control_tokens import neutralise

DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": another replica reads the prompt\n\n"
"""A comment, which clients skip: it shows that the server has not fallen silent."""

_NAMES = ("created", "model", "object")
_LIMITS = ("max_completion_tokens", "max_tokens", "n_predict")
_SEED_STEP = 104_729
"""Difference between the seeds of two parts of a reply, which would begin with the same draws."""

_WRITTEN_WHOLE = (
    "echo", "suffix", "best_of", "use_beam_search", "include_stop_str_in_output",
    "grammar", "json_schema", "response_format", "structured_outputs",
    "guided_json", "guided_regex", "guided_choice", "guided_grammar",
    "tools", "functions",
)  # fmt: skip
"""Parameters of replies that cannot be continued: a grammar, for one, would begin anew."""


class StreamedReply:
    """What the client has of one reply."""

    def __init__(self, request: EngineRequest, engine: Literal["llama.cpp", "vllm"]) -> None:
        self.is_whole = False
        """Whether the client has been sent its end."""
        self.is_stopped = False
        """Whether a stop string ended it that two replicas wrote: the second one goes on."""
        self.text = ""
        """What the client has been sent of it."""
        self.request = request
        self._engine = engine
        self._replicas = 1
        self._before = ""
        """The text of earlier replicas, as long as a stop string may begin in it."""
        self._held: list[_Event] = []
        """What has come since, and may belong to that stop string."""
        self._tokens = 0
        """Events with text: a few less than tokens, where the engine held some of them back."""
        self._earlier = 0
        """Those of earlier replicas."""
        self._last: dict[str, Any] = {}
        """The last event that was sent and had a choice."""
        self._reason = ""
        self._id: Any = None
        self._has_role = False
        self._has_text_only = True

    def take(self, event: bytes) -> list[bytes]:
        """Return what the client is sent once `event` has come, which ends with a blank line."""
        found = _Event.parse(event)
        self._held.append(found)
        match _at_joint(self._before, "".join(each.text for each in self._held), self._stops()):
            case "stop":
                self.is_stopped = True
                return [self._end("stop")]
            case "open" if not (found.reason or found.is_last):
                return []
        held, self._held, self._before = self._held, [], ""
        return [self._send(each) for each in held]

    def end_if_written(self) -> bytes:
        """Return what is still to be sent of a reply of which every token was; else nothing."""
        if self._reason:
            self.is_whole = True
            return DONE
        limit = self._limit()
        return self._end("length") if 0 < limit <= self._tokens else b""

    def next_request(self) -> EngineRequest | None:
        """Return what the next replica is to be asked, all of the reply or the rest of it; None
        where the rest cannot be asked for.
        """
        self._replicas += 1
        self._held = []
        self._before, self._earlier = self.text, self._tokens
        if not self._has_text_only or ends_in_thinking(self.text):
            return None
        if not self.text:
            return self.request
        document = self._continued()
        if document is None:
            return None
        return replace(
            self.request, body=json.dumps(document).encode(), prompt=prompt_text(document)
        )

    def _send(self, event: "_Event") -> bytes:
        """Return what is sent of an event, and take note of it."""
        self.is_whole = self.is_whole or event.is_last
        self._has_text_only = self._has_text_only and event.has_text_only
        if event.document is None:
            return event.source
        sent = event.source if self._replicas == 1 else self._as_a_later_part(event)
        self.text += event.text
        self._tokens += bool(event.text)
        self._reason = event.reason or self._reason
        self._has_role = self._has_role or event.has_role
        self._id = self._id or event.document.get("id")
        if event.document.get("choices"):
            self._last = event.document
        return sent

    def _as_a_later_part(self, event: "_Event") -> bytes:
        document = dict(event.document or {})
        repeats = event.has_role and self._has_role
        reads = bool(self.text) and "prompt_progress" in document
        if (repeats or reads) and not (event.text or event.reason):
            return KEEP_ALIVE
        if self._id and "id" in document:
            document["id"] = self._id
        for key, counted in (("usage", _usage_of_all), ("timings", _timings_of_all)):
            if isinstance(document.get(key), dict):
                document[key] = counted(document[key], self._earlier)
        return _data(document)

    def _end(self, reason: str) -> bytes:
        """Return the events that end the reply, in the form of those that were sent."""
        self.is_whole = True
        last = self._last["choices"][0]
        empty: dict[str, Any] = {"delta": {}} if "delta" in last else {"text": ""}
        choice = {"index": 0, **empty, "finish_reason": reason}
        document = {key: self._last[key] for key in _NAMES if key in self._last}
        return _data({"id": self._id, **document, "choices": [choice]}) + DONE

    def _continued(self) -> dict[str, Any] | None:
        """Return the document that asks for the rest; None where no engine can be asked for it."""
        document = _document(self.request.body)
        if _is_written_whole(document):
            return None
        text = neutralise(self.text)
        match document:
            case {"prompt": str(prompt)}:
                document["prompt"] = prompt + text
            case {"messages": [*_, {"role": "user" | "tool"}] as messages}:
                document["messages"] = [*messages, {"role": "assistant", "content": text}]
                if self._engine == "vllm":  # llama.cpp does so unasked
                    document |= {"continue_final_message": True, "add_generation_prompt": False}
            case _:
                return None
        for key, least in (*((limit, 1) for limit in _LIMITS), ("min_tokens", 0)):
            if _is_at_least(least, document.get(key)):
                document[key] = max(document[key] - self._tokens, least)
        if _is_at_least(0, document.get("seed")):  # a negative one is random
            document["seed"] = (document["seed"] + _SEED_STEP * (self._replicas - 1)) % (1 << 31)
        return document

    def _limit(self) -> int:
        """Return how many tokens the reply may have; 0 where the request does not say."""
        document = _document(self.request.body)
        return next((document[key] for key in _LIMITS if _is_at_least(1, document.get(key))), 0)

    def _stops(self) -> tuple[str, ...]:
        if not self._before:
            return ()
        stops = _document(self.request.body).get("stop") or ()
        listed = (stops,) if isinstance(stops, str) else stops
        return tuple(each for each in listed if isinstance(each, str) and each)


@dataclass(frozen=True, slots=True)
class _Event:
    """A server-sent event of a completion or a chat."""

    source: bytes
    document: dict[str, Any] | None = None
    """None where it is a comment, `[DONE]`, or no JSON."""
    text: str = ""
    reason: str = ""
    is_last: bool = False
    """Whether it is `[DONE]`, or the engine's own error."""
    has_role: bool = False
    has_text_only: bool = True
    """Whether it has none of what cannot be continued: calls of tools, thoughts, a second reply."""

    @classmethod
    def parse(cls, source: bytes) -> "_Event":
        reader = EventReader()
        is_error = source.startswith(b"error:")  # as llama.cpp sends it
        try:
            documents = list(reader.feed(source + b"\n"))
        except GeneratorError:
            return cls(source, is_last=is_error, has_text_only=False)
        if not documents:
            return cls(source, is_last=reader.done)
        document = documents[-1]
        choices = document.get("choices")
        if choices == []:
            return cls(source, document)
        if not (isinstance(choices, list) and len(choices) == 1 and isinstance(choices[0], dict)):
            is_error = is_error or "error" in document
            return cls(source, document, is_last=is_error, has_text_only=False)
        choice: dict[str, Any] = choices[0]
        delta: dict[str, Any] = choice.get("delta") or {}
        text = choice.get("text", delta.get("content"))
        others = any(value for key, value in delta.items() if key not in ("role", "content"))
        return cls(
            source,
            document,
            text if isinstance(text, str) else "",
            choice.get("finish_reason") or "",
            has_role="role" in delta,
            has_text_only=not others and not choice.get("index"),
        )


def _at_joint(before: str, after: str, stops: tuple[str, ...]) -> Literal["stop", "open", ""]:
    """Return whether a stop string begins in `before` and ends in `after`, or may yet do so."""
    is_open = False
    longest = max((len(stop) for stop in stops), default=0)
    for start in range(max(len(before) - longest + 1, 0), len(before)):
        text = before[start:] + after
        if text.startswith(stops):
            return "stop"
        is_open = is_open or any(stop.startswith(text) for stop in stops)
    return "open" if is_open else ""


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _is_at_least(least: int, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_written_whole(document: dict[str, Any]) -> bool:
    """Whether a request is for a reply that cannot be continued, or for several."""
    whole = {key for key in _WRITTEN_WHOLE if document.get(key)}
    match document:
        case {"response_format": {"type": "text"}}:  # no grammar
            whole.remove("response_format")
    return bool(whole) or document.get("n") not in (None, 1)


def _usage_of_all(usage: dict[str, Any], earlier: int) -> dict[str, Any]:
    """Return the usage of all replicas: the `earlier` tokens, which the last one has read, belong
    to the reply.
    """
    match usage:
        case {"prompt_tokens": int(read), "completion_tokens": int(new)}:
            usage = usage | {"prompt_tokens": read - earlier, "completion_tokens": new + earlier}
    match usage:
        case {"prompt_tokens_details": {"cached_tokens": int(cached)} as details}:
            fewer = details | {"cached_tokens": max(cached - earlier, 0)}
            usage = usage | {"prompt_tokens_details": fewer}
    return usage


def _timings_of_all(timings: dict[str, Any], earlier: int) -> dict[str, Any]:
    """Return llama.cpp's counts for all replicas, as `_usage_of_all` does.

    The prompt is shorter by the tokens from the cache first: what was read was read.
    """
    match timings:
        case {"predicted_n": int(new)}:
            timings = timings | {"predicted_n": new + earlier}
    match timings:
        case {"cache_n": int(cached), "prompt_n": int(read)}:
            rest = max(earlier - cached, 0)
            fewer = {"cache_n": max(cached - earlier, 0), "prompt_n": max(read - rest, 0)}
            timings = timings | fewer
    return timings


def _data(document: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(document).encode() + b"\n\n"
