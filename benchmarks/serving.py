"""Measure `grue serve`: its overhead over the engine in process, how a newcomer stalls players, and
how soon an adventure is there again.

    python -m benchmarks.serving [--rounds 6] [--newcomer 900] [--batch-size 64,128,256]

Each part starts `grue serve` with the default model and an empty folder of saved slots. For the
overhead, the game's own engine and its client of the server reply in turn to the same prompt, which
both have in their cache. For the stall, somebody joins with a long prompt while a player's reply is
streamed. Adventures are reopened that had to leave the only slot: by the same server, by the next
one, as after a restart, and by the game's own engine.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise

from benchmarks.session import default_model, temporary_home
from dungeon.files.home import Home
from dungeon.generator import Generator, Request, TextChunk
from dungeon.generator.factory import create_generator
from dungeon.generator.llama_cpp import LlamaCppGenerator
from dungeon.generator.llama_launcher import LlamaSettings
from dungeon.generator.remote import RemoteGenerator
from dungeon.serving.engine import BATCH_SIZE
from dungeon.settings.sampling import Sampling

_TOKEN = "the-token-of-benchmarks"
_CONTEXT = 2048
_SENTENCE = "You walk on through the rain, and the river is wide and grey before you. "
"""Of 17 tokens."""

_SENTENCE_TOKENS = 17


def request(name: str, prompt_tokens: int, tokens: int) -> Request:
    """Return a request of about `prompt_tokens` that shares no prefix with those of other names."""
    story = f"The adventure of {name}. " + _SENTENCE * (prompt_tokens // _SENTENCE_TOKENS)
    endless = Sampling(temperature=0, repeat_penalty=1, dry_multiplier=0)
    return Request(story, tokens, endless, seed=1)


@asynccontextmanager
async def grue_serve(home: Home, *options: str) -> AsyncIterator[str]:
    """Run `grue serve`, and give its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dungeon.cli", "serve", "--port", "0", "--rate", "0", *options),
        env={**os.environ, "GRUE_SERVE_TOKEN": _TOKEN, "GRUE_HOME": str(home.root)},
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        if process.stdout is None:
            raise RuntimeError("the server was started without a pipe")
        line = (await process.stdout.readline()).decode()
        yield line.partition(" at ")[2].partition(" with ")[0]
    finally:
        process.terminate()
        await process.wait()


async def chunk_times(generator: Generator, asked: Request) -> list[float]:
    """Return when each chunk of the reply came, in seconds from the request."""
    started = time.perf_counter()
    async with aclosing(generator.stream(asked)) as events:
        return [
            time.perf_counter() - started async for event in events if isinstance(event, TextChunk)
        ]


def tokens_per_second(times: list[float]) -> float:
    """Return the speed from the first chunk to the last."""
    return (len(times) - 1) / (times[-1] - times[0])


async def compare(rounds: int, tokens: int) -> None:
    """Print the speed and the time to first token in process and over the server."""
    asked = request("one", 300, tokens)
    local = LlamaCppGenerator(LlamaSettings(default_model(), "default", _CONTEXT))
    with temporary_home() as home:
        await _compare(home, local, asked, rounds)


async def _compare(home: Home, local: Generator, asked: Request, rounds: int) -> None:
    async with grue_serve(home, "--context", str(_CONTEXT)) as address:
        remote = RemoteGenerator(address, api_key=_TOKEN)
        engines: dict[str, Generator] = {"in process": local, "over `grue serve`": remote}
        found: dict[str, list[list[float]]] = {name: [] for name in engines}
        for engine in engines.values():
            await engine.open()
            await chunk_times(engine, asked)
        for _ in range(rounds):
            for name, engine in engines.items():
                found[name].append(await chunk_times(engine, asked))
        for engine in engines.values():
            await engine.close()
    print("| | tokens/s, median | first token, median |\n|---|---|---|")
    for name, replies in found.items():
        speed = statistics.median(map(tokens_per_second, replies))
        print(f"| {name} | {speed:.1f} | {statistics.median(r[0] for r in replies):.3f} s |")
    ratios = sorted(far[-1] / near[-1] for near, far in zip(*found.values(), strict=True))
    print(
        f"\nA whole reply over the server takes {statistics.median(ratios):.3f} times as long "
        f"(median of {rounds} pairs, {ratios[0]:.2f} to {ratios[-1]:.2f}).\n",
        flush=True,
    )


