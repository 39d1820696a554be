"""Tune the default model on the preference of a simulated player, and measure what that changes.

    python -m benchmarks.preferences play FOLDER [--adventures 240] [--turns 3] [--seed 1]
    python -m benchmarks.preferences train FOLDER [--set learning_rate=1e-4 …]
    python -m benchmarks.preferences measure FOLDER [--documents 20] [--prompts 216]

`play` plays openings of the adventures in `stories/`. At each turn the player asks for a second
reply and goes on from the shorter one; the saves stay in FOLDER, and an interrupted run continues.
`train` tunes the model on the pairs in the saves, without those in which the chosen reply is not a
fifth shorter: a player hardly sees the difference. `measure` compares base and tuned model on text
that is held out and in play, with the metrics of `grue evaluate`.
"""

import argparse
import asyncio
import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.prose import ACTIONS
from dungeon import actions
from dungeon.files.home import Home
from dungeon.models.catalog import catalog
from dungeon.session import Session
from dungeon.settings import Settings
from dungeon.story import Action, Kind, Scenario, Turn
from dungeon.transcript import ActionLine, Block, Prose, read, write
from dungeon.turns import preferences
from dungeon.turns.game import Game
from dungeon.turns.turn_events import TurnSaved
from training.data.corpus import take_evenly
from training.data.documents import Document, Span
from training.evaluation.metrics import METRICS
from training.evaluation.perplexity import evaluate_held_out
from training.evaluation.prompts import load_prompts
from training.evaluation.replies import generate_replies
from training.models.loading import load_causal_lm
from training.preferences.tune import tune
from training.trainer.config import TrainConfig
from training.trainer.console import ConsoleReporter

STORIES = Path(__file__).parent.parent / "stories"

SHORTER = 0.8
"""A reply of at most this share of the other's characters is visibly shorter."""


# Play ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opening:
    """The beginning of an adventure, and the first action that makes sense there."""

    name: str
    text: str
    action: str


def read_story(file: Path) -> list[Block]:
    """Return the blocks of an adventure in `stories/`, without its front matter."""
    _, _, text = file.read_text(encoding="utf-8").partition("\n---\n")
    return read(text)


def openings(count: int) -> Sequence[Opening]:
    """Return `count` openings of the adventures written for training, evenly spaced."""
    files = take_evenly(sorted((STORIES / "adventures").glob("*.txt")), count)
    return [_opening(file) for file in files]


def _opening(file: Path) -> Opening:
    blocks = read_story(file)
    prose = next(block.text for block in blocks if isinstance(block, Prose))
    action = next(block.text for block in blocks if isinstance(block, ActionLine))
    return Opening(file.stem, prose, action)


async def play_all(home: Home, count: int, turns: int, seed: int) -> None:
    """Play each opening that has no adventure in `home` yet."""
    session = Session(home, Settings(), seed=seed)
    played = {summary.title for summary in session.library.summaries() if summary.turns > turns + 1}
    for opening in openings(count):
        if opening.name not in played:
            await play(session, opening, turns)
            print(opening.name, flush=True)
    await session.close()


async def play(session: Session, opening: Opening, turns: int) -> None:
    """Play `turns` turns with two replies each, and one more that shows which was kept."""
    game = session.begin(Scenario(opening.name, opening.name, "", "", opening.text))
    for number in range(turns + 1):
        typed = ACTIONS[number % len(ACTIONS)]
        action = actions.parse_action(typed, Kind.DO) if number else Action(Kind.DO, opening.action)
        first = await _reply(game, action, retry=False)
        if number == turns or first is None:
            break
        second = await _reply(game, action, retry=True)
        if second is not None and len(second.text) > len(first.text):
            game = await _go_back(session, game, first)
    await game.close()


async def _reply(game: Game, action: Action, *, retry: bool) -> Turn | None:
    """Return the reply to `action`, or another one; None where the model wrote none."""
    async for event in game.retry() if retry else game.play(action):
        if isinstance(event, TurnSaved):
            return event.turn
    return None


