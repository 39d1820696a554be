"""Provides RemoteGenerator, the one client for every server with an OpenAI-compatible interface:
llama.cpp (the child process included), vLLM, Ollama and others.

Knows nothing of who started the server.
"""

import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx

from dungeon.errors import GeneratorError, PromptTooLong
from dungeon.generator import Event, Finished, Model, Request, Usage
from dungeon.generator.http_client import ModelServerClient, Timeouts
from dungeon.generator.response_parser import ResponseParser
from dungeon.generator.server_kinds import (
    ServerInfo,
    ServerKind,
    body,
    context_length_in,
    served,
    token_count,
)
from dungeon.generator.sse import EventReader
from dungeon.text import clean_line

DEFAULT_CONTEXT_LENGTH = 2048
"""Tokens assumed where a server does not tell: what the smallest in use still hold."""

_FIRST_GUESS = 3.0
"""UTF-8 bytes a token, where there is no tokenizer to ask. English has four: this errs safely."""

_CAUTION = 0.95
"""What is seen of bytes a token is taken with this much caution."""


class RemoteGenerator:
    """A model behind `/v1/completions`. Closing a stream closes its connection at once."""

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        model: str | None = None,
        context_length: int | None = None,
        sha256: str = "",
        patience: Timeouts | None = None,
    ) -> None:
        """`model` is the first one the server lists for None; `context_length` what the server
        says, else DEFAULT_CONTEXT_LENGTH. Raises InputRefused where `base_url` is no address.
        """
        self._connection = ModelServerClient(base_url, api_key, patience or Timeouts())
        self._wanted = model
        self._context_length = context_length
        self._served: ServerInfo | None = None
        named = model or self._connection.root
        self._model = Model(named, context_length or DEFAULT_CONTEXT_LENGTH, sha256)
        self._bytes_per_token = _FIRST_GUESS

    def __repr__(self) -> str:
        """Name the server and never the key."""
        return f"RemoteGenerator({self._connection.root!r})"

    @property
    def model(self) -> Model:
        """The model; known once `open` has returned."""
        return self._model

    @property
    def reads_ahead(self) -> bool:
        """Whether the server keeps what it has read: known of llama.cpp alone."""
        return self._served is not None and self._served.dialect is ServerKind.LLAMA

    async def open(self) -> None:
        """Ask the server what it serves. Raises GeneratorError where it does not answer that."""
        await self._known()

    async def close(self) -> None:
        """Close every connection."""
        self._served = None
        await self._connection.close()

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has: the server's count, else a cautious estimate."""
        known = await self._known()
        match known.dialect:
            case ServerKind.LLAMA:
                return token_count(await self._connection.ask("/tokenize", {"content": text}))
            case ServerKind.VLLM:
                question = {"model": known.name, "prompt": text, "add_special_tokens": False}
                return token_count(await self._connection.ask("/tokenize", question))
            case _:
                return math.ceil(len(text.encode()) / self._bytes_per_token)

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the model writes, then Finished.

        Raises PromptTooLong, EngineStopped where the server fails or falls silent, and
        GeneratorError where it refuses.
        """
        known = await self._known()
        if request.max_tokens == 0 and not self.reads_ahead:
            yield Finished("length", Usage())
            return
        connection, reader = self._connection, EventReader()
        answer = ResponseParser(connection.root, connection.key, reads_only=request.max_tokens == 0)
        async with self._answering(known, request) as response:
            chunks = response.aiter_bytes()
            while not reader.done and (
                chunk := await connection.chunk(chunks, writing=answer.writing)
            ):
                for document in reader.feed(chunk):
                    for event in answer.take(document):
                        yield event
        finished = answer.finished(whole=reader.done)
        self._calibrate(request.prompt, finished.usage)
        yield finished

    async def _known(self) -> ServerInfo:
        """Return what the server serves, asked once."""
        if self._served is not None:
            return self._served
        connection = self._connection
        found = served(await connection.ask("/v1/models"), self._wanted)
        if found is None:
            missing = f"{clean_line(self._wanted)!r}" if self._wanted else "any model"
            raise GeneratorError(f"{connection.root} does not serve {missing}. Is the name right?")
        length = found.context_length
        if found.dialect is ServerKind.LLAMA:
            length = context_length_in(await connection.ask("/props"))
        self._model = replace(
            self._model,
            name=clean_line(self._wanted or found.name),
            context_length=self._context_length or length or DEFAULT_CONTEXT_LENGTH,
        )
        self._served = found
        return found

    @asynccontextmanager
    async def _answering(
        self, known: ServerInfo, request: Request
    ) -> AsyncGenerator[httpx.Response, None]:
        """Give the open response of a stream. A request refused for its fields is put once more
        in plain words, and the server is spoken to like that from then on.
        """
        response = await self._asked(known, request)
        try:
            if response.status_code != httpx.codes.OK:
                error = await self._connection.refused(response, self._model.name)
                if not _may_be_a_field(response, error):
                    raise error
                await response.aclose()
                known = replace(known, dialect=ServerKind.PLAIN)
                response = await self._asked(known, request)
                if response.status_code != httpx.codes.OK:
                    raise error
                self._served = known
            yield response
        finally:
            await response.aclose()

    async def _asked(self, known: ServerInfo, request: Request) -> httpx.Response:
        document = body(known.dialect, known.name, request)
        return await self._connection.send("/v1/completions", document)

    def _calibrate(self, prompt: str, spent: Usage) -> None:
        """Learn from a counted prompt how many bytes a token has."""
        if spent.prompt_tokens > 0 and prompt:
            self._bytes_per_token = _CAUTION * len(prompt.encode()) / spent.prompt_tokens


def _may_be_a_field(response: httpx.Response, error: GeneratorError) -> bool:
    """Whether the server may have stumbled over a field that is not in every dialect."""
    refused = response.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY)
    return refused and not isinstance(error, PromptTooLong)
