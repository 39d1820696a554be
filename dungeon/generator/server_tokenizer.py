"""The tokens of texts on a model server, by its own tokenizer; an estimate where it offers none."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from dungeon.errors import GeneratorError
from dungeon.generator import Usage
from dungeon.generator.http_client import ModelServerClient
from dungeon.generator.logit_bias import NO_BIAS, LogitBias
from dungeon.generator.server_kinds import ServerInfo, ServerKind
from dungeon.generator.tokens import Token
from dungeon.generator.word_bias import all_spellings, token_biases
from dungeon.settings.biased_words import Biases

_DEFAULT_BYTES_PER_TOKEN = 3.0
"""Assumed where the server has no tokenizer API. English has four: this errs on the safe side."""

_SAFETY_FACTOR = 0.95
"""By which the measured bytes per token are multiplied."""

_BAN = -100
"""The bias of a token that is never sampled, in OpenAI's API."""

_NO_TOKENS = "The model server did not say which tokens a text has."


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
        return _parse_token_count(answer)

    def calibrate(self, prompt: str, usage: Usage) -> None:
        """Measure the bytes per token on a prompt that the server has counted."""
        if usage.prompt_tokens > 0 and prompt:
            self._bytes_per_token = _SAFETY_FACTOR * len(prompt.encode()) / usage.prompt_tokens

    async def tokenize(self, text: str, *, add_special: bool) -> list[Token]:
        """Return the tokens of `text` on a llama.cpp server, as `RemoteGenerator.tokenize` does."""
        return _parse_tokens(await self._ask_llama(text, add_special=add_special))

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
                self._tokens_of[text] = _parse_spelling(answer)
        return token_biases(biases, self._tokens_of)

    async def bans(self, info: ServerInfo, texts: Sequence[str]) -> dict[str, int]:
        """Return the `logit_bias` for vLLM that bans the tokens of texts."""
        return _token_bans([await self._ask_vllm(info, text) for text in texts])

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


def _parse_tokens(answer: Any) -> list[Token]:
    """Return the tokens in the response of llama.cpp's `/tokenize` with pieces.

    Raises GeneratorError where it contains none.
    """
    match answer:
        case {"tokens": list(tokens)}:
            return list(map(_parse_token, tokens))
        case _:
            raise GeneratorError(_NO_TOKENS)


def _parse_token(document: Any) -> Token:
    """Return a token; llama.cpp lists the bytes of one that is no valid UTF-8."""
    match document:
        case {"id": int(number), "piece": str(text)}:
            return Token(number, text.encode())
        case {"id": int(number), "piece": [*bytes_]} if all(map(_is_byte, bytes_)):
            return Token(number, bytes(bytes_))
        case _:
            raise GeneratorError(_NO_TOKENS)


def _is_byte(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value < 256


def _parse_token_count(answer: Any) -> int:
    """Return the number of tokens in the response of `/tokenize`, of llama.cpp or vLLM.

    Raises GeneratorError where it contains none.
    """
    match answer:
        case {"tokens": list(tokens)}:
            return len(tokens)
        case {"count": int(count)}:
            return count
        case _:
            raise GeneratorError("The model server did not say how many tokens a text has.")


def _parse_spelling(answer: Any) -> list[Token]:
    """Return the tokens of a spelling in the response of `/tokenize`, of llama.cpp or vLLM.

    Of a server that does not tell their texts, only a single token counts: the first of several may
    be a mere space.
    """
    match answer:
        case {"tokens": list(ids), "token_strs": list(texts)} if len(ids) == len(texts):
            pairs = zip(ids, texts, strict=True)
            return [
                Token(each, str(text).strip("▁Ġ").encode())
                for each, text in pairs
                if isinstance(each, int)
            ]
        case {"tokens": [int(number)]}:
            return [Token(number, b"?")]
        case {"tokens": [{"piece": _}, *_]}:
            return _parse_tokens(answer)
        case _:
            return []


def _token_bans(answers: Iterable[Any]) -> dict[str, int]:
    """Return the `logit_bias` that bans the tokens in responses of vLLM's `/tokenize`."""
    found = (answer.get("tokens") for answer in answers if isinstance(answer, dict))
    ids = (number for tokens in found if isinstance(tokens, list) for number in tokens)
    return {str(number): _BAN for number in ids if isinstance(number, int)}
