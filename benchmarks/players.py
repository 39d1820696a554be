"""Simulate players on an OpenAI-compatible endpoint, and measure what they wait.

    python -m benchmarks.players --url http://127.0.0.1:8080 [--players 1,4,16] [--warm]
        [--saves adventures.db]

Each player has an adventure of his own: he thinks, sends his prompt with all that was told so far,
and reads the streamed reply. Think time, and the lengths of actions and replies, are log-normal:
`--think 20,0.6` is a median of 20 and a sigma of 0.6. With `--saves` all three are those of games
that were played, in a file of saves. The key comes from GRUE_API_KEY.
"""

import argparse
import asyncio
import json
import math
import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.distribution import Distribution
from benchmarks.played_games import read_games
from dungeon.errors import GrueError
from dungeon.generator.http_client import SESSION_HEADER

SERVED_SECONDS = 2.0
"""A number of players is served where the p95 of their times to first token is at most this."""

_WORDS = "you walk on through the rain and the river is wide and grey before you".split()

_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Load:
    """What the players do."""

    url: str
    model: str
    think: Distribution
    action: Distribution
    """Words."""
    reply: Distribution
    """Tokens."""
    opening: int
    """Words of the first prompt."""
    context: int
    """Tokens; a story that has more is cut to 60 % of them, as the game does."""
    seconds: float
    is_warm: bool = False
    """Whether every opening is read before the time begins, like that of an adventure that goes
    on."""


@dataclass(slots=True)
class Result:
    """What was measured."""

    first_token: list[float] = field(default_factory=list)
    tokens: int = 0
    failures: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Prompt tokens that the server had in its cache, where it says so."""

    @property
    def cached(self) -> str:
        """Return the share of prompt tokens that were in the cache."""
        if not self.prompt_tokens:
            return "unknown"
        return f"{self.cached_tokens / self.prompt_tokens:.0%}"


def opening(load: Load, number: int) -> str:
    """Return the beginning of a player's adventure."""
    chance = random.Random(number)
    return f"Adventure {number}. " + " ".join(chance.choices(_WORDS, k=load.opening))


async def play(load: Load, number: int, client: httpx.AsyncClient, result: Result) -> None:
    """Play one adventure until the time is over."""
    chance = random.Random(-1 - number)
    story = opening(load, number)
    end = time.perf_counter() + load.seconds
    pause = load.think.draw(chance) * chance.random()  # they do not begin all at once
    while time.perf_counter() + pause < end:
        await asyncio.sleep(pause)
        words = max(1, round(load.action.draw(chance)))
        story += "\n> " + " ".join(chance.choices(_WORDS, k=words)) + "\n"
        wanted = max(1, round(load.reply.draw(chance)))
        try:
            story += await turn(load, story, wanted, client, result, session=f"player-{number}")
        except (httpx.HTTPError, ValueError):
            result.failures += 1
        if len(story) > (load.context - wanted) * _CHARACTERS_PER_TOKEN:
            story = story[-int(load.context * 0.6) * _CHARACTERS_PER_TOKEN :]
        pause = load.think.draw(chance)


async def turn(
    load: Load,
    prompt: str,
    tokens: int,
    client: httpx.AsyncClient,
    result: Result,
    *,
    session: str,
) -> str:
    """Return the reply to one prompt of a session.

    Raises ValueError where it was refused or broke off.
    """
    body = {
        "model": load.model,
        "prompt": prompt,
        "max_tokens": tokens,
        "stream": True,
        "ignore_eos": True,  # llama.cpp and vLLM know it: replies as long as they are drawn
    }
    started, first, reply, is_whole = time.perf_counter(), 0.0, "", False
    url, headers = load.url + "/v1/completions", {SESSION_HEADER: session}
    async with client.stream("POST", url, json=body, headers=headers) as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            if line == "data: [DONE]":
                is_whole = True
            elif line.startswith("data:"):
                event = json.loads(line[5:])
                _count_prompt(event, result)
                choices = event.get("choices") or [{}]
                text = choices[0].get("text") or ""
                first = first or (time.perf_counter() if text else 0.0)
                result.tokens += bool(text)
                reply += text
    if not is_whole or not first:
        raise ValueError("the reply broke off")
    result.first_token.append(first - started)
    return reply


