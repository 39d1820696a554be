"""Provides the figures of playing: how close a turn comes to the raw engine, how soon it begins.

    python -m benchmarks.playing [--rounds 12] [--turns 100] [--read 5]

First part: the whole game against the raw engine, in turn and in the same run, with the same model,
prompt, seed and settings. Second part: an adventure of `--turns` turns that overflows the context,
the player reading `--read` seconds a turn. Knows nothing of screens.
"""

import argparse
import asyncio
import itertools
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quantisation import settings
from dungeon import scenarios
from dungeon.game import Game, TurnSaved
from dungeon.generator import TextChunk
from dungeon.generator.http_client import ModelServerClient
from dungeon.generator.llama_launcher import default_threads, serve
from dungeon.home import Home
from dungeon.models.resolver import PreparedFile, prepare_file, resolve
from dungeon.session import Session
from dungeon.settings import Settings
from dungeon.story import Action, Kind, Provenance, render_transcript

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
"""What the player does, again and again."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn took."""

    first_piece: float
    """Seconds from the action to the first piece that is shown."""
    whole: float
    tokens_per_second: float
    provenance: Provenance


def action(text: str) -> Action:
    """Return what `text` is as an action."""
    if not text:
        return Action(Kind.CONTINUE)
    return Action(Kind.SAY if '"' in text else Kind.DO, text)


async def play(game: Game, text: str) -> Turn:
    """Play one turn and return what it took."""
    started, first = time.perf_counter(), 0.0
    turn = Turn(first, first, 0.0, Provenance())
    async for event in game.play(action(text)):  # to its end, where reading ahead begins
        if isinstance(event, TextChunk):
            first = first or time.perf_counter() - started
        if isinstance(event, TurnSaved):
            whole = time.perf_counter() - started
            turn = Turn(first, whole, game.tokens_per_second, event.turn.provenance)
    return turn


def prepared_default() -> Path:
    """Return the file of the default model, fetched and prepared where it is not there yet."""
    choice = resolve("")
    file: PreparedFile = prepare_file(choice, Home.find().models)  # type: ignore[arg-type]
    return file.path


async def raw_speed(server: ModelServerClient, game: Game, turn: Turn) -> float:
    """Return the raw engine's tokens a second on the prompt of the turn just played."""
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


async def beside_the_engine(session: Session, path: Path, rounds: int) -> None:
    """Print the game's speed beside the raw engine's, in turn."""
    game = session.begin(scenarios.fill(scenarios.load("lamp"), {}))
    pairs: list[tuple[float, float]] = []
    async with serve(settings(path, default_threads())) as server:
        for text in itertools.islice(itertools.cycle(ACTIONS), rounds):
            turn = await play(game, text)
            await game.settle()
            raw = await raw_speed(server, game, turn)
            if turn.tokens_per_second:
                pairs.append((turn.tokens_per_second, raw))
        await game.close()
    ratios = [played / raw for played, raw in pairs]
    print("| | tokens/s, median | ratio to raw: min / median / max |")
    print("|---|---|---|")
    print(f"| raw engine | {statistics.median(raw for _, raw in pairs):.0f} | 1 |")
    played = statistics.median(speed for speed, _ in pairs)
    spread = f"{min(ratios):.2f} / {statistics.median(ratios):.2f} / {max(ratios):.2f}"
    print(f"| through the game | {played:.0f} | {spread} |\n", flush=True)


async def a_long_adventure(session: Session, turns: int, read: float, note: str) -> None:
    """Print what a whole adventure cost: first pieces, and prompt tokens read for each new one."""
    game = session.begin(scenarios.fill(scenarios.load("lamp"), {}))
    if note:
        await game.revise(note=note)
    game.read_ahead()
    played = []
    for text in itertools.islice(itertools.cycle(ACTIONS), turns):
        await asyncio.sleep(read)
        played.append(await play(game, text))
    added = await game.generator.count_tokens(render_transcript(game.adventure.path()[1:]))
    evaluated = sum(turn.provenance.prompt_tokens_evaluated for turn in played)
    firsts = sorted(turn.provenance.first_milliseconds / 1000 for turn in played)
    seen = sorted(turn.first_piece for turn in played)
    again = sum(turn.provenance.attempts - 1 for turn in played)
    left_out = game.context.left_out if game.context else 0
    print(f"| {turns} turns, {read:g} s reading{', with a note' if note else ''} | |")
    print("|---|---|")
    print(f"| first token: median / 95 % / worst | {_spread(firsts)} s |")
    print(f"| first words on the screen: median / 95 % / worst | {_spread(seen)} s |")
    print(f"| prompt tokens read / tokens newly added | {evaluated / added:.2f} |")
    print(f"| turns that no longer fit the context at the end | {left_out} |")
    print(f"| replies written anew | {again} |\n", flush=True)
    await game.close()


def _spread(ordered: list[float]) -> str:
    late = ordered[int(len(ordered) * 0.95)]
    return f"{statistics.median(ordered):.2f} / {late:.2f} / {ordered[-1]:.2f}"


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument("--read", type=float, default=5)
    parser.add_argument("--note", default="The story is dry and frightening.")
    chosen = parser.parse_args()
    path = prepared_default()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.models.symlink_to(Home.find().models)
        session = Session(home, Settings(), seed=1)
        await beside_the_engine(session, path, chosen.rounds)
        for note in ("", chosen.note):
            await a_long_adventure(session, chosen.turns, chosen.read, note)
        await session.close()


if __name__ == "__main__":
    asyncio.run(main())
