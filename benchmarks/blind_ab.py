"""Provides pairs of replies for a reader who shall not know which model wrote which.

    python -m benchmarks.blind_ab ONE OTHER -o FOLDER [--count 20] [--seed 1]

Both models go on from the same openings after the same deeds, with the same seeds, as the game has
them do it. `pairs.md` shows each pair as A and B in an order that only `key.json` tells. Which of
them is better is for the reader to say; nothing is counted here.
"""

import argparse
import asyncio
import json
import random
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dungeon.game import TurnSaved
from dungeon.home import Home
from dungeon.session import Session
from dungeon.settings import Settings
from dungeon.story import Action, Kind, Scenario
from dungeon.transcript import ActionLine, Prose, read, write
from training.data.corpus import take_evenly
from training.evaluation.prompts import Prompt, load_prompts

ASKED = """\
Two writers go on with the same story after the player's line, which begins with `>`. Say for each
pair which reply a player would rather have got, A or B: the one that answers what he did, makes
sense in its place, and makes him want to type the next line. Give a few words of why.
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """What both went on from, and what each wrote."""

    prompt: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a story stands: what was told, and what the player does now."""

    told: str
    action: str

    def __str__(self) -> str:
        return write([Prose(self.told), ActionLine(self.action)])


def place(prompt: Prompt) -> Place:
    """Return where `prompt` ends; an earlier deed is left out of what was told."""
    *before, deed = read(prompt.text)
    return Place("\n\n".join(each.text for each in before if isinstance(each, Prose)), deed.text)


async def replies(model: str, places: list[Place], seed: int) -> list[str]:
    """Return what the game tells with `model` in each of the places."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.models.symlink_to(Home.find().models)
        session = Session(home, Settings(), model=model, seed=seed)
        told = [await _reply(session, here) for here in places]
        await session.close()
    return told


async def _reply(session: Session, here: Place) -> str:
    game = session.begin(Scenario("pair", "Pair", "", "", here.told))
    text = ""
    async for event in game.play(Action(Kind.DO, here.action)):
        if isinstance(event, TurnSaved):
            text = event.turn.text
    await game.close()
    return text


def sheet(pairs: list[Pair], seed: int) -> tuple[str, dict[str, str]]:
    """Return the pairs as the reader gets them, and which letter stands for `one` in each."""
    chance = random.Random(seed)
    parts, key = [ASKED], {}
    for number, pair in enumerate(pairs, 1):
        first_is_one = chance.random() < 0.5
        key[str(number)] = "A" if first_is_one else "B"
        a, b = (pair.one, pair.other) if first_is_one else (pair.other, pair.one)
        parts.append(f"## {number}\n\n{pair.prompt}\n\n### A\n\n{a}\n\n### B\n\n{b}\n")
    return "\n".join(parts), key


async def main() -> None:
    """Play, shuffle and write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("one")
    parser.add_argument("other")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    places = [place(prompt) for prompt in take_evenly(load_prompts().prompts, chosen.count)]
    written = [await replies(model, places, chosen.seed) for model in (chosen.one, chosen.other)]
    pairs = [Pair(str(here), a, b) for here, a, b in zip(places, *written, strict=True)]
    text, key = sheet(pairs, chosen.seed)
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "pairs.md").write_text(text, encoding="utf-8")
    document = {"one": chosen.one, "other": chosen.other, "seed": chosen.seed, "one_is": key}
    (chosen.out / "key.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
