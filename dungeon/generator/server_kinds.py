"""The kinds of model servers: which parameters each understands, and how each reports usage."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from dungeon.errors import GeneratorError
from dungeon.generator import Request, Usage
from dungeon.generator.chat_template import TEMPLATE_OPTIONS
from dungeon.generator.token_scores import MAX_ALTERNATIVES
from dungeon.generator.word_bias import BIASED_WORDS
from dungeon.settings.sampling import DRY_BREAKERS, Sampling


class ServerKind(Enum):
    """The kinds of servers, by the parameters they understand."""

    LLAMA = "llama.cpp"
    VLLM = "vLLM"
    OPENAI = "OpenAI"
    PLAIN = "plain"
    """A server that refused a parameter of OpenAI's: prompt, length, temperature and stops only."""


_OWNERS = {"llamacpp": ServerKind.LLAMA, "vllm": ServerKind.VLLM}

_OPENAI_STOPS = 4
"""The number of stop strings that OpenAI's API takes; the prose layer applies the others."""

_TAKEN_BY_OPENAI = {"temperature", "top_p", "frequency_penalty", "presence_penalty"}
_TAKEN_BY_VLLM = _TAKEN_BY_OPENAI | {"top_k", "min_p", "repeat_penalty", BIASED_WORDS}
_SETTINGS = frozenset({field.name for field in fields(Sampling)} | {BIASED_WORDS})

_IGNORED: dict[ServerKind, frozenset[str]] = {
    ServerKind.LLAMA: frozenset({"guidance"}),
    ServerKind.VLLM: _SETTINGS - _TAKEN_BY_VLLM,
    ServerKind.OPENAI: _SETTINGS - _TAKEN_BY_OPENAI,
    ServerKind.PLAIN: _SETTINGS - {"temperature"},
}

_ADAPTIVE_SAMPLERS = (
    "penalties", "dry", "top_n_sigma", "top_k", "typ_p", "top_p", "min_p", "xtc", "temperature",
    "adaptive_p",
)  # fmt: skip
"""llama.cpp's samplers in its order, with the one that it leaves out by default."""


def ignored_settings(kind: ServerKind) -> frozenset[str]:
    """Return the sampling settings that a kind of server does not take; biased words are one."""
    return _IGNORED[kind]


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a server reports about the model it serves."""

    name: str
    kind: ServerKind
    context_length: int | None
    """None where the server does not report it."""
    has_chat_template: bool = True
    """Whether it can render chats; assumed of servers that do not say."""


def find_model(models: Any, wanted: str | None) -> ServerInfo | None:
    """Return the model called `wanted` in the response of `/v1/models`, the first one for None.

    Returns None where it contains no such model.
    """
    listed = models.get("data") if isinstance(models, dict) else None
    found = listed if isinstance(listed, list) else []
    entries = [e for e in found if isinstance(e, dict) and isinstance(e.get("id"), str)]
    named = [e for e in entries if wanted in (None, e["id"], *_names(e))]
    if not named:
        return None
    entry = named[0]
    kind = _OWNERS.get(str(entry.get("owned_by")), ServerKind.OPENAI)
    return ServerInfo(entry["id"], kind, _positive(entry.get("max_model_len")))


def _names(entry: dict[str, Any]) -> list[Any]:
    aliases = entry.get("aliases")
    return aliases if isinstance(aliases, list) else []


def has_chat_template(props: Any) -> bool:
    """Whether the response of llama.cpp's `/props` has a chat template."""
    return isinstance(props, dict) and bool(props.get("chat_template"))


def parse_context_length(props: Any) -> int | None:
    """Return the context length in the response of llama.cpp's `/props`, or None."""
    match props:
        case {"default_generation_settings": {"n_ctx": length}}:
            return _positive(length)
        case _:
            return None


