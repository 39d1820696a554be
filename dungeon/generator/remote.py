"""A generator for servers with an OpenAI-compatible API: llama.cpp (the child process included),
vLLM, Ollama and others.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx

from dungeon.chat import ChatMessage, fold_system
from dungeon.errors import ChatOnly, GeneratorError, InputRefused, PromptTooLong
from dungeon.generator import Event, Finished, Model, Request, Usage
from dungeon.generator.backtracking import without_banned_phrases
from dungeon.generator.chat_template import ChatTemplate, template_request
from dungeon.generator.http_client import ModelServerClient, Timeouts
from dungeon.generator.logit_bias import LogitBias
from dungeon.generator.response_parser import ResponseParser
from dungeon.generator.server_kinds import (
    ServerInfo,
    ServerKind,
    find_model,
    has_chat_template,
    ignored_settings,
    parse_context_length,
    parse_rendered_chat,
    request_body,
)
from dungeon.generator.server_tokenizer import ServerTokenizer
from dungeon.generator.token_scores import (
    COUNT,
    NOT_SUPPORTED,
    ScoredToken,
    parse_candidates,
    scored_tokens,
)
from dungeon.generator.tokens import Token
from dungeon.settings.biased_words import Biases
from dungeon.text import clean_line
from dungeon.text.error_words import in_quotes
from dungeon.transcript import SEPARATOR

DEFAULT_CONTEXT_LENGTH = 2048
"""Tokens assumed where a server does not report it: what the smallest models in use have."""

_SHRINK_FACTOR = 0.75
"""By which the context length is multiplied where a server refuses a prompt and does not say what
fits.
"""


_NO_SUCH_PATH = (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED)
"""Statuses by which a server says that it has no completions, or not the model."""

_CHAT_ONLY = "{error} Where it offers this model for chats alone, choose /format auto."


class RemoteGenerator:
    """A model behind `/v1/completions` or `/v1/chat/completions`.

    Closing a stream closes its connection at once.
    """

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
        self._tokenizer = ServerTokenizer(self._client)
        self._wanted = model
        self._context_length = context_length
        self._info: ServerInfo | None = None
        name = model or self._client.root
        self._model = Model(name, context_length or DEFAULT_CONTEXT_LENGTH)
        self._chat_template = ChatTemplate(self._apply_template)
        self._offers_completions = True
        self._has_system_role = True

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

    @property
    def supports_chat(self) -> bool:
        """Whether the server renders chats; known once `open` has returned."""
        return self._info is not None and self._info.has_chat_template

    @property
    def prefers_chat(self) -> bool:
        """Whether the server has refused a completion because it takes chats only."""
        return not self._offers_completions

    @property
    def ignored_settings(self) -> frozenset[str]:
        """The sampling settings that the server does not take; known once `open` has returned."""
        return ignored_settings(self._info.kind) if self._info else frozenset()

    async def open(self) -> None:
        """Ask the server for its models. Raises GeneratorError where there is no valid response."""
        await self._get_info()

    async def close(self) -> None:
        """Close every connection. What is opened again may be another model."""
        self._info = None
        self._tokenizer.forget()
        await self._client.close()

    async def count_tokens(self, text: str) -> int:
        """Return the number of tokens in `text`: the server's count, or a high estimate."""
        return await self._tokenizer.count(await self._get_info(), text)

    async def tokenize(self, text: str, *, add_special: bool = True) -> list[Token]:
        """Return the tokens of `text` on a llama.cpp server, after a beginning-of-text token where
        the model has one; without `add_special`, those of a part of a text, which are all plain.
        """
        return await self._tokenizer.tokenize(text, add_special=add_special)

    async def logit_bias(self, biases: Biases) -> LogitBias:
        """Return the biases of the tokens of words; none where the server does not tell them."""
        return await self._tokenizer.logit_bias(await self._get_info(), biases)

    async def render_chat(self, messages: Sequence[ChatMessage]) -> str | None:
        """Return the messages in the model's template, which only llama.cpp's server tells.

        Raises GeneratorError where the template fails.
        """
        info = await self._get_info()
        if info.kind is not ServerKind.LLAMA:
            return None
        return await self._chat_template.render(messages)

    async def _apply_template(self, messages: list[dict[str, str]]) -> str:
        response = await self._client.send("/apply-template", template_request(messages))
        try:
            if response.status_code != httpx.codes.OK:  # 500 where the template raises an error
                raise GeneratorError(str(await self._client.error_of(response, self._model.name)))
            return parse_rendered_chat(await self._client.read(response))
        finally:
            await response.aclose()

    async def score_tokens(self, prompt: str, reply: str) -> tuple[ScoredToken, ...]:
        """Return the tokens of `reply` after `prompt`, by one request for each: only what a
        llama.cpp server generates has probabilities, the tokens of a prompt have none.

        Raises InputRefused where the server is another one.
        """
        if (await self._get_info()).kind is not ServerKind.LLAMA:
            raise InputRefused(NOT_SUPPORTED)
        ids = [token.id for token in await self.tokenize(prompt)]
        places = []
        for token in await self.tokenize(SEPARATOR + reply, add_special=False):
            document = {"prompt": ids, "n_predict": 1, "n_probs": COUNT, "cache_prompt": True}
            answer = await self._client.request_json("/completion", document)
            places.append(parse_candidates(token.piece, answer))
            ids.append(token.id)
        return scored_tokens(places)

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the reply, then Finished.

        Raises ChatOnly where the server offers no completions, PromptTooLong, after which `model`
        has a smaller context length, EngineStopped where the server fails or falls silent, and
        GeneratorError where it refuses.
        """
        if request.messages:  # a chat cannot be continued in the middle of a reply
            return self._stream(request)
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
        self._tokenizer.calibrate(request.prompt, finished.usage)
        yield finished

    async def _get_info(self) -> ServerInfo:
        """Return what the server reports, requested once."""
        if self._info is not None:
            return self._info
        client = self._client
        found = find_model(await client.request_json("/v1/models"), self._wanted)
        if found is None:
            missing = in_quotes(self._wanted, 200) if self._wanted else "any model"
            raise GeneratorError(f"{client.root} does not serve {missing}. Is the name right?")
        length = found.context_length
        if found.kind is ServerKind.LLAMA:
            props = await client.request_json("/props")
            length = parse_context_length(props)
            found = replace(found, has_chat_template=has_chat_template(props))
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
        with the plain ones, as are all that follow, but for one with a JSON schema: without that
        there is no point in it.
        """
        response = await self._send(info, request)
        try:
            if response.status_code != httpx.codes.OK:
                error = await self._client.error_of(response, self._model.name)
                if response.status_code in _NO_SUCH_PATH and not request.messages:
                    self._offers_completions = False
                    raise ChatOnly(_CHAT_ONLY.format(error=error)) from error
                if request.json_schema or not _may_be_a_parameter(response, error):
                    raise error
                await response.aclose()
                info = replace(info, kind=ServerKind.PLAIN)
                response = await self._send(info, request)
                if response.status_code != httpx.codes.OK and request.messages:
                    await response.aclose()
                    self._has_system_role = False
                    response = await self._send(info, request)
                if response.status_code != httpx.codes.OK:
                    raise error
                self._info = info
            yield response
        finally:
            await response.aclose()

    async def _send(self, info: ServerInfo, request: Request) -> httpx.Response:
        if not self._has_system_role:
            request = replace(request, messages=fold_system(request.messages))
        document = request_body(info.kind, info.name, request)
        await self._add_logit_bias(document, info, request)
        path = "/v1/chat/completions" if request.messages else "/v1/completions"
        return await self._client.send(path, document, session=request.session)

    async def _add_logit_bias(
        self, document: dict[str, Any], info: ServerInfo, request: Request
    ) -> None:
        """Add the biases of words to a request, in the form that the kind of server takes; to one
        for vLLM also the bans, which llama.cpp takes as texts.
        """
        biases = await self._tokenizer.logit_bias(info, request.biased_words)
        if info.kind is ServerKind.VLLM:
            bans = await self._tokenizer.bans(info, request.banned_tokens)
            named = {str(token): bias for token, bias in biases.items()} | bans
            if named:
                document["logit_bias"] = named
        elif biases:
            listed = [[token, bias] for token, bias in biases.items()]
            document["logit_bias"] = listed + document.get("logit_bias", [])

    def _shrink_context(self, error: PromptTooLong) -> None:
        """Let the next prompts be as short as the server says, or else shorter than this one."""
        length, told = self._model.context_length, error.context_length
        self._context_length = told if 0 < told < length else int(length * _SHRINK_FACTOR)
        self._model = replace(self._model, context_length=self._context_length)


def _may_be_a_parameter(response: httpx.Response, error: GeneratorError) -> bool:
    """Whether the server may have refused a parameter that not every kind of server has."""
    refused = response.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY)
    return refused and not isinstance(error, PromptTooLong)
