"""Provides what each kind of server is asked in its own words, and how it counts.

Knows nothing of connections: bodies and events are JSON documents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from dungeon import transcript
from dungeon.errors import GeneratorError
from dungeon.generator import Request, Usage
from dungeon.sampling import Sampling


class ServerKind(Enum):
    """The kinds of servers, by how much of a request they understand."""

    LLAMA = "llama.cpp"
    VLLM = "vLLM"
    OPENAI = "OpenAI"
    PLAIN = "plain"
    """A server that refused a field of OpenAI's: prompt, length, temperature and stops only."""


_OWNERS = {"llamacpp": ServerKind.LLAMA, "vllm": ServerKind.VLLM}

_OPENAI_STOPS = 4
"""How many stop strings OpenAI's interface takes; the prose layer sees to the rest."""

_NO_PLAYERS_LINE = {"logit_bias": [[transcript.ACTION_MARK.strip(), False]]}
"""The mark of the player's line is never the model's to write. Where the story goes on without a
deed, many would begin with it, and come no further."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a server says it serves."""

    name: str
    dialect: ServerKind
    context_length: int | None
    """None where the server does not tell."""


def served(models: Any, wanted: str | None) -> ServerInfo | None:
    """Return the model called `wanted` in the answer of `/v1/models`, or the first one for None.

    Returns None where there is no such model in it.
    """
    listed = models.get("data") if isinstance(models, dict) else None
    found = listed if isinstance(listed, list) else []
    entries = [e for e in found if isinstance(e, dict) and isinstance(e.get("id"), str)]
    named = [e for e in entries if wanted in (None, e["id"], *_names(e))]
    if not named:
        return None
    entry = named[0]
    dialect = _OWNERS.get(str(entry.get("owned_by")), ServerKind.OPENAI)
    return ServerInfo(entry["id"], dialect, _positive(entry.get("max_model_len")))


def _names(entry: dict[str, Any]) -> list[Any]:
    aliases = entry.get("aliases")
    return aliases if isinstance(aliases, list) else []


def context_length_in(props: Any) -> int | None:
    """Return the context length in the answer of llama.cpp's `/props`, or None."""
    match props:
        case {"default_generation_settings": {"n_ctx": length}}:
            return _positive(length)
        case _:
            return None


def token_count(answer: Any) -> int:
    """Return the number of tokens in the answer of `/tokenize`, llama.cpp's or vLLM's.

    Raises GeneratorError where it tells none.
    """
    match answer:
        case {"tokens": list(tokens)}:
            return len(tokens)
        case {"count": int(count)}:
            return count
        case _:
            raise GeneratorError("The model server did not say how many tokens a text has.")


def _positive(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def body(dialect: ServerKind, name: str, request: Request) -> dict[str, Any]:
    """Return the body of `/v1/completions` for `request` in a server's own words."""
    document: dict[str, Any] = {
        "model": name,
        "prompt": request.prompt,
        "max_tokens": request.max_tokens,
        "stream": True,
    }
    if request.stop:
        few = (
            request.stop
            if dialect in (ServerKind.LLAMA, ServerKind.VLLM)
            else request.stop[:_OPENAI_STOPS]
        )
        document["stop"] = list(few)
    return document | _extras(dialect, request)


def _extras(dialect: ServerKind, request: Request) -> dict[str, Any]:
    match dialect:
        case ServerKind.LLAMA:
            extras = {"seed": request.seed, "cache_prompt": True, "return_progress": True}
            return request.sampling.to_dict() | extras | _NO_PLAYERS_LINE
        case ServerKind.VLLM:
            return _openai(request) | _vllm(request.sampling)
        case ServerKind.OPENAI:
            return _openai(request)
        case ServerKind.PLAIN:
            return {"temperature": request.sampling.temperature}


def _openai(request: Request) -> dict[str, Any]:
    return {
        "seed": request.seed,
        "temperature": request.sampling.temperature,
        "top_p": request.sampling.top_p,
        "stream_options": {"include_usage": True},
    }


def _vllm(sampling: Sampling) -> dict[str, Any]:
    return {
        "top_k": sampling.top_k or -1,
        "min_p": sampling.min_p,
        "repetition_penalty": sampling.repeat_penalty,
    }


def usage(event: Mapping[str, Any], written: int) -> Usage | None:
    """Return the cost told by an event of the stream, or None where it tells none.

    `written` stands in for a count of tokens that the server leaves out.
    """
    match event:
        case {"timings": {"cache_n": int(cached), "prompt_n": int(read), "predicted_n": int(new)}}:
            return Usage(cached + read, read, new)
        case {"usage": {"prompt_tokens": int(prompt)} as told}:
            new = told.get("completion_tokens", written)
            return Usage(prompt, prompt - _cached(told), new if isinstance(new, int) else written)
        case _:
            return None


def _cached(told: Mapping[str, Any]) -> int:
    match told:
        case {"prompt_tokens_details": {"cached_tokens": int(cached)}}:
            return cached
        case _:
            return 0