async def stall(rounds: int, newcomer: int, batch_size: int) -> None:
    """Print the longest pause in a player's stream while somebody joins with a long prompt."""
    with temporary_home() as home:
        await _stall(home, rounds, newcomer, batch_size)


async def _stall(home: Home, rounds: int, newcomer: int, batch_size: int) -> None:
    alone, joined, read = [], [], []
    options = ("--context", str(_CONTEXT), "--slots", "2", "--batch-size", str(batch_size))
    async with grue_serve(home, *options) as address:
        player = RemoteGenerator(address, api_key=_TOKEN)
        guest = RemoteGenerator(address, api_key=_TOKEN)
        await guest.open()
        asked = request("the player", 300, 200)
        await chunk_times(player, asked)
        for number in range(rounds):
            alone.append(_longest_pause(await chunk_times(player, asked)))
            stream = asyncio.ensure_future(chunk_times(player, asked))
            await asyncio.sleep(0.5)
            read += await chunk_times(guest, request(f"stranger {number}", newcomer, 1))
            joined.append(_longest_pause(await stream))
        await player.close()
        await guest.close()
    columns = (statistics.median(alone), statistics.median(joined), max(joined))
    seconds = " | ".join(f"{each:.2f} s" for each in (*columns, statistics.median(read)))
    print(f"| {batch_size} | {seconds} |", flush=True)


async def reopen(rounds: int, tokens: int) -> None:
    """Print the time to first token of adventures that are read, and of those that are restored."""
    options = ("--context", str(_CONTEXT), "--slots", "1")
    first = {name: list[float]() for name in ("read", "reopened", "reopened by the next server")}
    with temporary_home() as home:
        asked = [request(f"player {number}", tokens, 1) for number in range(rounds)]
        async with grue_serve(home, *options) as address:
            for name in ("read", "reopened"):
                first[name] = await _first_tokens(address, asked)
        async with grue_serve(home, *options) as address:
            first["reopened by the next server"] = await _first_tokens(address, asked)
    print(f"\n| an adventure of {tokens} tokens is | first token, median | worst | sooner |")
    print("|---|---|---|---|")
    for name, seconds in first.items():
        ratio = statistics.median(first["read"]) / statistics.median(seconds)
        print(
            f"| {name} | {statistics.median(seconds):.2f} s | {max(seconds):.2f} s | {ratio:.0f} |"
        )


async def _first_tokens(address: str, asked: Sequence[Request]) -> list[float]:
    player = RemoteGenerator(address, api_key=_TOKEN)
    await player.open()
    seconds = [(await chunk_times(player, each))[0] for each in asked]
    await player.close()
    return seconds


async def restart(rounds: int, tokens: int) -> None:
    """Print the time from the start of the game's own engine to its first token."""
    print(f"\n| the game's engine starts with {tokens} tokens | median | worst |\n|---|---|---|")
    for name in ("without a saved prompt", "with it"):
        seconds = []
        for number in range(rounds):
            asked = request(f"player {number}", tokens, 1)
            with temporary_home() as home:
                if name == "with it":
                    await _cold_start(home, asked)
                seconds.append(await _cold_start(home, asked))
        print(f"| {name} | {statistics.median(seconds):.2f} s | {max(seconds):.2f} s |", flush=True)


async def _cold_start(home: Home, asked: Request) -> float:
    started = time.perf_counter()
    engine = create_generator("", home, context_length=_CONTEXT, engine="built-in")
    await chunk_times(engine, asked)
    seconds = time.perf_counter() - started
    await engine.close()
    return seconds


def _longest_pause(times: list[float]) -> float:
    return max(after - before for before, after in pairwise(times))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--newcomer", type=int, default=900, help="tokens of the long prompt")
    parser.add_argument("--tokens", type=int, default=64, help="tokens of a reply")
    parser.add_argument("--batch-size", default=str(BATCH_SIZE), help="several with commas")
    parser.add_argument("--only", choices=("overhead", "stall", "reopen"), default="")
    options = parser.parse_args()
    if options.only in ("", "overhead"):
        asyncio.run(compare(options.rounds, options.tokens))
    if options.only in ("", "stall"):
        print("| batch size | pause alone | somebody joins: median | worst | read in |")
        print("|---|---|---|---|---|")
        for size in options.batch_size.split(","):
            asyncio.run(stall(options.rounds, options.newcomer, int(size)))
    if options.only in ("", "reopen"):
        asyncio.run(reopen(options.rounds, options.newcomer))
        asyncio.run(restart(options.rounds, options.newcomer))


if __name__ == "__main__":
    main()