def parse_rendered_chat(body: bytes) -> str:
    """Return the prompt in the response of llama.cpp's `/apply-template`.

    Raises GeneratorError where it contains none.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    match document:
        case {"prompt": str(prompt)}:
            return prompt
        case _:
            raise GeneratorError("The model server did not render the chat.")


def _positive(value: Any) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def request_body(kind: ServerKind, name: str, request: Request) -> dict[str, Any]:
    """Return the body of `/v1/completions`, or of `/v1/chat/completions` for a request with
    messages, with the parameters that a kind of server has.
    """
    chat = [message.to_dict() for message in request.messages]
    document: dict[str, Any] = {
        "model": name,
        **({"messages": chat} if chat else {"prompt": request.prompt}),
        "max_tokens": request.max_tokens,
        "stream": True,
    }
    if request.stop:
        few = (
            request.stop
            if kind in (ServerKind.LLAMA, ServerKind.VLLM)
            else request.stop[:_OPENAI_STOPS]
        )
        document["stop"] = list(few)
    return document | _extra_parameters(kind, request)


def _extra_parameters(kind: ServerKind, request: Request) -> dict[str, Any]:
    return _parameters(kind, request) | _schema_parameters(kind, request)


def _schema_parameters(kind: ServerKind, request: Request) -> dict[str, Any]:
    """Return how a kind of server is told the JSON schema of the reply."""
    if not request.json_schema or kind is ServerKind.PLAIN:
        return {}
    schema = json.loads(request.json_schema)
    if kind is ServerKind.LLAMA and not request.messages:
        return {"json_schema": schema}
    named = {"name": "answer", "schema": schema, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _parameters(kind: ServerKind, request: Request) -> dict[str, Any]:
    match kind:
        case ServerKind.LLAMA:
            extras: dict[str, Any] = {
                "seed": request.seed,
                "cache_prompt": True,
                "return_progress": True,
            }
            if request.banned_tokens:
                extras["logit_bias"] = [[text, False] for text in request.banned_tokens]
            if request.lists_alternatives:
                extras |= {"n_probs": MAX_ALTERNATIVES + 1, "post_sampling_probs": True}
            return _llama_parameters(request.sampling) | extras
        case ServerKind.VLLM:
            thinking = {"chat_template_kwargs": TEMPLATE_OPTIONS} if request.messages else {}
            extras = _vllm_parameters(request.sampling) | thinking
            return _openai_parameters(request) | extras
        case ServerKind.OPENAI:
            return _openai_parameters(request)
        case ServerKind.PLAIN:
            return {"temperature": request.sampling.temperature}


def _openai_parameters(request: Request) -> dict[str, Any]:
    sampling = request.sampling
    penalties = {
        "frequency_penalty": sampling.frequency_penalty,
        "presence_penalty": sampling.presence_penalty,
    }
    return {
        "seed": request.seed,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "stream_options": {"include_usage": True},
        **{name: value for name, value in penalties.items() if value},  # not every server has them
    }


def _llama_parameters(sampling: Sampling) -> dict[str, Any]:
    values = {name: value for name, value in sampling.to_dict().items() if name != "guidance"}
    if sampling.adaptive_target > 0 and not sampling.mirostat:
        values["samplers"] = list(_ADAPTIVE_SAMPLERS)
    else:
        del values["adaptive_target"], values["adaptive_decay"]
    return values | {"dry_sequence_breakers": list(DRY_BREAKERS)}


def _vllm_parameters(sampling: Sampling) -> dict[str, Any]:
    return {
        "top_k": sampling.top_k or -1,
        "min_p": sampling.min_p,
        "repetition_penalty": sampling.repeat_penalty,
    }


def parse_usage(event: Mapping[str, Any], chunks: int) -> Usage | None:
    """Return the usage in an event of the stream, or None where it contains none.

    `chunks`, the number of text chunks so far, replaces a token count that the server leaves out.
    """
    match event:
        case {"timings": {"cache_n": int(cached), "prompt_n": int(read), "predicted_n": int(new)}}:
            return Usage(cached + read, read, new)
        case {"usage": {"prompt_tokens": int(prompt)} as usage}:
            new = usage.get("completion_tokens", chunks)
            return Usage(prompt, prompt - _cached(usage), new if isinstance(new, int) else chunks)
        case _:
            return None


def _cached(usage: Mapping[str, Any]) -> int:
    match usage:
        case {"prompt_tokens_details": {"cached_tokens": int(cached)}}:
            return cached
        case _:
            return 0
