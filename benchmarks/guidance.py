"""Measure guided generation against unguided, in turn, on one engine.

    python -m benchmarks.guidance [--model smollm2] [--turns 8] [--tokens 60] [--threads 0]

Every turn appends an action and a reply to a story of about 300 tokens. As in the game, the prompt
of the next turn is read ahead while the player reads, both with guidance and without; what is timed
is the first chunk after the action, and the tokens after it. Medians, and the ratio of the speeds.
"""

import argparse
import asyncio
import statistics
import time
from contextlib import aclosing
from dataclasses import dataclass, field

from dungeon.files.home import Home
from dungeon.generator import Finished, Generator, Request, TextChunk
from dungeon.generator.factory import create_generator
from dungeon.settings.sampling import GUIDANCE_OFF, Sampling

OPENING = (
    "You stand in the cellar of a mill. A lamp hangs from a beam, and water drips somewhere behind "
    "the wall. Barrels stand in a row along the far side, and one of them has been opened lately. "
) * 7
ACTIONS = (
    "You hit the barrel with your sword.",
    "You lift the lamp from its hook.",
    "You listen at the wall.",
    "You call up the stairs for help.",
)
SCALES = (GUIDANCE_OFF, 1.5)


@dataclass
class Figures:
    """What was measured with one scale."""

    speeds: list[float] = field(default_factory=list)
    """Tokens per second after the first chunk."""
    first: list[float] = field(default_factory=list)
    """Seconds until the first chunk."""


async def play(generator: Generator, prompt: str, action: str, sampling: Sampling,
               tokens: int, figures: Figures | None, seed: int) -> str:  # fmt: skip
    """Read `prompt` ahead, then reply to `action`; return the reply."""
    ahead = Request(prompt, 0, sampling, 0, unconditional_prompt=prompt)
    async with aclosing(generator.stream(ahead)) as events:
        async for _ in events:
            pass
    asked = Request(
        f"{prompt}\n\n> {action}", tokens, sampling, seed, unconditional_prompt=prompt
    )  # fmt: skip
    started, first, chunks = time.perf_counter(), 0.0, []
    async with aclosing(generator.stream(asked)) as events:
        async for event in events:
            match event:
                case TextChunk(text):
                    first = first or time.perf_counter()
                    chunks.append(text)
                case Finished(_, usage) if figures and first and usage.tokens > 1:
                    seconds = time.perf_counter() - first
                    figures.speeds.append((usage.tokens - 1) / seconds)
                    figures.first.append(first - started)
    return "".join(chunks).strip()


async def measure(generator: Generator, turns: int, tokens: int) -> dict[float, Figures]:
    """Return the figures of either scale, its turns taken alternately in two stories."""
    figures = {scale: Figures() for scale in SCALES}
    stories = dict.fromkeys(SCALES, OPENING.strip())
    for turn in range(-1, turns):  # the first one warms up, and starts the second slot
        for scale in SCALES:
            action = ACTIONS[turn % len(ACTIONS)]
            counted = figures[scale] if turn >= 0 else None
            sampling = Sampling(guidance=scale)
            reply = await play(
                generator, stories[scale], action, sampling, tokens, counted, turn + 1
            )
            stories[scale] += f"\n\n> {action}\n\n{reply}"
    return figures


async def run(options: argparse.Namespace) -> None:
    """Measure, and print a table."""
    generator = create_generator(
        options.model,
        Home.find(),
        context_length=2048,
        threads=options.threads,
        engine="built-in",
    )
    await generator.open()
    found = await measure(generator, options.turns, options.tokens)
    await generator.close()
    print("| guidance | tokens/s | first token, s, median | slowest |\n|---|---|---|---|")
    for scale, each in found.items():
        print(
            f"| {scale:g} | {statistics.median(each.speeds):.1f} "
            f"| {statistics.median(each.first):.2f} | {max(each.first):.2f} |"
        )
    off, on = (statistics.median(each.speeds) for each in found.values())
    print(f"\nratio {on / off:.2f}")


def main() -> None:
    """Measure the model that the options name."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=60)
    parser.add_argument("--threads", type=int, default=0)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
