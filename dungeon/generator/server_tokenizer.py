"""The tokens of texts on a model server, by its own tokenizer; an estimate where it offers none."""

import math
from collections.abc import Sequence
from typing import Any

from dungeon.generator import Usage
from dungeon.generator.http_client import ModelServerClient
from dungeon.generator.logit_bias import NO_BIAS, LogitBias
from dungeon.generator.server_kinds import (
    ServerInfo,
    ServerKind,
    parse_spelling,
    parse_token_count,
    parse_tokens,
    token_bans,
)
from dungeon.generator.tokens import Token
from dungeon.generator.word_bias import all_spellings, token_biases
from dungeon.settings.biased_words import Biases

_DEFAULT_BYTES_PER_TOKEN = 3.0
"""Assumed where the server has no tokenizer API. English has four: this errs on the safe side."""

_SAFETY_FACTOR = 0.95
"""By which the measured bytes per token are multiplied."""


class ServerTokenizer:
    """The tokenizer of one server. Its methods raise GeneratorError."""

    def __init__(self, client: ModelServerClient) -> None:
        self._client = client
        self._bytes_per_token = _DEFAULT_BYTES_PER_TOKEN
        self._tokens_of: dict[str, list[Token]] = {}
        """The tokens of the spellings of biased words."""

    def forget(self) -> None:
        """Forget all tokens: what the server runs next may be another model."""
        self._tokens_of.clear()

    async def count(self, info: ServerInfo, text: str) -> int:
        """Return the number of tokens in `text`: the server's count, or a high estimate."""
        match info.kind:
            case ServerKind.LLAMA:
                answer = await self._client.request_json("/tokenize", {"content": text})
            case ServerKind.VLLM:
                answer = await self._ask_vllm(info, text)
            case _:
                return math.ceil(len(text.encode()) / self._bytes_per_token)
        return parse_token_count(answer)

    def calibrate(self, prompt: str, usage: Usage) -> None:
        """Measure the bytes per token on a prompt that the server has counted."""
        if usage.prompt_tokens > 0 and prompt:
            self._bytes_per_token = _SAFETY_FACTOR * len(prompt.encode()) / usage.prompt_tokens

    async def tokenize(self, text: str, *, add_special: bool) -> list[Token]:
        """Return the tokens of `text` on a llama.cpp server, as `RemoteGenerator.tokenize` does."""
        return parse_tokens(await self._ask_llama(text, add_special=add_special))

    async def logit_bias(self, info: ServerInfo, biases: Biases) -> LogitBias:
        """Return the biases of the tokens of words; none where the server does not tell them."""
        if info.kind not in (ServerKind.LLAMA, ServerKind.VLLM):
            return NO_BIAS
        for text in all_spellings(biases):
            if text not in self._tokens_of:
                answer = (
                    await self._ask_llama(text, add_special=False)
                    if info.kind is ServerKind.LLAMA
                    else await self._ask_vllm(info, text, with_texts=True)
                )
                self._tokens_of[text] = parse_spelling(answer)
        return token_biases(biases, self._tokens_of)

    async def bans(self, info: ServerInfo, texts: Sequence[str]) -> dict[str, int]:
        """Return the `logit_bias` for vLLM that bans the tokens of texts."""
        return token_bans([await self._ask_vllm(info, text) for text in texts])

    async def _ask_llama(self, text: str, *, add_special: bool) -> Any:
        document = {
            "content": text,
            "add_special": add_special,
            "parse_special": add_special,
            "with_pieces": True,
        }
        return await self._client.request_json("/tokenize", document)

    async def _ask_vllm(self, info: ServerInfo, text: str, *, with_texts: bool = False) -> Any:
        document = {"model": info.name, "prompt": text, "add_special_tokens": False}
        document |= {"return_token_strs": True} if with_texts else {}
        return await self._client.request_json("/tokenize", document)
