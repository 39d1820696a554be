"""Print replies to actions that were rolled for, to read whether they carry the outcome out.

    python -m benchmarks.dice [MODEL] [--beginnings free,game,…] [--rolls extreme]
        [--guidance 1.5 [--opposite]]

Thirty actions, each at the opening of a held-out story, once failed and once succeeded, with a
fixed seed each. Of the beginnings, `free` leaves the reply to the model, and `game` is what the
game does. Guidance is against the same prompt without the roll, or with the
opposite one. docs/dice.md has the figures.
"""

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.dice_actions import ACTIONS
from benchmarks.session import temporary_session
from dungeon.dice import Roll, reply_beginning
from dungeon.story import Action, Kind, Scenario
from dungeon.turns.game import Game
from dungeon.turns.turn_generation import begin_generation

STORIES = Path("stories/held-out")
ROLLS = {
    "usual": (Roll(6), Roll(15)),
    "extreme": (Roll(1), Roll(20)),
    "contradict": (Roll(13, 14), Roll(9, 9)),  # as no training text has them
}
"""Two rolls each: one that fails, one that succeeds."""

FIRST_SEED = 1000

BEGINNINGS: Mapping[str, Callable[[Action, bool], str]] = {
    "free": lambda action, won: "",
    "game": lambda action, won: reply_beginning(action.text),
    "but": lambda action, won: "" if won else "But",
    "fail": lambda action, won: "You succeed, and" if won else "You fail, and",
    "work": lambda action, won: "It works." if won else "It does not work.",
}


@dataclass(frozen=True, slots=True)
class RolledReply:
    """A reply, and what it answers."""

    action: str
    beginning: str
    text: str


def opening(name: str) -> Scenario:
    """Return what an adventure of the held-out ones begins with."""
    _, head, body = (STORIES / f"{name}.txt").read_text("utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.strip().splitlines())
    prose = body.partition("\n> ")[0].strip()
    memory, note = fields.get("memory", ""), fields.get("note", "")
    return Scenario(name, fields["title"], "", "", prose, memory, note)


async def write(
    game: Game, action: Action, beginning: str, seed: int, against: str | None = None
) -> str:
    """Return a reply to `action` that begins so; nothing is saved.

    With guidance, it is guided away from the prompt whose roll is the sentence `against`.
    """
    settings = game.generation_settings
    async with game.idle_engine() as composer:
        context = await composer.compose(game.adventure, action, settings)
        if against is not None and action.roll:
            other = context.prompt.replace(action.roll.sentence, against).rstrip()
            context = replace(context, unconditional_prompt=other)
        generation = begin_generation(
            game.generator,
            context,
            settings,
            game.adventure,
            action,
            seed=seed,
            started=time.monotonic(),
            beginning=beginning,
        )
        async with aclosing(generation.events()) as events:
            async for _ in events:
                pass
    return generation.result()[0]


async def replies(options: argparse.Namespace) -> AsyncIterator[RolledReply]:
    """Yield every reply that is asked for."""
    rolls = ROLLS[options.rolls]
    async with temporary_session(options.model) as session:
        for number, (name, tried) in enumerate(ACTIONS[: options.only]):
            game = session.begin(opening(name))
            if options.guidance:
                sampling = replace(game.generation_settings.sampling, guidance=options.guidance)
                game.generation_settings = replace(game.generation_settings, sampling=sampling)
            for kind in options.beginnings.split(","):
                for roll in rolls:
                    action = Action(Kind.DO, tried).with_roll(roll)
                    beginning = BEGINNINGS[kind](action, roll.outcome.is_success)
                    against = rolls[roll is rolls[0]].sentence if options.opposite else ""
                    guided = against if options.guidance else None
                    text = await write(game, action, beginning, FIRST_SEED + number, guided)
                    yield RolledReply(action.text, kind, text)
            await game.close()


async def main() -> None:
    """Write and print the replies."""
    parser = argparse.ArgumentParser(description="Print replies to actions that were rolled for.")
    parser.add_argument("model", nargs="?", default="")
    parser.add_argument("--beginnings", default="free,game", help=f"of {', '.join(BEGINNINGS)}")
    parser.add_argument("--guidance", type=float, default=0.0, help="away from another roll")
    parser.add_argument("--opposite", action="store_true", help="the opposite one, not none")
    parser.add_argument("--rolls", choices=ROLLS, default="usual", help="6 and 15, 1 and 20 …")
    parser.add_argument("--only", type=int, help="of the actions, the first so many")
    parser.add_argument("--json", type=Path, help="append the replies to this file")
    options = parser.parse_args()
    async for reply in replies(options):
        print(f"[{reply.beginning}] > {reply.action}\n    {reply.text}\n", flush=True)
        if options.json:
            with options.json.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(reply), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
