"""Count the tokens of texts, each only once."""

from collections.abc import Awaitable, Callable

from dungeon.text.control_tokens import neutralise

CountTokens = Callable[[str], Awaitable[int]]
"""Returns the number of tokens of a text, by the model's own tokenizer."""


class TokenCounter:
    """Counts tokens with a cache, so that each turn is tokenised only once."""

    MAX_CACHED = 1000
    """Texts in the cache; the oldest is dropped first."""

    def __init__(self, count: CountTokens) -> None:
        self._count = count
        self._cache: dict[str, int] = {}

    async def __call__(self, text: str) -> int:
        """Return how many tokens `text` has."""
        if text in self._cache:
            return self._cache[text]
        tokens = await self._count(text)
        if len(self._cache) >= self.MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[text] = tokens
        return tokens


def counting_neutralised(count: CountTokens) -> CountTokens:
    """Return what counts a text as it stands in a prompt, without control tokens."""

    async def counted(text: str) -> int:
        return await count(neutralise(text))

    return counted
