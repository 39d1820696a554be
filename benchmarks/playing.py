"""Measure a turn of the game against the raw engine, and prompt evaluation over a long adventure.

    python -m benchmarks.playing [--rounds 12] [--turns 100] [--read 5]

First the game and the raw engine alternate, with the same model, prompt, seed and settings. Then an
adventure of `--turns` turns overflows the context, while the player reads `--read` seconds a turn.
"""

import argparse
import asyncio
import itertools
import statistics
import time
from dataclasses import dataclass

from benchmarks.quantisation import settings
from benchmarks.session import default_model, temporary_session
from dungeon import scenarios
from dungeon.generator import TextChunk
from dungeon.generator.http_client import ModelServerClient
from dungeon.generator.llama_launcher import default_threads, serve
from dungeon.session import Session
from dungeon.story import Action, Kind, Provenance, render_transcript
from dungeon.turns.game import Game
from dungeon.turns.turn_events import TurnSaved

ACTIONS = (
    "You look around.",
    "You go on.",
    'You say "Who is there?"',
    "You pick up what lies there.",
    "You open the next door.",
    "You wait and listen.",
    "",
    "You run.",
)
"""Repeated for as many turns as are played; empty to continue."""


@dataclass(frozen=True, slots=True)
class TurnTiming:
    """Timing of one turn."""

    first_chunk: float
    """Seconds from the action to the first text that is shown."""
    tokens_per_second: float
    provenance: Provenance


def _action(text: str) -> Action:
    if not text:
        return Action(Kind.CONTINUE)
    return Action(Kind.SAY if '"' in text else Kind.DO, text)


async def play(game: Game, text: str) -> TurnTiming:
    """Play one turn and return its timing."""
    started, first = time.perf_counter(), 0.0
    timing = TurnTiming(0.0, 0.0, Provenance())
    async for event in game.play(_action(text)):  # to its end, where prefetching begins
        if isinstance(event, TextChunk):
            first = first or time.perf_counter() - started
        if isinstance(event, TurnSaved):
            timing = TurnTiming(first, game.tokens_per_second, event.turn.provenance)
    return timing


async def raw_speed(server: ModelServerClient, game: Game, turn: TurnTiming) -> float:
    """Return the raw engine's tokens per second on the prompt of the last turn."""
    if game.context is None:
        raise RuntimeError("no turn has been played")
    document = {
        "prompt": game.context.prompt,
        "n_predict": turn.provenance.tokens,
        "seed": turn.provenance.seed,
        "ignore_eos": True,
        **turn.provenance.sampling,
    }
    answer = await server.request_json("/completion", document)
    return float(answer["timings"]["predicted_per_second"])


async def compare_with_engine(session: Session, rounds: int) -> None:
    """Print the speed of the game and of the raw engine."""
    game = session.begin(scenarios.fill(scenarios.load("lamp"), {}))
    speeds: list[tuple[float, float]] = []
    async with serve(settings(default_model(), default_threads())) as server:
        for text in itertools.islice(itertools.cycle(ACTIONS), rounds):
            turn = await play(game, text)
            await game.wait_for_prefetch()
            raw = await raw_speed(server, game, turn)
            if turn.tokens_per_second:
                speeds.append((turn.tokens_per_second, raw))
        await game.close()
    ratios = [played / raw for played, raw in speeds]
    played, raw = (statistics.median(each) for each in zip(*speeds, strict=True))
    spread = f"{min(ratios):.2f} / {statistics.median(ratios):.2f} / {max(ratios):.2f}"
    print("| | tokens/s, median | ratio to raw: min / median / max |\n|---|---|---|")
    print(f"| raw engine | {raw:.0f} | 1 |\n| through the game | {played:.0f} | {spread} |\n")


async def play_adventure(session: Session, turns: int, read: float, note: str) -> None:
    """Print the timing of a whole adventure, and the prompt tokens evaluated for each new one."""
    game = session.begin(scenarios.fill(scenarios.load("lamp"), {}))
    if note:
        await game.revise(note=note)
    game.prefetch()
    played = []
    for text in itertools.islice(itertools.cycle(ACTIONS), turns):
        await asyncio.sleep(read)
        played.append(await play(game, text))
    added = await game.generator.count_tokens(render_transcript(game.adventure.path()[1:]))
    evaluated = sum(turn.provenance.prompt_tokens_evaluated for turn in played)
    left_out = game.context.left_out if game.context else 0
    rows = {
        "first token: median / 95 % / worst": _spread(
            [turn.provenance.first_milliseconds / 1000 for turn in played]
        ),
        "first words on the screen: median / 95 % / worst": _spread(
            [turn.first_chunk for turn in played]
        ),
        "prompt tokens evaluated per new token": f"{evaluated / added:.2f}",
        "turns outside the context at the end": left_out,
        "rejected attempts": sum(turn.provenance.attempts - 1 for turn in played),
    }
    with_note = ", with a note" if note else ""
    print(f"| {turns} turns, a pause of {read:g} s after each{with_note} | |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value} |")
    print(flush=True)
    await game.close()


def _spread(seconds: list[float]) -> str:
    seconds.sort()
    late = seconds[int(len(seconds) * 0.95)]
    return f"{statistics.median(seconds):.2f} / {late:.2f} / {seconds[-1]:.2f} s"


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure turns of the game.")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument("--read", type=float, default=5)
    parser.add_argument("--note", default="The story is dry and frightening.")
    options = parser.parse_args()
    async with temporary_session() as session:
        await compare_with_engine(session, options.rounds)
        for note in ("", options.note):
            await play_adventure(session, options.turns, options.read, note)


if __name__ == "__main__":
    asyncio.run(main())
