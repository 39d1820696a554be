"""Measure how soon the engine is free after a request is cancelled.

    python -m benchmarks.cancellation [--rounds 10]

Requests are cancelled during generation and during prompt evaluation. The time runs from closing
the stream until the engine has answered a request of one token, which it does only after it has
dropped the cancelled one.
"""

import argparse
import asyncio
import statistics
import time
from contextlib import aclosing

from benchmarks.session import default_model
from dungeon.generator import Request, TextChunk
from dungeon.generator.llama_cpp import LlamaCppGenerator
from dungeon.generator.llama_launcher import LlamaSettings
from dungeon.settings.sampling import Sampling

PROSE = "The ferry turns in the current, and the rope on the far bank goes slack. "
"""About eighteen tokens; repeated for a prompt that takes seconds to evaluate."""


async def run(generator: LlamaCppGenerator, prompt: str, tokens: int, chunks: int = -1) -> None:
    """Stream `tokens` tokens after `prompt`, and close the stream after so many chunks."""
    async with aclosing(generator.stream(Request(prompt, tokens, Sampling(), seed=1))) as events:
        async for event in events:
            chunks -= isinstance(event, TextChunk)
            if not chunks:
                return


async def seconds_until_free(generator: LlamaCppGenerator) -> float:
    """Return the seconds until a request of one token is answered."""
    started = time.perf_counter()
    await run(generator, "The lamp", 1)
    return time.perf_counter() - started


async def cancel_generation(generator: LlamaCppGenerator, number: int) -> float:
    """Cancel a reply at its tenth chunk; return the seconds until the engine is free."""
    await run(generator, f"{number}. {PROSE}", 600, chunks=10)
    return await seconds_until_free(generator)


async def cancel_prompt(generator: LlamaCppGenerator, number: int) -> float:
    """Cancel the evaluation of a new prompt; return the seconds until the engine is free."""
    request = asyncio.create_task(run(generator, f"{number}. {PROSE * 90}", 1))
    await asyncio.sleep(0.2 + 0.13 * number % 0.9)
    if request.done():
        raise RuntimeError("the prompt was evaluated before it could be cancelled")
    request.cancel()
    await asyncio.wait([request])
    return await seconds_until_free(generator)


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure how soon a cancelled engine is free.")
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    generator = LlamaCppGenerator(LlamaSettings(default_model(), "default"))
    await generator.open()
    print("| cancelled during | median | worst |\n|---|---|---|")
    for phase, cancel in (("generation", cancel_generation), ("prompt evaluation", cancel_prompt)):
        seconds = [await cancel(generator, number) for number in range(rounds)]
        print(
            f"| {phase} | {statistics.median(seconds):.2f} s | {max(seconds):.2f} s |", flush=True
        )
    await generator.close()


if __name__ == "__main__":
    asyncio.run(main())