async def _go_back(session: Session, game: Game, turn: Turn) -> Game:
    """Return the game with the player at `turn`, an earlier reply to the same action."""
    await game.close()
    adventure = game.adventure
    session.library.move_head(adventure.id, head=turn.id, tip=turn.id, expected_head=adventure.head)
    return session.resume(adventure.id)


# Train --------------------------------------------------------------------------------------------


async def visible_pairs(home: Home) -> list[str]:
    """Return the pairs in the saves whose chosen reply is visibly shorter, as lines of JSON."""
    session, report = Session(home, Settings()), preferences.Report()
    lines: list[str] = []
    for summary in session.library.summaries():
        adventure = session.library.load(summary.id)
        for pair in await preferences.read_pairs(adventure, session.library, report):
            line = pair.to_dict()
            if len(line["chosen"]) <= SHORTER * len(line["rejected"]):
                lines.append(json.dumps(line, ensure_ascii=False) + "\n")
    await session.close()
    print(f"{report} Visibly shorter: {len(lines)}.")
    return lines


def train(home: Home, overrides: dict[str, Any]) -> None:
    """Tune the default model on the pairs of `home`, and print the result."""
    pairs = home.root / "pairs.jsonl"
    pairs.write_text("".join(asyncio.run(visible_pairs(home))), encoding="utf-8")
    config = TrainConfig(overrides=overrides)
    load = partial(load_causal_lm, models=home.models)
    result = tune(pairs, home.root / "tuned", config, load=load, reporter=ConsoleReporter())
    print(json.dumps(result.to_dict(), indent=2))


def _override(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    return name, json.loads(value)


# Measure ------------------------------------------------------------------------------------------


def held_out(count: int) -> list[Document]:
    """Return documents that neither model was trained on: the held-out adventures."""
    return [
        Document(file.stem, file.stem, "CC0-1.0", (Span(write(read_story(file)), True),))
        for file in take_evenly(sorted((STORIES / "held-out").glob("*.txt")), count)
    ]


def measure(model: str, home: Home, documents: int, prompts: int) -> dict[str, float | None]:
    """Return bits per byte and the metrics of play."""
    loaded = load_causal_lm(model, models=home.models)
    total = evaluate_held_out(loaded, held_out(documents)).total
    chosen = take_evenly(load_prompts().prompts, prompts)
    replies = list(generate_replies(loaded, chosen).values())
    play = {name: metric(replies) for name, metric in METRICS.items()}
    lengths = [len(reply.text) for reply in replies]
    length = {"characters, median": statistics.median(lengths)}
    return {"bits per byte": total.bits_per_byte or 0.0} | length | play


def compare(home: Home, documents: int, prompts: int) -> None:
    """Print both models' measurements as a table."""
    before, after = (
        measure(model, home, documents, prompts)
        for model in (catalog().default, str(home.root / "tuned"))
    )
    print("| | base | tuned | change |\n|---|---|---|---|")
    for name, value in before.items():
        tuned = after[name]
        change = f"{tuned / value - 1:+.1%}" if value and tuned is not None else ""
        cells = ["-" if each is None else f"{each:.4f}" for each in (value, tuned)]
        print(f"| {name.replace('_', ' ')} | {' | '.join(cells)} | {change} |")


def main() -> None:
    """Play, train or measure."""
    parser = argparse.ArgumentParser(description="Tune on a simulated player's preference.")
    parser.add_argument("step", choices=["play", "train", "measure"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--adventures", type=int, default=240)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", type=_override, nargs="*", default=[], dest="overrides")
    parser.add_argument("--documents", type=int, default=20)
    parser.add_argument("--prompts", type=int, default=216)
    options = parser.parse_args()
    home = Home(options.folder)
    home.root.mkdir(parents=True, exist_ok=True)
    if not home.models.exists():
        home.models.symlink_to(Home.find().models)
    match options.step:
        case "play":
            asyncio.run(play_all(home, options.adventures, options.turns, options.seed))
        case "train":
            train(home, dict(options.overrides))
        case _:
            compare(home, options.documents, options.prompts)


if __name__ == "__main__":
    main()
