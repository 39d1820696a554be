"""Write pairs of replies by two models for a blind comparison.

    python -m benchmarks.blind_ab ONE OTHER -o FOLDER [--count 20] [--seed 1]

Both models reply to the same actions after the same prompts, with the same seeds, through the
game. `pairs.md` shows each pair as A and B in random order, and `key.json` says which is which. The
reader decides which is better; nothing is counted here.
"""

import argparse
import asyncio
import json
import random
from dataclasses import dataclass
from pathlib import Path

from benchmarks.session import temporary_session
from dungeon.session import Session
from dungeon.story import Action, Kind, Scenario
from dungeon.transcript import ActionLine, Prose, read, write
from dungeon.turns.turn_events import TurnSaved
from training.data.corpus import take_evenly
from training.evaluation.prompts import Prompt, load_prompts

INSTRUCTIONS = """\
Two writers continue the same story after the player's line, which begins with `>`. Say for each
pair which reply you would rather have as a player, A or B: the one that responds to the action,
makes sense in its place, and makes you want to type the next line. Give a reason in a few words.
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A prompt, and the replies of both models."""

    prompt: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Turn:
    """The story so far, and the player's action."""

    story: str
    action: str

    def __str__(self) -> str:
        return write([Prose(self.story), ActionLine(self.action)])


def split_prompt(prompt: Prompt) -> Turn:
    """Return the prose of `prompt`, without earlier actions, and its last action."""
    *before, action = read(prompt.text)
    return Turn("\n\n".join(each.text for each in before if isinstance(each, Prose)), action.text)


async def replies(model: str, turns: list[Turn], seed: int) -> list[str]:
    """Return the replies of `model`, played through the game."""
    async with temporary_session(model, seed) as session:
        return [await _reply(session, turn) for turn in turns]


async def _reply(session: Session, turn: Turn) -> str:
    game = session.begin(Scenario("pair", "Pair", "", "", turn.story))
    text = ""
    async for event in game.play(Action(Kind.DO, turn.action)):
        if isinstance(event, TurnSaved):
            text = event.turn.text
    await game.close()
    return text


def shuffle(pairs: list[Pair], seed: int) -> tuple[str, dict[str, str]]:
    """Return the text for the reader, and which letter stands for `one` in each pair."""
    rng = random.Random(seed)
    parts, key = [INSTRUCTIONS], {}
    for number, pair in enumerate(pairs, 1):
        first_is_one = rng.random() < 0.5
        key[str(number)] = "A" if first_is_one else "B"
        a, b = (pair.one, pair.other) if first_is_one else (pair.other, pair.one)
        parts.append(f"## {number}\n\n{pair.prompt}\n\n### A\n\n{a}\n\n### B\n\n{b}\n")
    return "\n".join(parts), key


async def main() -> None:
    """Play, shuffle and write."""
    parser = argparse.ArgumentParser(description="Write pairs of replies for a blind comparison.")
    parser.add_argument("one")
    parser.add_argument("other")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    turns = [split_prompt(p) for p in take_evenly(load_prompts().prompts, options.count)]
    written = [await replies(model, turns, options.seed) for model in (options.one, options.other)]
    pairs = [Pair(str(turn), a, b) for turn, a, b in zip(turns, *written, strict=True)]
    text, key = shuffle(pairs, options.seed)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "pairs.md").write_text(text, encoding="utf-8")
    document = {"one": options.one, "other": options.other, "seed": options.seed, "one_is": key}
    (options.output / "key.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
