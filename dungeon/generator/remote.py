"""A generator for servers with an OpenAI-compatible API: llama.cpp (the child process included),
vLLM, Ollama and others.
"""

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from dungeon.errors import GeneratorError, PromptTooLong
from dungeon.generator import Event, Finished, Model, Request, Usage
from dungeon.generator.backtracking import without_banned_phrases
from dungeon.generator.http_client import ModelServerClient, Timeouts
from dungeon.generator.response_parser import ResponseParser
from dungeon.generator.server_kinds import (
    ServerInfo,
    ServerKind,
    Token,
    find_model,
    parse_context_length,
    parse_token_count,
    parse_tokens,
    request_body,
    token_bans,
)
from dungeon.text import clean_line

DEFAULT_CONTEXT_LENGTH = 2048
"""Tokens assumed where a server does not report it: what the smallest models in use have."""

_DEFAULT_BYTES_PER_TOKEN = 3.0
"""Assumed where the server has no tokenizer API. English has four: this errs on the safe side."""

_SAFETY_FACTOR = 0.95
"""By which the measured bytes per token are multiplied."""

_SHRINK_FACTOR = 0.75
"""By which the context length is multiplied where a server refuses a prompt and does not say what
fits.
"""


class RemoteGenerator:
    """A model behind `/v1/completions`. Closing a stream closes its connection at once."""

    supports_guidance = False

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        model: str | None = None,
        context_length: int | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        """`model` defaults to the first one the server lists, `context_length` to what the server
        reports, else DEFAULT_CONTEXT_LENGTH. Raises InputRefused where `base_url` is not valid.
        """
        self._client = ModelServerClient(base_url, api_key, timeouts or Timeouts())
        self._wanted = model
        self._context_length = context_length
        self._info: ServerInfo | None = None
        name = model or self._client.root
        self._model = Model(name, context_length or DEFAULT_CONTEXT_LENGTH)
        self._bytes_per_token = _DEFAULT_BYTES_PER_TOKEN

    def __repr__(self) -> str:
        """Show the server and never the key."""
        return f"RemoteGenerator({self._client.root!r})"

    @property
    def model(self) -> Model:
        """The model; known once `open` has returned."""
        return self._model

    @property
    def supports_prefetch(self) -> bool:
        """Whether the server keeps its prefix cache between requests: known of llama.cpp alone."""
        return self._info is not None and self._info.kind is ServerKind.LLAMA

    async def open(self) -> None:
        """Ask the server for its models. Raises GeneratorError where there is no valid response."""
        await self._get_info()

    async def close(self) -> None:
        """Close every connection."""
        self._info = None
        await self._client.close()

    async def count_tokens(self, text: str) -> int:
        """Return the number of tokens in `text`: the server's count, or a high estimate."""
        info = await self._get_info()
        document: dict[str, Any]
        match info.kind:
            case ServerKind.LLAMA:
                document = {"content": text}
                return parse_token_count(await self._client.request_json("/tokenize", document))
            case ServerKind.VLLM:
                return parse_token_count(await self._tokenize(info, text))
            case _:
                return math.ceil(len(text.encode()) / self._bytes_per_token)

    async def tokenize(self, text: str, *, add_special: bool = True) -> list[Token]:
        """Return the tokens of `text` on a llama.cpp server, after a beginning-of-text token where
        the model has one, unless `add_special` is false.
        """
        document = {"content": text, "add_special": add_special, "with_pieces": True}
        return parse_tokens(await self._client.request_json("/tokenize", document))

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the reply, then Finished.

        Raises PromptTooLong, after which `model` has a smaller context length, EngineStopped where
        the server fails or falls silent, and GeneratorError where it refuses.
        """
        return without_banned_phrases(self._stream, request)

    async def _stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the reply to one request, whatever phrases it bans."""
        info = await self._get_info()
        if request.max_tokens == 0 and not self.supports_prefetch:
            yield Finished("length", Usage())
            return
        client = self._client
        parser = ResponseParser(client.root, client.key, prefill_only=request.max_tokens == 0)
        try:
            async with self._open_stream(info, request) as response:
                reader = client.document_reader(response)
                chunks = response.aiter_bytes()
                while not reader.done and (
                    chunk := await client.read_chunk(chunks, is_decoding=parser.is_decoding)
                ):
                    for document in reader.feed(chunk):
                        for event in parser.parse(document):
                            yield event
                for document in reader.finish():
                    for event in parser.parse(document):
                        yield event
        except PromptTooLong as error:
            self._shrink_context(error)
            raise
        finished = parser.finish(is_complete=reader.done)
        self._calibrate(request.prompt, finished.usage)
        yield finished

    async def _tokenize(self, info: ServerInfo, text: str) -> Any:
        """Return the response of vLLM's tokenizer."""
        document = {"model": info.name, "prompt": text, "add_special_tokens": False}
        return await self._client.request_json("/tokenize", document)

    async def _get_info(self) -> ServerInfo:
        """Return what the server reports, requested once."""
        if self._info is not None:
            return self._info
        client = self._client
        found = find_model(await client.request_json("/v1/models"), self._wanted)
        if found is None:
            missing = f"{clean_line(self._wanted)!r}" if self._wanted else "any model"
            raise GeneratorError(f"{client.root} does not serve {missing}. Is the name right?")
        length = found.context_length
        if found.kind is ServerKind.LLAMA:
            length = parse_context_length(await client.request_json("/props"))
        self._model = replace(
            self._model,
            name=clean_line(self._wanted or found.name),
            context_length=self._context_length or length or DEFAULT_CONTEXT_LENGTH,
        )
        self._info = found
        return found

    @asynccontextmanager
    async def _open_stream(
        self, info: ServerInfo, request: Request
    ) -> AsyncGenerator[httpx.Response, None]:
        """Give the response of a stream. A request that is refused for its parameters is repeated
        with the plain ones, as are all that follow.
        """
        response = await self._send(info, request)
        try:
            if response.status_code != httpx.codes.OK:
                error = await self._client.error_of(response, self._model.name)
                if not _may_be_a_parameter(response, error):
                    raise error
                await response.aclose()
                info = replace(info, kind=ServerKind.PLAIN)
                response = await self._send(info, request)
                if response.status_code != httpx.codes.OK:
                    raise error
                self._info = info
            yield response
        finally:
            await response.aclose()

    async def _send(self, info: ServerInfo, request: Request) -> httpx.Response:
        document = request_body(info.kind, info.name, request)
        if request.banned_tokens and info.kind is ServerKind.VLLM:
            answers = [await self._tokenize(info, text) for text in request.banned_tokens]
            document["logit_bias"] = token_bans(answers)
        return await self._client.send("/v1/completions", document)

    def _shrink_context(self, error: PromptTooLong) -> None:
        """Let the next prompts be as short as the server says, or else shorter than this one."""
        length, told = self._model.context_length, error.context_length
        self._context_length = told if 0 < told < length else int(length * _SHRINK_FACTOR)
        self._model = replace(self._model, context_length=self._context_length)

    def _calibrate(self, prompt: str, usage: Usage) -> None:
        """Measure the bytes per token on a prompt that the server has counted."""
        if usage.prompt_tokens > 0 and prompt:
            self._bytes_per_token = _SAFETY_FACTOR * len(prompt.encode()) / usage.prompt_tokens


def _may_be_a_parameter(response: httpx.Response, error: GeneratorError) -> bool:
    """Whether the server may have refused a parameter that not every kind of server has."""
    refused = response.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY)
    return refused and not isinstance(error, PromptTooLong)
