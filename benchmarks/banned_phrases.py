"""Measure what backtracking over banned phrases costs, and how often replies repeat the story.

    python -m benchmarks.banned_phrases [--turns 60] [--rounds 1] [--model REF]

The same game with the same seeds is played with backtracking and without bans, turn by turn in
alternation, so that both share the load of the machine. Time is counted per character of the
replies: the two games write different ones.
"""

import argparse
import asyncio
import itertools
import time
from dataclasses import dataclass, field, replace

from benchmarks.playing import ACTIONS
from benchmarks.session import temporary_session
from dungeon import actions, scenarios
from dungeon.story import Kind
from dungeon.text.phrases import passages_of
from dungeon.turns.game import Game

NAMES = ("without bans", "with backtracking")


@dataclass(slots=True)
class Side:
    """One of the two games."""

    game: Game
    seconds: float = 0.0
    characters: int = 0
    attempts: int = 0
    repeated: int = 0
    """Replies with a passage of six words that the story had before."""
    passages: int = 0
    """Such passages."""
    known: set[str] = field(default_factory=set)

    async def play(self, text: str) -> None:
        """Play a turn, and count."""
        started = time.perf_counter()
        async for _ in self.game.play(actions.parse_action(text, Kind.DO)):
            pass
        self.seconds += time.perf_counter() - started
        await self.game.wait_for_prefetch()
        turn = self.game.adventure.current_turn()
        if turn is None:
            raise RuntimeError("no turn was played")
        found = passages_of(turn.text) & self.known
        self.repeated += bool(found)
        self.passages += len(found)
        self.known |= passages_of(turn.text)
        self.characters += len(turn.text)
        self.attempts += turn.provenance.attempts


async def main() -> None:
    """Play and print."""
    parser = argparse.ArgumentParser(description="Measure backtracking over banned phrases.")
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--model", default="")
    options = parser.parse_args()
    sides: list[list[Side]] = []
    for seed in range(1, options.rounds + 1):
        async with (
            temporary_session(options.model, seed) as plain,
            temporary_session(options.model, seed) as banning,
        ):
            pair = []
            for session in (plain, banning):
                game = session.begin(scenarios.fill(scenarios.load("lamp"), {}))
                settings = replace(game.generation_settings, bans_passages=session is banning)
                if session is plain:
                    settings = replace(settings, banned_phrases=())
                game.generation_settings = settings
                opening = game.adventure.path()[0].text
                pair.append(Side(game, known=set(passages_of(opening))))
            for text in itertools.islice(itertools.cycle(ACTIONS), options.turns):
                for side in pair:
                    await side.play(text)
            for side in pair:
                await side.game.close()
            sides.append(pair)
    print("| | seconds | ms per character | attempts | replies that repeat | repeated passages |")
    print("|---|---|---|---|---|---|")
    speeds = []
    for name, played in zip(NAMES, zip(*sides, strict=True), strict=True):
        seconds = sum(side.seconds for side in played)
        speed = seconds / sum(side.characters for side in played) * 1000
        speeds.append((seconds, speed))
        counts = " | ".join(
            str(sum(getattr(side, count) for side in played))
            for count in ("attempts", "repeated", "passages")
        )
        print(f"| {name} | {seconds:.1f} | {speed:.2f} | {counts} |")
    (plain_s, plain_ms), (banned_s, banned_ms) = speeds
    print(f"\nRatio: {banned_s / plain_s:.2f} in seconds, {banned_ms / plain_ms:.2f} per character")


if __name__ == "__main__":
    asyncio.run(main())
