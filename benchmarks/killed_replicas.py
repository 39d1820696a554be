"""Play on replicas that are killed, and count the turns that are missing in the saves.

    python -m benchmarks.killed_replicas [--requests 1000] [--minutes 30] [--players 8] [--every 30]
        [--context 1024]

Needs the extra `deploy`. Real games with saves of their own play on a local Ray with two replicas
of the CPU engine, of which one is killed every `--every` seconds. The ingress asks another replica
for what one could not finish: again from the beginning, or for the rest of a reply. A player whose
turn fails nevertheless sends it again, as in the game. Lost is a turn that was shown and is not in
the saves.
"""

import argparse
import asyncio
import os
import random
import time
from collections import Counter
from contextlib import aclosing
from dataclasses import dataclass, field

from benchmarks.session import temporary_session
from deploy.local_cluster import (
    TOKEN,
    engine_processes,
    kill_replica,
    local_cluster,
    relay_counts,
    run,
    running_replicas,
)
from deploy.settings import DeploySettings
from dungeon import scenarios
from dungeon.errors import GeneratorError
from dungeon.settings import Settings
from dungeon.story import Action, Kind
from dungeon.turns.game import Game
from dungeon.turns.turn_events import TurnSaved

_RETRY_SECONDS = 1.0


@dataclass(slots=True)
class Outcome:
    """What happened to all players together."""

    turns: int = 0
    failed: int = 0
    """Attempts that ended with an error."""
    worst_retries: int = 0
    """The most failures that one turn had."""
    lost: int = 0
    kills: int = 0
    first_failures: list[str] = field(default_factory=list)
    """The first few errors, as players read them."""


async def play(address: str, number: int, wanted: int, ends: float, outcome: Outcome) -> None:
    """Play until all players together have `wanted` turns, or the monotonic clock says `ends`; then
    look for the turns in the saves.
    """
    short = Settings(reply_tokens=20)
    async with temporary_session(address, seed=number, settings=short) as session:
        game = session.begin(scenarios.fill(scenarios.load("lamp"), {}))
        shown: list[tuple[str, str]] = []
        while outcome.turns < wanted and time.monotonic() < ends:
            outcome.turns += 1
            turn = await _turn(game, outcome)
            if turn is not None:
                shown.append((turn.turn.id, turn.turn.text))
        identity = game.adventure.id
        await game.close()
        saved = session.library.load(identity).turns
        outcome.lost += sum(saved[each].text != text for each, text in shown if each in saved)
        outcome.lost += sum(each not in saved for each, _ in shown)


async def _turn(game: Game, outcome: Outcome) -> TurnSaved | None:
    """Play one turn, again and again until it is answered; None where the answer is that nothing
    was written, which the same action would bring again.
    """
    failures = 0
    while True:
        try:
            async with aclosing(game.play(Action(Kind.DO, "You go on."))) as events:
                async for event in events:
                    if isinstance(event, TurnSaved):
                        return event
                return None
        except GeneratorError as error:
            failures += 1
            outcome.failed += 1
            outcome.worst_retries = max(outcome.worst_retries, failures)
            outcome.first_failures = [*outcome.first_failures, str(error)][:3]
            await asyncio.sleep(_RETRY_SECONDS)


async def kill(every: float, ends: float, outcome: Outcome) -> None:
    """Kill a replica every few seconds, once there are two again, until the clock says `ends`: the
    last turns may then be finished.
    """
    chance = random.Random(1)
    while time.monotonic() + every < ends:
        await asyncio.sleep(every)
        found = await asyncio.to_thread(engine_processes)
        if len(found) > 1 and await asyncio.to_thread(running_replicas) > 1:
            kill_replica(chance.choice(found))
            outcome.kills += 1


async def measure(address: str, options: argparse.Namespace) -> Outcome:
    """Return what happened to the players."""
    os.environ["GRUE_API_KEY"] = TOKEN
    outcome = Outcome()
    ends = time.monotonic() + 60 * options.minutes
    killing = asyncio.ensure_future(kill(options.every, ends, outcome))
    await asyncio.gather(
        *(play(address, each, options.requests, ends, outcome) for each in range(options.players))
    )
    killing.cancel()
    return outcome


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=30, help="the longest that is played")
    parser.add_argument("--players", type=int, default=8)
    parser.add_argument("--context", type=int, default=1024, help="tokens of each player's prompt")
    parser.add_argument("--every", type=float, default=30, help="seconds between two kills")
    options = parser.parse_args()
    started = time.perf_counter()
    with local_cluster() as address:
        run(DeploySettings(context=options.context, min_replicas=2, requests_per_minute=0))
        outcome = asyncio.run(measure(address, options))
        relayed = Counter(relay_counts())
    minutes = (time.perf_counter() - started) / 60
    print("| turns | minutes | kills | failed attempts | most for one turn | lost turns |")
    print("|---|---|---|---|---|---|")
    print(
        f"| {outcome.turns} | {minutes:.1f} | {outcome.kills} | {outcome.failed} | "
        f"{outcome.worst_retries} | {outcome.lost} |"
    )
    print(
        f"Of the ingress: {relayed['retried']} retried, {relayed['continued']} continued, "
        f"{relayed['broken']} broken; at most {relayed['most_attempts'] or 1} replicas for one."
    )
    for told in outcome.first_failures:
        print(told)


if __name__ == "__main__":
    main()
