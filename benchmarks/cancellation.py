"""Provides how soon the engine is free after the player stops a reply, writing and reading.

    python -m benchmarks.cancellation [--rounds 10]

From the moment the stream is closed until the engine has answered a request of one token, which it
does only once it has let the other go. Knows nothing of screens.
"""

import argparse
import asyncio
import statistics
import time
from contextlib import aclosing

from benchmarks.playing import prepared_default
from dungeon.generator import Request, TextChunk
from dungeon.generator.llama_cpp import LlamaCppGenerator
from dungeon.sampling import Sampling

PROSE = "The ferry turns in the current, and the rope on the far bank goes slack. "
"""Eighteen tokens or so; as often as needed for a prompt that takes seconds to read."""

QUICK = "The lamp"


def request(prompt: str, tokens: int) -> Request:
    """Return what asks for `tokens` tokens after `prompt`."""
    return Request(prompt, tokens, Sampling(), seed=1)


async def free_after(generator: LlamaCppGenerator) -> float:
    """Return the seconds until a request of one token is answered."""
    started = time.perf_counter()
    async with aclosing(generator.stream(request(QUICK, 1))) as events:
        async for _ in events:
            pass
    return time.perf_counter() - started


async def stopped_writing(generator: LlamaCppGenerator, number: int) -> float:
    """Stop a reply at its tenth piece; return the seconds until the engine is free."""
    pieces = 0
    async with aclosing(generator.stream(request(f"{number}. {PROSE}", 600))) as events:
        async for event in events:
            pieces += isinstance(event, TextChunk)
            if pieces == 10:
                break
    return await free_after(generator)


async def stopped_reading(generator: LlamaCppGenerator, number: int) -> float:
    """Stop the reading of a prompt nobody has read; return the seconds until the engine is free."""

    async def read() -> None:
        async with aclosing(generator.stream(request(f"{number}. {PROSE * 90}", 1))) as events:
            async for _ in events:
                pass

    reading = asyncio.create_task(read())
    await asyncio.sleep(0.2 + 0.13 * number % 0.9)
    if reading.done():
        raise RuntimeError("the prompt was read before it could be stopped")
    reading.cancel()
    await asyncio.wait([reading])
    return await free_after(generator)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    generator = LlamaCppGenerator(prepared_default(), name="default", context_length=2048)
    await generator.open()
    print("| the engine is free again | median | worst |")
    print("|---|---|---|")
    for what, stopped in (("writing", stopped_writing), ("reading", stopped_reading)):
        seconds = [await stopped(generator, number) for number in range(rounds)]
        worst, median = max(seconds), statistics.median(seconds)
        print(f"| after a stop while {what} | {median:.2f} s | {worst:.2f} s |", flush=True)
    await generator.close()


if __name__ == "__main__":
    asyncio.run(main())