def _count_prompt(event: dict[str, Any], result: Result) -> None:
    """Count the prompt tokens in the last event of a stream of llama.cpp."""
    match event:
        case {"timings": {"cache_n": int(cached), "prompt_n": int(evaluated)}}:
            result.prompt_tokens += cached + evaluated
            result.cached_tokens += cached


async def _read_opening(load: Load, number: int, client: httpx.AsyncClient) -> None:
    text = opening(load, number)
    await turn(load, text, 1, client, Result(), session=f"player-{number}")


async def measure(load: Load, players: int, key: str) -> tuple[Result, float]:
    """Return what was measured with a number of players, and the seconds it took."""
    result = Result()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(headers=headers, timeout=120, limits=limits) as client:
        if load.is_warm:
            reads = (_read_opening(load, each, client) for each in range(players))
            await asyncio.gather(*reads, return_exceptions=True)
        started = time.perf_counter()
        await asyncio.gather(*(play(load, each, client, result) for each in range(players)))
        return result, time.perf_counter() - started


def percentile(values: list[float], share: float) -> float:
    """Return the nearest-rank percentile, infinity where there are no values."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else math.inf


async def run(load: Load, counts: list[int], key: str) -> None:
    """Print a row for each number of players, and how many were served."""
    print("| players | turns | tokens/s | first token p50 | p95 | p99 | cached | failures |")
    print("|---|---|---|---|---|---|---|---|")
    served = 0
    for players in counts:
        result, seconds = await measure(load, players, key)
        times = [percentile(result.first_token, share) for share in (0.5, 0.95, 0.99)]
        print(
            f"| {players} | {len(result.first_token)} | {result.tokens / seconds:.0f} | "
            + " | ".join(f"{each:.2f} s" for each in times)
            + f" | {result.cached} | {result.failures} |",
            flush=True,
        )
        if times[1] <= SERVED_SECONDS and not result.failures:
            served = max(served, players)
    print(f"\nPlayers served with a p95 of at most {SERVED_SECONDS:g} s: {served}")


def main() -> None:
    """Measure the numbers of players given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--url", required=True, help="root of the server, without /v1")
    parser.add_argument("--model", default="", help="name that the server knows")
    parser.add_argument("--players", default="1,4,16", help="numbers of players, with commas")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=Distribution.parse, default=Distribution(20, 0.6))
    parser.add_argument("--action", type=Distribution.parse, default=Distribution(5, 0.5))
    parser.add_argument("--reply", type=Distribution.parse, default=Distribution(60, 0.3))
    parser.add_argument("--saves", type=Path, help="games whose times and lengths are taken")
    parser.add_argument("--opening", type=int, default=220, help="words of the first prompt")
    parser.add_argument(
        "--warm", action="store_true", help="read the openings before the time begins"
    )
    parser.add_argument("--context", type=int, default=1500, help="tokens")
    options = parser.parse_args()
    if options.saves:
        try:
            games = read_games(options.saves)
        except GrueError as error:
            parser.error(str(error))
        options.think, options.action, options.reply = games.think, games.action, games.reply
        print(
            f"As in {games.turns} turns: --think {games.think} --action {games.action} "
            f"--reply {games.reply}\n"
        )
    load = Load(
        options.url.rstrip("/").removesuffix("/v1"),
        options.model,
        options.think,
        options.action,
        options.reply,
        options.opening,
        options.context,
        options.seconds,
        options.warm,
    )
    counts = [int(each) for each in options.players.split(",")]
    asyncio.run(run(load, counts, os.environ.get("GRUE_API_KEY", "")))


if __name__ == "__main__":
    main()
