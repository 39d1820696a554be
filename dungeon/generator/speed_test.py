"""Measure how fast a generator writes on this machine."""

import time
from collections.abc import Callable
from contextlib import aclosing

from dungeon.generator import Finished, Generator, Request, TextChunk
from dungeon.settings.sampling import Sampling

SECONDS = 10.0
"""How long the test takes."""

_TOKENS = 64
_PROMPT = "You stand at the edge of the forest. A path leads down to the river, and"
_MAX_REQUESTS = 1000
"""A model that ends at its first word would be asked for ever."""


async def measure_speed(
    generator: Generator,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> float:
    """Return the tokens per second that `generator` writes, its reading of the prompt left out.

    0 where it writes nothing. Raises GeneratorError.
    """
    await generator.open()
    began, tokens, spent = clock(), 0, 0.0
    for number in range(_MAX_REQUESTS):
        if clock() - began >= seconds:
            break
        first = last = 0.0
        request = Request(_PROMPT, _TOKENS, Sampling(), seed=number)
        async with aclosing(generator.stream(request)) as events:
            async for event in events:
                match event:
                    case TextChunk():
                        last = clock()
                        first = first or last
                    case Finished(usage=usage):
                        tokens += max(usage.tokens - 1, 0)
        spent += last - first
    return tokens / spent if spent > 0 else 0.0
